"""`voicepulse forget STUDY`: drop what can be made again."""

from __future__ import annotations

from voicepulse.cli.arguments import StudyPath


def forget(study: StudyPath) -> None:
    """Drop transcripts, readings, comparisons and the report, to make them anew.

    Recordings, consents, confirmed choices and corrections stay.
    """
    from voicepulse.cli.console import progress_bar, screen
    from voicepulse.erasure import forget_results
    from voicepulse.workspace import open_study, working_alone

    with (
        open_study(study) as opened,
        progress_bar() as progress,
        working_alone(opened.folder, progress),
    ):
        forget_results(opened)
    screen.print(
        "Forgotten: transcripts, readings, comparisons, report. Recordings and what people said of them are kept."
    )
