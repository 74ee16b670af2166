"""`voicepulse init DIR`: begin a study."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The new study's folder.")],
    title: Annotated[str | None, typer.Option(help="Its title; made from the folder's name by default.")] = None,
) -> None:
    """Write a commented study.toml with five trade-off scenarios to start from."""
    from voicepulse.cli.console import screen
    from voicepulse.errors import StudyError
    from voicepulse.scenarios import study_template
    from voicepulse.study import StudyFolder, current_quarter

    study = StudyFolder(folder)
    if study.study_file.exists():
        raise StudyError(
            f"{study.study_file} is there already, and nothing was changed.", "Edit it, or name another folder."
        )
    try:
        study.answers.mkdir(parents=True, exist_ok=True)
        name = title or folder.resolve().name.replace("-", " ").replace("_", " ").capitalize()
        study.study_file.write_text(study_template(name, current_quarter(date.today())), encoding="utf-8")
    except OSError as error:
        raise StudyError(f"{folder} cannot be written ({error.strerror}).", "Choose another place.") from error
    screen.print(f"Wrote {study.study_file}. Next:", markup=False)
    screen.print(f"  edit it, then   voicepulse check {folder}", markup=False)
    screen.print(f"  record people   voicepulse record {folder} --speaker s1", markup=False)
    screen.print(f"  or send links   voicepulse serve {folder}   and   voicepulse invite {folder}", markup=False)
    screen.print(f"  or drop audio into {study.answers} (named q1-s1.wav and so on)", markup=False)
    screen.print(f"  and see         voicepulse run {folder}", markup=False)
