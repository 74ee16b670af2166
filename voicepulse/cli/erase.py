"""`voicepulse erase STUDY --speaker s3`: the right to be forgotten."""

from __future__ import annotations

from typing import Annotated

import typer

from voicepulse.cli.arguments import StudyPath


def erase(
    study: StudyPath,
    speaker: Annotated[str, typer.Option(help="Whose answers to erase.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase a speaker: audio, transcripts, readings, corrections, consents, takes, and the report and exports that quote them.

    Copies elsewhere stay, and exports that --to wrote outside the study's exports folder: delete those by hand.
    """
    from voicepulse.cli.console import progress_bar, screen
    from voicepulse.erasure import erase_speaker, require_known
    from voicepulse.workspace import open_study, working_alone

    with open_study(study) as opened:
        require_known(opened, speaker)
        if not yes and not typer.confirm(f"Erase everything of {speaker}? This cannot be undone."):
            raise typer.Exit(1)
        with progress_bar() as progress, working_alone(opened.folder, progress):
            deleted = erase_speaker(opened, speaker)
    screen.print(
        f"Erased {speaker}: {len(deleted)} files and all that was made of them. `voicepulse run` writes the report without them. "
        "Still yours to look through: study.toml, files of your own, and exports that were written elsewhere.",
        markup=False,
    )
