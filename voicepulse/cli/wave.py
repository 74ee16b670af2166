"""`voicepulse wave STUDY 2027-Q1`: ask again."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicepulse.cli.arguments import Json, StudyPath

if TYPE_CHECKING:
    from voicepulse.study import Study
    from voicepulse.workspace import OpenStudy


@dataclass(frozen=True, slots=True)
class OpenedWave:
    """What was done: the wave that is open now, the one before it, when this one was due, and the next (None without a cadence)."""

    wave: str
    before: str
    opened: date
    was_due: date | None
    next_due: date | None
    study_file: Path
    calendar: Path


def wave(
    study: StudyPath,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Its name; the next one by the study's cadence by default.")
    ] = None,
    json: Json = False,
) -> None:
    """Open a wave: its name goes into study.toml, and calendar.ics holds it and the day on which the next one is due."""
    from voicepulse.cli.console import print_json, screen
    from voicepulse.workspace import open_study

    with open_study(study) as opened:
        done = open_wave(opened, name, datetime.now(timezone.utc).astimezone())
        speaker = opened.study.speakers[0].id
    if json:
        print_json(asdict(done))
        return
    after = f", after {done.before}" if done.before != done.wave else ""
    due = f" The next one is due on {done.next_due}." if done.next_due else ""
    screen.print(f"Wave {done.wave} is open{after}.{due}", markup=False)
    if done.was_due and done.was_due > done.opened:
        early = f"It was due on {done.was_due}, in {(done.was_due - done.opened).days} days."
        screen.print(f'{early} To go back, put wave = "{done.before}" into study.toml again.', markup=False)
    screen.print(f"Calendar: {done.calendar.resolve()}", markup=False, soft_wrap=True)
    screen.print(f"Next: voicepulse record {done.calendar.parent} --speaker {speaker}", markup=False, soft_wrap=True)


def open_wave(opened: OpenStudy, name: str | None, at: datetime) -> OpenedWave:
    """Open a wave by its name, or the next one by the study's cadence. `at` is the time now, where the study is made.

    The study's present wave is the next one as long as nobody has answered it: opened twice, none is left out. It counts as
    open from the last time.

    Raises:
        StudyError: the wave has answers already, its name is none, or no name was given and none follows.
    """
    from uuid import uuid4

    from filelock import FileLock

    from voicepulse.rhythm import calendar, rhythm_of

    folder, store, day = opened.folder, opened.store, at.date()
    with FileLock(folder.intake_lock):  # no answer comes in while the wave changes
        waves = store.waves()
        was_due = rhythm_of(opened.study, store.wave_dates(), store.wave_openings(), day).due
        study = _with_wave(opened.study, _next(opened.study, waves) if name is None else name, waves)
        text = folder.study_file.read_bytes().decode("utf-8")  # bytes, so that line ends stay as they are
        _write_whole(folder.study_file, set_wave(text, study.wave).encode("utf-8"))
        store.set_wave_opening(study.wave, day.isoformat())
        identity = store.set_fact_once("calendar", uuid4().hex)
        _write_whole(folder.calendar, calendar(study, day, identity, at))
        due = rhythm_of(study, store.wave_dates(), store.wave_openings(), day).due
    was_due = was_due if study.wave != opened.study.wave else None
    return OpenedWave(study.wave, opened.study.wave, day, was_due, due, folder.study_file, folder.calendar)


def _next(study: Study, waves: Sequence[str]) -> str:
    """The wave to open where none is named."""
    from voicepulse.errors import StudyError
    from voicepulse.rhythm import next_wave_name

    name_it = "Name the wave: `voicepulse wave STUDY NAME`"
    if study.cadence is None:
        raise StudyError("The study has no cadence, so no wave follows by itself.", f"{name_it}, or set a cadence.")
    if study.wave not in waves:
        return study.wave
    following = next_wave_name(study.wave, study.cadence)
    if following is None:
        raise StudyError(f"No {study.cadence} wave follows '{study.wave}' by its name.", f"{name_it}.")
    return following


def _with_wave(study: Study, name: str, waves: Sequence[str]) -> Study:
    """The study with this wave, which has no answers yet."""
    from voicepulse.errors import StudyError
    from voicepulse.study import parse_study

    try:
        changed = parse_study({**study.model_dump(), "wave": name})
    except StudyError as error:  # the rest was sound before
        raise StudyError(
            f"'{name}' is no name of a wave.", "Use letters, digits, dots and hyphens, for instance 2026-Q4."
        ) from error
    answered = next((known for known in waves if known.lower() == changed.wave.lower()), None)
    if answered is not None:
        raise StudyError(
            f"Wave {answered} has answers already, and nothing was changed.",
            f"See it with `voicepulse status STUDY --wave {answered}`; to ask anew, name a wave that has none.",
        )
    return changed


def set_wave(text: str, name: str) -> str:
    """The text of a study.toml with this wave; everything else stays as it was written, comments too."""
    import tomlkit

    head = _before_tables(text)
    document = tomlkit.parse(head)
    if "wave" in document:
        document["wave"] = name
    else:  # after the strategy, where a reader looks for it; tomlkit would put it below the comment of the first table
        line = document.item("strategy").trivia  # type: ignore[union-attr]  # a string, never a table
        end = line.trail or "\n"
        line.trail = f"{end}wave = {tomlkit.item(name).as_string()}{end}"
    return document.as_string() + text[len(head) :]


def _before_tables(text: str) -> str:
    """The part before the first table. Only that is changed: tomlkit would bring tables of one kind together."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    for bracket in re.finditer(r"^[ \t]*\[", text, re.MULTILINE):
        with suppress(TOMLKitError):  # it ends in the middle of a string or an array: that bracket begins no table
            tomlkit.parse(text[: bracket.start()])
            return text[: bracket.start()]
    return text


def _write_whole(target: Path, content: bytes) -> None:
    """Write a file whole or not at all: a study.toml that a crash cut short could not be made again."""
    target = target.resolve()  # behind a link the file itself is replaced
    incoming = target.with_name(f".{target.name}.incoming")
    with incoming.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if target.exists():
        shutil.copymode(target, incoming)
    incoming.replace(target)
