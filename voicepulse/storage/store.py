"""What a study knows, kept and found again: the only SQL.

Each method is one transaction, so whatever returned is on disk, and two processes may do the same thing at once: the second
finds it done.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, Connection, delete, func, select, text, true, update
from sqlalchemy.dialects.sqlite import insert

from voicepulse.comparison.suppression import GivenAnswer
from voicepulse.comparison.types import StudyComparison, comparison_from_json, comparison_to_json
from voicepulse.errors import StorageError
from voicepulse.interpretation.answers import Correction
from voicepulse.interpretation.types import Interpretation, interpretation_from_json, interpretation_to_json
from voicepulse.storage import schema
from voicepulse.storage.access import Access
from voicepulse.storage.clock import now
from voicepulse.storage.database import open_database
from voicepulse.storage.parsed import Parsed
from voicepulse.storage.uploads import Uploads
from voicepulse.transcript.types import Transcript

_TRANSCRIPT: TypeAdapter[Transcript] = TypeAdapter(Transcript)
_ADDRESS = "address"
_OPENED = "opened:"  # and the wave's name: the fact that holds the day


@dataclass(frozen=True, slots=True)
class Recording:
    """One answer that was given; `digest` names its content."""

    digest: str
    kind: str  # audio, text
    extension: str
    question: str
    speaker: str
    wave: str
    seconds: float
    confirmed_choice: str | None = None
    received_at: str = ""

    @property
    def place(self) -> tuple[str, str, str]:
        return (self.wave, self.question, self.speaker)

    def audio_path(self, folder: Path) -> Path:
        """Where its audio is kept: named by content, never by anything from outside."""
        return folder / f"{self.digest}.{self.extension}"


class Store:
    """The study's database. `access` holds who may come in by the browser, `uploads` the takes that come from there."""

    def __init__(self, path: Path) -> None:
        self._engine = open_database(path)
        self.access = Access(self._engine)
        self.uploads = Uploads(self._engine)
        self._transcripts = Parsed(schema.transcript, _TRANSCRIPT.validate_json)
        self._readings = Parsed(schema.reading, interpretation_from_json)

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- facts

    def fact(self, name: str) -> str | None:
        """A fact about the study, or None."""
        with self._engine.connect() as connection:
            return connection.execute(select(schema.fact.c.value).where(schema.fact.c.name == name)).scalar()

    def set_fact_once(self, name: str, value: str) -> str:
        """Set a fact unless it is set, and return what holds."""
        with self._engine.begin() as connection:
            connection.execute(insert(schema.fact).values(name=name, value=value).on_conflict_do_nothing())
        return self.fact(name) or value

    def set_address(self, address: str) -> None:
        """Keep where the study was last served, for links."""
        statement = insert(schema.fact).values(name=_ADDRESS, value=address)
        with self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": address}))

    def address(self) -> str | None:
        return self.fact(_ADDRESS)

    # -- consent

    def add_consent(self, speaker: str, wave: str, text: str) -> None:
        """Keep that a speaker consented, with the text and the time."""
        with self._engine.begin() as connection:
            connection.execute(insert(schema.consent).values(speaker=speaker, wave=wave, text=text, given_at=now()))

    def consents(self, speaker: str, wave: str) -> list[tuple[str, str]]:
        """(text, time) of each consent of a speaker in a wave."""
        rows = select(schema.consent.c.text, schema.consent.c.given_at).where(
            schema.consent.c.speaker == speaker, schema.consent.c.wave == wave
        )
        with self._engine.connect() as connection:
            return [(text, at) for text, at in connection.execute(rows)]

    # -- recordings

    def add_recording(self, recording: Recording) -> bool:
        """Keep a recording; False if this content is kept already. A choice confirmed later is added to it."""
        table = schema.recording
        values = {
            name: getattr(recording, name)
            for name in ("digest", "kind", "extension", "question", "speaker", "wave", "seconds")
        }
        with self._engine.begin() as connection:
            added = connection.execute(
                insert(table)
                .values(
                    **values, confirmed_choice=recording.confirmed_choice, received_at=recording.received_at or now()
                )
                .on_conflict_do_nothing()
            ).rowcount  # 0 where another process was quicker
            if not added and recording.confirmed_choice is not None:
                connection.execute(
                    table.update()
                    .where(table.c.digest == recording.digest)
                    .values(confirmed_choice=recording.confirmed_choice)
                )
        return bool(added)

    def confirm_choice(self, digest: str, choice: str) -> bool:
        """Keep the choice that a speaker confirmed; False where the recording was erased."""
        table = schema.recording
        with self._engine.begin() as connection:
            done = connection.execute(table.update().where(table.c.digest == digest).values(confirmed_choice=choice))
        return bool(done.rowcount)

    def make_latest(self, digest: str) -> None:
        """Let a recording that came in again count as the latest of its speaker and question."""
        table = schema.recording
        with self._engine.begin() as connection:
            connection.execute(table.update().where(table.c.digest == digest).values(received_at=now()))

    def find_recording(self, digest: str) -> Recording | None:
        """The recording with this content."""
        return next(iter(self._select(schema.recording.c.digest == digest)), None)

    def recordings(self) -> list[Recording]:
        """All recordings, oldest first."""
        return self._select(true())

    def _select(self, condition: ColumnElement[bool]) -> list[Recording]:
        column = schema.recording.c
        wanted = select(*(column[field.name] for field in fields(Recording))).where(condition)
        with self._engine.connect() as connection:
            return [Recording(*row) for row in connection.execute(wanted.order_by(column.received_at, column.id))]

    def current_recordings(self, wave: str, speaker: str | None = None) -> list[Recording]:
        """The latest recording of each question and speaker (or of one of them) in a wave; earlier takes stay where they are."""
        column = schema.recording.c
        theirs = true() if speaker is None else column.speaker == speaker
        latest = {recording.place: recording for recording in self._select((column.wave == wave) & theirs)}
        return sorted(latest.values(), key=lambda r: r.place)

    def waves(self) -> list[str]:
        """All waves with recordings."""
        wave = schema.recording.c.wave
        with self._engine.connect() as connection:
            return list(connection.execute(select(wave).distinct().order_by(wave)).scalars())

    def wave_dates(self) -> dict[str, tuple[str, str]]:
        """When the first and the last answer of each wave came in."""
        at = schema.recording.c.received_at
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(schema.recording.c.wave, func.min(at), func.max(at)).group_by(schema.recording.c.wave)
            )
            return {wave: (first, last) for wave, first, last in rows}

    def set_wave_opening(self, wave: str, day: str) -> None:
        """Keep the day (ISO 8601) on which a wave was opened; the latest counts."""
        statement = insert(schema.fact).values(name=f"{_OPENED}{wave}", value=day)
        with self._engine.begin() as connection:
            connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_={"value": day}))

    def wave_openings(self) -> dict[str, str]:
        """The days on which waves were opened."""
        table = schema.fact
        with self._engine.connect() as connection:
            rows = connection.execute(select(table.c.name, table.c.value).where(table.c.name.startswith(_OPENED)))
            return {name.removeprefix(_OPENED): day for name, day in rows}

    def uploads_of(self, speaker: str) -> list[str]:
        """The names of the files of a speaker's takes that come from a browser."""
        return [upload.name for upload in self.uploads.of_speaker(speaker)]

    def upload_names(self) -> set[str]:
        """The names of all such files that belong to somebody."""
        return {upload.name for upload in self.uploads.all()}

    # -- transcripts and readings

    def add_transcript(self, digest: str, key: str, transcript: Transcript) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                insert(schema.transcript)
                .values(recording=digest, key=key, value=_TRANSCRIPT.dump_json(transcript).decode(), made_at=now())
                .on_conflict_do_nothing()
            )

    def transcripts(self, key: str) -> dict[str, Transcript]:
        """Transcripts made under this key, by recording."""
        column = schema.transcript.c
        made = select(column.recording, column.id, column.made_at).where(column.key == key)
        with self._engine.connect() as connection:
            return self._transcripts.values(connection, [tuple(row) for row in connection.execute(made)])

    def add_reading(self, digest: str, key: str, interpretation: Interpretation) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                insert(schema.reading)
                .values(recording=digest, key=key, value=interpretation_to_json(interpretation), made_at=now())
                .on_conflict_do_nothing()
            )

    def readings(self, keys: Iterable[str]) -> dict[str, Interpretation]:
        """Readings by key."""
        wanted, column = set(keys), schema.reading.c
        with self._engine.connect() as connection:
            made = connection.execute(select(column.key, column.id, column.made_at))
            return self._readings.values(connection, [tuple(row) for row in made if row.key in wanted])

    # -- corrections

    def add_correction(self, digest: str, field: str, value: str, author: str) -> None:
        self.add_corrections(digest, {field: value}, author)

    def add_corrections(self, digest: str, values: Mapping[str, str], author: str) -> None:
        """What a person said of several fields at once: all of it is kept, or nothing."""
        with self._engine.begin() as connection:
            for field, value in values.items():
                connection.execute(
                    insert(schema.correction).values(
                        recording=digest, field=field, value=value, author=author, made_at=now()
                    )
                )

    def corrections(self) -> dict[str, tuple[Correction, ...]]:
        """All corrections by recording, oldest first."""
        table = schema.correction
        found: dict[str, list[Correction]] = {}
        with self._engine.connect() as connection:
            for row in connection.execute(select(table).order_by(table.c.id)):
                found.setdefault(row.recording, []).append(Correction(row.field, row.value, row.author, row.made_at))
        return {digest: tuple(entries) for digest, entries in found.items()}

    # -- comparisons

    def add_comparison(self, key: str, comparison: StudyComparison) -> None:
        with self._engine.begin() as connection:
            connection.execute(
                insert(schema.comparison)
                .values(key=key, wave=comparison.wave, value=comparison_to_json(comparison), made_at=now())
                .on_conflict_do_nothing()
            )

    def find_comparison(self, key: str) -> StudyComparison | None:
        with self._engine.connect() as connection:
            value = connection.execute(select(schema.comparison.c.value).where(schema.comparison.c.key == key)).scalar()
        return comparison_from_json(value) if value else None

    def latest_comparison(self, wave: str) -> StudyComparison | None:
        """The comparison of a wave that was made last."""
        table = schema.comparison
        with self._engine.connect() as connection:
            value = connection.execute(
                select(table.c.value).where(table.c.wave == wave).order_by(text("rowid DESC")).limit(1)
            ).scalar()
        return comparison_from_json(value) if value else None

    # -- releases

    def add_release(self, wave: str, answers: Iterable[GivenAnswer]) -> None:
        """Keep which answers of a wave were shown in counts."""
        given = sorted((a.question, a.speaker, a.digest) for a in answers)
        with self._engine.begin() as connection:
            connection.execute(insert(schema.release).values(wave=wave, answers=json.dumps(given), made_at=now()))

    def releases(self, wave: str) -> list[set[GivenAnswer]]:
        """All that was shown of a wave, the oldest first."""
        table = schema.release
        with self._engine.connect() as connection:
            rows = connection.execute(select(table.c.answers).where(table.c.wave == wave).order_by(table.c.id))
            return [{GivenAnswer(*given) for given in json.loads(answers)} for (answers,) in rows]

    # -- forgetting

    def forget_results(self) -> None:
        """Drop what can be made again: transcripts of audio, readings, comparisons. What people gave or said stays."""
        audio = select(schema.recording.c.digest).where(schema.recording.c.kind == "audio")
        with self._engine.begin() as connection:
            connection.execute(delete(schema.comparison))
            connection.execute(delete(schema.reading))
            connection.execute(delete(schema.transcript).where(schema.transcript.c.recording.in_(audio)))
        self._forget_parsed()

    def erase_speaker(self, speaker: str) -> None:
        """Erase a speaker's recordings with all made from them, and their consents; no trace stays in the file."""
        with self._engine.begin() as connection:
            connection.execute(delete(schema.comparison))
            connection.execute(delete(schema.recording).where(schema.recording.c.speaker == speaker))
            connection.execute(delete(schema.consent).where(schema.consent.c.speaker == speaker))
            connection.execute(delete(schema.upload).where(schema.upload.c.speaker == speaker))
            connection.execute(update(schema.invite).where(schema.invite.c.speaker == speaker).values(browser=None))
            self._blot_out(connection, speaker)
        self._forget_parsed()
        self._clear_log()

    def _forget_parsed(self) -> None:
        self._transcripts.forget()
        self._readings.forget()

    def _blot_out(self, connection: Connection, speaker: str) -> None:
        """Take a speaker out of what was shown; that somebody stood there remains."""
        table, nobody = schema.release, f"erased {secrets.token_hex(8)}"
        for number, kept in connection.execute(select(table.c.id, table.c.answers)).all():
            given = [[q, nobody, ""] if who == speaker else [q, who, digest] for q, who, digest in json.loads(kept)]
            connection.execute(update(table).where(table.c.id == number).values(answers=json.dumps(given)))

    def _clear_log(self) -> None:
        """Leave nothing of what was erased in the write-ahead log."""
        raw = self._engine.raw_connection()
        try:
            (busy, *_) = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            raw.close()
        if busy:
            raise StorageError(
                "The speaker is erased, but another program still reads the study's log of changes.",
                "Close it and erase again.",
            )
