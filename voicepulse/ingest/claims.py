"""What the given paths claim to be: which file answers which question, by whom. Nothing is opened as audio here.

A file is claimed by its name (the study's pattern), by a manifest CSV (column `file`), or comes as text in a CSV
(column `text`). Whatever cannot be matched becomes a problem with its way out, and the rest goes on.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from voicepulse.errors import IngestError, VoicePulseError
from voicepulse.study import Study
from voicepulse.transcript.subtitles import SUFFIXES as TEXT_SUFFIXES
from voicepulse.transcript.subtitles import read_text_file

AUDIO_SUFFIXES = (".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus", ".m4a", ".mp4", ".webm", ".aac", ".aiff", ".aif")


@dataclass(frozen=True, slots=True)
class Claim:
    """An answer that somebody says is there. Either `path` or `text`; `origin` is what messages call it."""

    origin: str
    question: str
    speaker: str
    wave: str
    path: Path | None = None
    text: str | None = None
    confirmed_choice: str | None = None
    wave_is_named: bool = False  # by the file's name, its manifest or the caller; else it is the study's present wave


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be taken in, and the way out."""

    origin: str
    what: str
    way_out: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Wave:
    """The wave of claims that name none, and whether the caller named it."""

    name: str
    is_named: bool


def collect_claims(study: Study, paths: Iterable[Path], wave: str | None = None) -> tuple[list[Claim], list[Problem]]:
    """Match files, folders, manifests and CSVs of answers to questions and speakers."""
    claims: list[Claim] = []
    problems: list[Problem] = []
    for path in paths:
        for claim in _claims_of(study, path, Wave(wave or study.wave, wave is not None)):
            (claims if isinstance(claim, Claim) else problems).append(claim)  # type: ignore[arg-type]
    return claims, problems


def _claims_of(study: Study, path: Path, wave: Wave) -> Iterator[Claim | Problem]:
    if not path.exists():
        yield Problem(str(path), "There is no such file or folder.", "Check the path.")
    elif path.is_dir():
        listed = sorted(p for p in path.rglob("*") if p.is_file() and not p.name.startswith("."))
        manifests = [p for p in listed if p.suffix.lower() == ".csv"]
        by_manifest: set[Path] = set()
        for manifest in manifests:
            for claim in _from_csv(study, manifest, wave):
                if claim.path:  # a file that the manifest names is the manifest's business, even where its row is wrong
                    by_manifest.add(claim.path.resolve())
                yield claim
        for file in listed:
            if (
                file.suffix.lower() in (*AUDIO_SUFFIXES, *TEXT_SUFFIXES)
                and file.resolve() not in by_manifest
                and not _is_readme(file)
            ):
                yield _from_name(study, file, wave)
    elif path.suffix.lower() == ".csv":
        yield from _from_csv(study, path, wave)
    else:
        yield _from_name(study, path, wave)


def _is_readme(path: Path) -> bool:
    return path.stem.lower() in ("readme", "licence", "license", "notes")


def _from_name(study: Study, path: Path, wave: Wave) -> Claim | Problem:
    if path.suffix.lower() not in (*AUDIO_SUFFIXES, *TEXT_SUFFIXES):
        kinds = "Use wav, flac, mp3, ogg/opus, m4a, mp4, webm, txt, vtt, srt, or a CSV."
        return Problem(str(path), f"Files of the kind '{path.suffix}' cannot be read here.", kinds)
    found = name_pattern(study.answer_pattern).fullmatch(path.name)
    if found is None:
        return Problem(
            str(path),
            f"The name does not fit the pattern {study.answer_pattern}.",
            "Rename the file, or name it in a manifest CSV (file, question, speaker).",
        )
    parts = found.groupdict()
    named = parts.get("wave")
    claim = Claim(str(path), parts["question"], parts["speaker"], named or wave.name, path=path)
    return _checked(study, replace(claim, wave_is_named=bool(named) or wave.is_named))


def name_pattern(pattern: str) -> re.Pattern[str]:
    """The study's pattern for file names as a regular expression; letters' case does not matter."""
    parts = {
        "question": r"(?P<question>[A-Za-z0-9_]+)",
        "speaker": r"(?P<speaker>[A-Za-z0-9_]+)",
        "wave": r"(?P<wave>[A-Za-z0-9._-]+?)",
        "ext": r"\w+",
    }
    escaped = re.escape(pattern).replace(r"\{", "{").replace(r"\}", "}")
    for name, expression in parts.items():
        escaped = escaped.replace(f"{{{name}}}", expression, 1)
    return re.compile(escaped, re.IGNORECASE)


def _from_csv(study: Study, path: Path, wave: Wave) -> Iterator[Claim | Problem]:
    try:
        table = csv.DictReader(io.StringIO(read_text_file(path)), strict=True)
        rows = list(table)
    except (VoicePulseError, csv.Error, OSError) as error:
        yield Problem(str(path), f"The CSV cannot be read ({error}).", "Save it as UTF-8 CSV with a header line.")
        return
    columns = {name.strip().lower() for name in table.fieldnames or () if name}
    kind = "file" if "file" in columns else "text"
    missing = {kind, "question", "speaker"} - columns
    if missing:
        lacks = f"The CSV lacks the columns {', '.join(sorted(missing))}."
        semicolons = any(";" in name for name in columns)
        hint = (
            "Its columns are parted by semicolons; save it with commas."
            if semicolons
            else "It needs question, speaker, and file or text."
        )
        yield Problem(str(path), lacks, hint)
        return
    for number, row in enumerate(rows, 2):
        cells = {
            name.strip().lower(): (value or "").strip()
            for name, value in row.items()
            if name and isinstance(value, str)
        }
        yield _from_row(study, path, f"{path}:{number}", cells, wave)


def _from_row(study: Study, manifest: Path, origin: str, cells: dict[str, str], wave: Wave) -> Claim | Problem:
    named = cells.get("wave")
    claim = Claim(
        origin,
        cells.get("question", ""),
        cells.get("speaker", ""),
        named or wave.name,
        confirmed_choice=cells.get("choice") or None,
        wave_is_named=bool(named) or wave.is_named,
    )
    if "file" not in cells:
        return _checked(study, replace(claim, text=cells.get("text", "")))
    if not cells["file"]:
        return Problem(origin, "The row names no file.", "Fill in the column file.")
    file = manifest.parent / cells["file"]
    if not file.is_file():
        return Problem(f"{origin} ({cells['file']})", "There is no such file.", "Name it relative to the manifest.")
    return _checked(study, replace(claim, origin=f"{origin} ({cells['file']})", path=file))


def _checked(study: Study, claim: Claim) -> Claim | Problem:
    """The claim with the study's own spelling of its ids, or what is wrong with it."""
    try:
        question = _known("question", claim.question, [q.id for q in study.questions])
        speaker = _known("speaker", claim.speaker, [s.id for s in study.speakers])
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", claim.wave):
            raise IngestError(
                f"'{claim.wave}' is no name of a wave.", "Use letters, digits, dots and hyphens, for instance 2026-Q4."
            )
        _check_choice(study, question, claim.confirmed_choice)
    except IngestError as error:
        return Problem(claim.origin, error.what, error.way_out, claim.path)
    return replace(claim, question=question, speaker=speaker)


def _known(what: str, identifier: str, known: list[str]) -> str:
    for candidate in known:
        if candidate.lower() == identifier.lower():
            return candidate
    raise IngestError(
        f"The study has no {what} '{identifier}'.",
        f"It has {', '.join(known)}; correct the name, or add it to study.toml.",
    )


def _check_choice(study: Study, identifier: str, choice: str | None) -> None:
    question = study.question(identifier)
    if choice is not None and question is not None and (question.kind != "tradeoff" or choice not in question.choices):
        allowed = ", ".join(question.choices) if question.kind == "tradeoff" else "nothing, for it asks for no choice"
        raise IngestError(f"'{choice}' is no choice of question {identifier}.", f"Use one of: {allowed}.")
