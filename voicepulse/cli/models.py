"""`voicepulse models list | pull | verify`: the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from voicepulse.cli.arguments import Json

if TYPE_CHECKING:
    from voicepulse.checkpoints.catalog import Model

app = typer.Typer(help="The weights: what there is, get them, check them.", no_args_is_help=True, rich_markup_mode=None)
Names = Annotated[list[str] | None, typer.Argument(help="Names from the catalog.")]


@app.command("list")
def list_models(json: Json = False) -> None:
    """Show the catalog, and what of it is installed."""
    from voicepulse.checkpoints.catalog import catalog, server_models
    from voicepulse.checkpoints.store import WeightsFolder
    from voicepulse.cli.console import print_json, screen
    from voicepulse.settings import settings

    weights = WeightsFolder(settings().models)
    found = {model.name: weights.installed(model.name) for model in catalog().values()}
    if json:
        print_json(
            [
                {
                    **model.model_dump(include={"name", "role", "licence", "size", "default", "description"}),
                    "installed": bool(found[model.name]),
                }
                for model in catalog().values()
            ]
        )
        return
    table = Table(box=None)
    for column in ("name", "role", "licence", "size", "installed from"):
        table.add_column(column, no_wrap=True)
    for model in catalog().values():
        installed = found[model.name]
        table.add_row(
            model.name, model.role, model.licence, f"{model.size / 1e6:.0f} MB", installed.origin if installed else "-"
        )
    screen.print(table)
    for model in catalog().values():
        screen.print(f"{model.name}: {model.description}", markup=False)
    screen.print(f"Folder: {weights.path}", markup=False)
    screen.print("\nFor a server of your own (VOICEPULSE_READER_URL), run by llama.cpp, Ollama or vLLM:")
    for one in server_models():
        known = "measured" if one.measured else "not measured here"
        screen.print(f"  {one.name} ({one.licence}, {one.memory}; {known})", markup=False)


@app.command()
def pull(names: Names = None) -> None:
    """Get weights: those named, or all that a run needs. Resumable and verified; afterwards no network is needed."""
    from voicepulse.checkpoints.catalog import catalog, find_model
    from voicepulse.checkpoints.store import WeightsFolder
    from voicepulse.cli.console import progress_bar, report_error, screen
    from voicepulse.errors import VoicePulseError
    from voicepulse.settings import settings

    weights = WeightsFolder(settings().models)
    unused = {"embedded", "server"} & {settings().reader}
    usual = [m.name for m in catalog().values() if m.default and not (unused and m.role == "reader")]
    for name in names or usual:
        try:
            with progress_bar() as progress:
                installed = weights.pull(name, progress)
        except VoicePulseError as error:
            if names or find_model(name).role != "reader":
                raise
            report_error(error)
            screen.print("The embedded reader will be used; it needs nothing more, and reads less well.")
            continue
        screen.print(f"{name}: installed from {installed.origin}", markup=False)


@app.command()
def verify(names: Names = None) -> None:
    """Read every byte of the installed weights and compare with the catalog. Exits with 1 if something is wrong."""
    from voicepulse.checkpoints.catalog import catalog, find_model
    from voicepulse.checkpoints.store import WeightsFolder
    from voicepulse.cli.console import screen
    from voicepulse.settings import settings

    weights = WeightsFolder(settings().models)
    wrong = False
    for name in names or [m.name for m in catalog().values() if _is_needed(m) or weights.installed(m.name)]:
        find_model(name)
        faults = weights.verify(name)
        wrong = wrong or bool(faults)
        screen.print(f"{name}: {'; '.join(faults) if faults else 'verified'}", markup=False)
    if wrong:
        screen.print("Delete the folder of what is wrong and run `voicepulse models pull`.")
    raise typer.Exit(1 if wrong else 0)


def _is_needed(model: Model) -> bool:
    """Whether a run cannot do without; where the language model is missing, the embedded reader reads."""
    return model.default and model.role != "reader"
