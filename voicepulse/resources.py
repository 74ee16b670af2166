"""What is put where: money, people, hours by option, from the optional `resources.csv` of a study.

People say what they would choose; a budget says what was chosen. The two stand beside each other in the report.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from voicepulse.errors import StudyError
from voicepulse.study import Study

COLUMNS = ("what", "amount", "question", "option")  # and `unit`, which may be left out

_AMOUNT = re.compile(r"([0-9]{1,12}|[0-9]{1,3}(,[0-9]{3}){1,3})(\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True)
class Resource:
    """An amount (at least 0) of money, people or time that goes to an option of a trade-off; `unit` says of which."""

    what: str
    amount: float
    question: str
    option: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Spending:
    """What goes to each option of a question, in one unit; options without anything stand at 0.

    `intended_share` is the part (0 to 1) that goes to the intended option; None where none is intended, or all amounts are 0.
    """

    question: str
    unit: str
    total: float
    by_option: dict[str, float]
    intended_share: float | None


def read_resources(path: Path, study: Study) -> tuple[Resource, ...]:
    """The rows of a study's resources.csv; none where there is no such file.

    Raises:
        StudyError: the file is no UTF-8 CSV with the right columns, or rows are wrong; each is named with its line.
    """
    if not path.is_file():
        return ()
    faults: list[str] = []
    resources: list[Resource] = []
    for line, cells in _rows(path):
        try:
            resources.append(_resource(study, cells))
        except StudyError as error:
            faults.append(f"  line {line}: {error}")
    if faults:
        raise StudyError(f"{path} cannot be used:\n" + "\n".join(faults), "Correct these lines and try again.")
    return tuple(resources)


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """(line in the file, cells by column) of each row that holds anything; under '+' what is beyond the columns."""
    try:
        table = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")), restkey="+", restval="", strict=True)
        columns = [name.strip().lower() for name in table.fieldnames or ()]
        _check_columns(path, columns)
        table.fieldnames = columns
        for row in table:
            cells = {name: "".join(cell).strip() for name, cell in row.items()}
            if any(cells.values()):
                yield table.line_num, cells
    except (UnicodeDecodeError, csv.Error) as error:
        raise StudyError(f"{path} cannot be read ({error}).", "Save it as UTF-8 CSV with a header line.") from error


def _check_columns(path: Path, columns: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in columns]
    if missing:
        semicolons = any(";" in name for name in columns)
        raise StudyError(
            f"{path} lacks the columns {', '.join(missing)}.",
            "Its columns are parted by semicolons; save it with commas."
            if semicolons
            else f"It needs a header line with {', '.join(COLUMNS)}; unit is optional.",
        )


def _resource(study: Study, cells: dict[str, str]) -> Resource:
    if cells.get("+"):
        raise StudyError("There are more cells than columns.", 'Quote what holds a comma: "1,200.50".')
    if not cells["what"]:
        raise StudyError("The cell 'what' is empty.", "Name what is spent, for instance 'Developers of the portal'.")
    amount = _amount(cells["amount"])
    tradeoffs = {q.id.lower(): q for q in study.questions if q.kind == "tradeoff"}
    question = tradeoffs.get(cells["question"].lower())
    if question is None:
        known = ", ".join(q.id for q in tradeoffs.values()) or "none"
        raise StudyError(f"The study has no trade-off '{cells['question']}'.", f"Its trade-offs: {known}.")
    options = {option.id.lower(): option.id for option in question.options}
    option = options.get(cells["option"].lower())
    if option is None:
        raise StudyError(
            f"'{cells['option']}' is no option of question {question.id}.",
            f"Use one of: {', '.join(options.values())}.",
        )
    return Resource(cells["what"], amount, question.id, option, cells.get("unit", ""))


def _amount(text: str) -> float:
    if text.startswith(("-", "−")):
        raise StudyError(
            f"The amount '{text}' is negative.", "Write what goes to an option; leave out what is taken away."
        )
    if text.endswith("%"):
        raise StudyError(
            f"The amount '{text}' is a share.", "Write the amount itself; shares are worked out from amounts."
        )
    if not _AMOUNT.fullmatch(text):
        raise StudyError(
            f"The amount '{text}' is no number.",
            "Write 1200 or 1,200.50, with a point before the decimals, and what is counted in the column unit.",
        )
    return float(text.replace(",", ""))


def spent(resources: Iterable[Resource], question: str) -> dict[str, dict[str, float]]:
    """What goes to the options of a question, by unit and then by option; only what was named."""
    amounts: dict[str, dict[str, list[float]]] = {}
    for resource in resources:
        if resource.question == question:
            amounts.setdefault(resource.unit, {}).setdefault(resource.option, []).append(resource.amount)
    return {unit: {option: math.fsum(parts) for option, parts in options.items()} for unit, options in amounts.items()}


def spending(study: Study, resources: Iterable[Resource]) -> tuple[Spending, ...]:
    """What goes to each option, for every trade-off and unit of which there is anything, in the study's order."""
    kept = tuple(resources)
    found = []
    for question in study.questions:
        for unit, named in sorted(spent(kept, question.id).items()):
            by_option = {option.id: named.get(option.id, 0.0) for option in question.options}
            total = math.fsum(by_option.values())
            share = by_option[question.intended] / total if question.intended and total else None
            found.append(Spending(question.id, unit, total, by_option, share))
    return tuple(found)
