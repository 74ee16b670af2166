"""`voicepulse export STUDY`: everything that was read and compared, for the tools of the field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicepulse.cli.arguments import Json, StudyPath, Wave

if TYPE_CHECKING:
    from voicepulse.progress import Progress
    from voicepulse.workspace import OpenStudy


def export(
    study: StudyPath,
    to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write into this folder; exports/WAVE in the study by default.")
    ] = None,
    wave: Wave = None,
    researcher: Annotated[
        bool, typer.Option("--researcher", help="From an anonymous study, write who said what too.")
    ] = False,
    json: Json = False,
) -> None:
    """Write answers, readings, evidence, corrections and all results as tables, each as CSV and as JSON Lines.

    From an anonymous study only what its report shows is written; who said what needs --researcher. The columns are explained in docs/formats.md.
    """
    from voicepulse.cli.console import errors, print_json, progress_bar, screen
    from voicepulse.workspace import open_study, working_alone

    with open_study(study) as opened, progress_bar(quiet=json) as progress, working_alone(opened.folder, progress):
        complete = researcher or opened.study.mode == "attributed"
        exported = _export(opened, to, opened.wave(wave), complete, progress)
        notes = _notes(opened, exported)
    if json:
        print_json({**asdict(exported), "folder": str(exported.folder)})
    else:
        tables = {Path(name).stem: rows for name, rows in exported.files.items() if rows is not None}
        screen.print(f"Rows: {', '.join(f'{rows} {name}' for name, rows in tables.items())}.", markup=False)
        screen.print(f"Export: {exported.folder}", markup=False, soft_wrap=True)
    for note in notes:
        errors.print(note, markup=False)


@dataclass(frozen=True, slots=True)
class _Exported:
    """What was written where: files with their number of rows (None for a document). `complete` has who said what."""

    folder: Path
    wave: str
    complete: bool
    files: Mapping[str, int | None]


def _export(opened: OpenStudy, to: Path | None, wave: str, complete: bool, progress: Progress) -> _Exported:
    from voicepulse.exporting import exported
    from voicepulse.instruments import Instruments
    from voicepulse.report.exports import write_export

    folder = _target(opened, to, wave, complete)
    found = exported(opened, wave, Instruments(), progress, complete=complete)
    return _Exported(folder, wave, complete, write_export(folder, found.tables, found.documents))


def _target(opened: OpenStudy, to: Path | None, wave: str, complete: bool) -> Path:
    """Where to write.

    Raises:
        VoicePulseError: the next run would take the export in as answers, or a leader would find there who said what.
    """
    from voicepulse.errors import VoicePulseError
    from voicepulse.report.exports import exports_folder, says_who_said_what

    secret = complete and opened.study.mode == "anonymous"
    target = (to or exports_folder(opened.folder) / (f"{wave}-researcher" if secret else wave)).resolve()
    if target.is_relative_to(opened.folder.answers.resolve()):
        raise VoicePulseError(
            f"{target} is where answers are dropped; the next run would take the export in as answers.",
            "Name another folder with --to.",
        )
    if secret and (target / "findings.json").exists() and not says_who_said_what(target):
        raise VoicePulseError(
            f"{target} holds an export for leaders, and this one says who said what.",
            "Name another folder with --to, or delete that export.",
        )
    if not complete and says_who_said_what(target):
        raise VoicePulseError(
            f"{target} holds an earlier export that says who said what, and the study is anonymous.",
            "Name another folder with --to, or delete that export.",
        )
    return target


def _notes(opened: OpenStudy, exported: _Exported) -> list[str]:
    """What to know before the export is handed on."""
    from voicepulse.report.exports import exports_folder

    notes = []
    if opened.study.mode == "anonymous":
        notes.append(
            "This export holds who said what, and the study is anonymous: show it to nobody else."
            if exported.complete
            else "The study is anonymous: only what its report shows was written. --researcher writes who said what."
        )
    if not exported.folder.is_relative_to(exports_folder(opened.folder).resolve()):
        notes.append(
            "`voicepulse erase` cannot find this folder again: delete the export by hand when you erase a speaker."
        )
    return notes
