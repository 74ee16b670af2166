"""Rows that were parsed before. A run asks for the same transcripts and readings at each of its steps, and parsing costs more than reading."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sqlalchemy import Connection, Table, select

Value = TypeVar("Value")
AT_ONCE = 500  # rows in one question to the database, which bounds the text in memory beside what was parsed of it


class Parsed(Generic[Value]):
    """The column `value` of a table whose rows are written once and never changed."""

    def __init__(self, table: Table, parse: Callable[[str], Value]) -> None:
        self._table = table
        self._parse = parse
        self._known: dict[tuple[int, str], Value] = {}  # by id and time: an id may come back after its row was deleted

    def values(self, connection: Connection, rows: Sequence[tuple[str, int, str]]) -> dict[str, Value]:
        """The value of each row under the name it is given in `rows`: (name, id, made_at)."""
        column = self._table.c
        new = [number for _, number, made_at in rows if (number, made_at) not in self._known]
        for first in range(0, len(new), AT_ONCE):
            wanted = column.id.in_(new[first : first + AT_ONCE])
            for number, made_at, value in connection.execute(
                select(column.id, column.made_at, column.value).where(wanted)
            ):
                self._known[number, made_at] = self._parse(value)
        return {name: self._known[number, made_at] for name, number, made_at in rows}

    def forget(self) -> None:
        """Keep nothing in memory of what is erased."""
        self._known.clear()
