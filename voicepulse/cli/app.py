"""The commands, in the order in which a study is made. Each imports what it needs when it runs, so that help is quick."""

from __future__ import annotations

from typing import Annotated

import typer

from voicepulse import __version__
from voicepulse.cli import (
    account,
    check,
    compare,
    correct,
    doctor,
    erase,
    evaluate,
    export,
    forget,
    ingest,
    init,
    invite,
    learn,
    models,
    record,
    review,
    run,
    serve,
    status,
    transcribe,
    wave,
)

app = typer.Typer(
    name="voicepulse",
    help="Find hidden misalignment: the same trade-off question to each person alone, by voice; who would do what, and why.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    pass


app.command("init")(init.init)
app.command("check")(check.check)
app.command("record")(record.record)
app.command("ingest")(ingest.ingest)
app.command("transcribe")(transcribe.transcribe)
app.command("run")(run.run)
app.command("serve")(serve.serve)
app.command("invite")(invite.invite)
app.add_typer(account.app, name="account")
app.command("compare")(compare.compare)
app.command("export")(export.export)
app.command("status")(status.status)
app.command("wave")(wave.wave)
app.command("correct")(correct.correct)
app.command("review")(review.review)
app.command("learn")(learn.learn)
app.command("forget")(forget.forget)
app.command("erase")(erase.erase)
app.command("evaluate")(evaluate.evaluate)
app.command("doctor")(doctor.doctor)
app.add_typer(models.app, name="models")
