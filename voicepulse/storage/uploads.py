"""Takes that come in from browsers: who speaks, and the file that holds what has come so far."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, fields
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, delete, select, true, update
from sqlalchemy.dialects.sqlite import insert

from voicepulse.storage import schema
from voicepulse.storage.clock import now

SUFFIX = ".upload"


@dataclass(frozen=True, slots=True)
class Upload:
    """One take. `name` is the file's, made here and by nobody outside; `take` is what the browser calls it; `recording` what it became."""

    name: str
    speaker: str
    wave: str
    question: str
    take: str
    begun_at: str
    recording: str | None = None

    def path(self, takes: Path) -> Path:
        return takes / self.name


class Uploads:
    """The takes of one study that are coming in, or came."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, speaker: str, wave: str, question: str, take: str) -> Upload:
        """A speaker's take of this name: a new one, or the one that was begun under it."""
        table = schema.upload
        values = {"speaker": speaker, "wave": wave, "question": question, "take": take, "begun_at": now()}
        with self._engine.begin() as connection:
            connection.execute(
                insert(table).values(name=f"{secrets.token_hex(16)}{SUFFIX}", **values).on_conflict_do_nothing()
            )
        found = self.find(speaker, take)
        assert found is not None  # noqa: S101  (it was put there)
        return found

    def find(self, speaker: str, take: str) -> Upload | None:
        """A speaker's take; nobody finds another's."""
        column = schema.upload.c
        return next(iter(self._select((column.speaker == speaker) & (column.take == take))), None)

    def of_speaker(self, speaker: str) -> list[Upload]:
        """All of a speaker, the oldest first."""
        return self._select(schema.upload.c.speaker == speaker)

    def all(self) -> list[Upload]:
        return self._select(true())

    def finish(self, upload: Upload, recording: str) -> None:
        """Keep what a take became."""
        with self._engine.begin() as connection:
            connection.execute(
                update(schema.upload).where(schema.upload.c.name == upload.name).values(recording=recording)
            )

    def drop(self, upload: Upload) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(schema.upload).where(schema.upload.c.name == upload.name))

    def _select(self, condition: ColumnElement[bool]) -> list[Upload]:
        column = schema.upload.c
        wanted = select(*(column[field.name] for field in fields(Upload))).where(condition)
        with self._engine.connect() as connection:
            return [Upload(*row) for row in connection.execute(wanted.order_by(column.begun_at, column.name))]
