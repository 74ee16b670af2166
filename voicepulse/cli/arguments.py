"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyPath = Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder, or its study.toml.")]
Wave = Annotated[str | None, typer.Option(help="The wave; the one in study.toml by default.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]
