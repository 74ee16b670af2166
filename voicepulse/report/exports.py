"""An export on disk: each table as CSV for spreadsheets and as JSON Lines for programs, each document as JSON.

A CSV begins with a byte order mark, for Excel takes a file without one for the machine's old code page and garbles every name
with an accent; and a cell that a spreadsheet would run as a formula gets an apostrophe (OWASP, CSV Injection). So what stands in
a CSV can differ from what was said by that one character; JSON Lines hold the exact text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from voicepulse.report.rows import Cell, Table
from voicepulse.study import StudyFolder

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
CSV_ENCODING = "utf-8-sig"
TABLES_OF_PEOPLE = (  # these say who said what, or, by group, how few did
    "answers",
    "probabilities",
    "evidence",
    "corrections",
    "clusters",
    "contradictions",
    "costs",
    "positions",
    "groups",
    "movements",
    "terms",
)
TABLES = (*TABLES_OF_PEOPLE, "questions", "choices", "patterns", "scorecard")
DOCUMENTS = ("study", "findings")


def exports_folder(folder: StudyFolder) -> Path:
    """Where a study's exports are unless another folder is named; erasing a speaker empties it."""
    return folder.path / "exports"


def exported_files(folder: Path) -> list[Path]:
    """What exports wrote in this folder and below it, or left half written."""
    names = {*_table_files(TABLES), *(f"{name}.json" for name in DOCUMENTS)}
    return sorted(path for path in folder.rglob("*") if path.name in names | {_incoming(name) for name in names})


def says_who_said_what(folder: Path) -> bool:
    """Whether an export lies in this folder that names people beside their answers."""
    return any((folder / name).exists() for name in _table_files(TABLES_OF_PEOPLE))


def _table_files(tables: Sequence[str]) -> list[str]:
    return [f"{name}.{form}" for name in tables for form in ("csv", "jsonl")]


def write_export(folder: Path, tables: Sequence[Table], documents: Mapping[str, object]) -> dict[str, int | None]:
    """Write tables and documents into a folder, which is made if need be; other files in it stay.

    Each file is whole or not there. Returns the files' names with their number of rows; None for a document.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, int | None] = {}
    for name, content, rows in export_files(tables, documents):
        incoming = folder / _incoming(name)
        incoming.write_bytes(content)
        incoming.replace(folder / name)
        written[name] = rows
    return written


def export_files(tables: Sequence[Table], documents: Mapping[str, object]) -> Iterator[tuple[str, bytes, int | None]]:
    """(name, content, rows) of each file of an export; rows is None for a document."""
    for table in tables:
        yield f"{table.name}.csv", csv_text(table).encode(CSV_ENCODING), len(table.rows)
        yield f"{table.name}.jsonl", jsonl_text(table).encode(), len(table.rows)
    for name, document in documents.items():
        text = json.dumps(document, indent=1, default=str, ensure_ascii=False)
        yield f"{name}.json", f"{text}\n".encode(), None


def _incoming(name: str) -> str:
    return f".{name}.incoming"


def csv_text(table: Table) -> str:
    """A table as CSV after RFC 4180, safe to open in a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows([_csv_cell(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def _csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return f"'{cell}"
    return cell


def jsonl_text(table: Table) -> str:
    """A table as one JSON object a line, each with every column, the text exactly as it is."""
    rows = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    return "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows)
