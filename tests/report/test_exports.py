from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicepulse.report.exports import (
    TABLES_OF_PEOPLE,
    csv_text,
    exported_files,
    jsonl_text,
    says_who_said_what,
    write_export,
)
from voicepulse.report.rows import Cell, Table

COLUMNS = ("who", "what", "how much")
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
# Python 3.10's csv module does not read a NUL back, and no transcript holds one
text = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
dangerous = st.builds(str.__add__, st.sampled_from((*FORMULAS, "\n", "＝", "'", '"', ",", ";", "\u2028")), text)
cells: st.SearchStrategy[Cell] = st.one_of(
    text, dangerous, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False)
)
tables = st.lists(st.tuples(cells, cells, cells), max_size=5).map(lambda rows: Table("t", COLUMNS, tuple(rows)))


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def plain(cell: Cell) -> str:
    """What a cell of a CSV should read as, but for the guard."""
    if cell is None or isinstance(cell, bool):
        return "" if cell is None else str(cell).lower()
    return str(cell)


@given(tables)
def test_a_csv_reads_back_and_no_cell_of_it_is_a_formula(table: Table) -> None:
    header, *rows = csv.reader(io.StringIO(csv_text(table), newline=""), strict=True)
    assert tuple(header) == table.columns
    assert len(rows) == len(table.rows)
    for written, meant in zip(rows, table.rows, strict=True):
        for cell, original in zip(written, meant, strict=True):
            if isinstance(original, str):
                assert not cell.startswith(FORMULAS)
                assert cell in (original, f"'{original}")
                assert (cell == original) == (not original.startswith((*FORMULAS, "\n", "＝", "＋", "－", "＠")))
            else:
                assert cell == plain(original)
            assert not cell.startswith(FORMULAS) or is_number(cell)


@given(tables)
def test_json_lines_hold_every_cell_exactly(table: Table) -> None:
    lines = jsonl_text(table).split("\n")
    assert lines.pop() == ""
    assert [tuple(json.loads(line).items()) for line in lines] == [
        tuple(zip(table.columns, row, strict=True)) for row in table.rows
    ]


def test_numbers_stay_numbers_and_words_that_look_like_them_do_not_run() -> None:
    table = Table("t", COLUMNS, ((-1.5, "-1.5", 3), (True, "=HYPERLINK(A1)", None)))
    assert csv_text(table) == "who,what,how much\r\n-1.5,'-1.5,3\r\ntrue,'=HYPERLINK(A1),\r\n"


def test_files_are_replaced_whole_and_others_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "new" / "folder"
    answers = Table("answers", ("who",), (("Zoë",), ("Ana",)))
    written = write_export(folder, [answers], {"study": {"title": "é"}})
    assert written == {"answers.csv": 2, "answers.jsonl": 2, "study.json": None}
    assert (folder / "answers.csv").read_bytes() == "\ufeffwho\r\nZoë\r\nAna\r\n".encode()
    assert (folder / "answers.jsonl").read_text(encoding="utf-8") == '{"who": "Zoë"}\n{"who": "Ana"}\n'
    (folder / "mine.csv").write_text("mine")

    def refuse(*_: object) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", refuse)
        with pytest.raises(OSError, match="full"):
            write_export(folder, [Table("answers", ("who",), ())], {})
    assert "Zoë" in (folder / "answers.csv").read_text(encoding="utf-8")
    left = {path.name for path in exported_files(tmp_path)}
    assert left == {"answers.csv", ".answers.csv.incoming", "answers.jsonl", "study.json"}
    write_export(folder, [Table("answers", ("who",), ())], {})
    assert (folder / "answers.jsonl").read_text() == ""
    assert (folder / "mine.csv").read_text() == "mine"
    assert not list(folder.glob(".*"))


def test_it_is_known_whether_an_export_says_who_said_what(tmp_path: Path) -> None:
    assert not says_who_said_what(tmp_path / "none")
    write_export(tmp_path, [Table("questions", ("question",), ())], {"findings": {}})
    assert not says_who_said_what(tmp_path)
    for table in TABLES_OF_PEOPLE:
        write_export(tmp_path / table, [Table(table, ("quote",), ())], {})
        assert says_who_said_what(tmp_path / table)
