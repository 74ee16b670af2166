"""What pictures are drawn from: the matrix of speakers by questions, and how people moved between two waves.

Pictures are HTML and SVG made here and in the templates, without a charting library: each is a handful of shapes, its labels wrap and
can be selected, its colours follow light and dark, and it prints (docs/report.md tells what else was looked at).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from voicepulse.comparison.groups import LEVELS
from voicepulse.report.types import Findings, Flow, Mark, Person, QuestionFindings

MOST_ROWS = 30  # people that a first screen can show one by one
WIDTH, COLUMN, GAP, UNIT = 640, 34, 10, 240  # of the movement's picture, in SVG units: UNIT is the height of all people


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One speaker's choice on one question; it `hangs` if it rests on a condition or on somebody else."""

    mark: Mark
    unsure: bool
    hangs: bool


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One speaker: a cell for each question, None where there is no answer."""

    name: str
    level: str
    cells: tuple[MatrixCell | None, ...]


def matrix(findings: Findings) -> tuple[tuple[QuestionFindings, ...], tuple[MatrixRow, ...]]:
    """The trade-offs of which something is shown, and a row for each speaker: executives first, then those who choose as intended
    most often."""
    asked = tuple(q for q in findings.questions if q.kind == "tradeoff" and not q.withheld and not findings.nothing_yet)
    people = {person.id: person for q in asked for person in q.people}
    given = [{person.id: person for person in q.people} for q in asked]
    marks = [{row.mark.choice: row.mark for row in q.options} for q in asked]
    rows = [
        MatrixRow(
            person.name,
            person.level,
            tuple(_cell(answers.get(person.id), known) for answers, known in zip(given, marks, strict=True)),
        )
        for person in people.values()
    ]
    return asked, tuple(sorted(rows, key=_rank))


def _cell(person: Person | None, marks: dict[str, Mark]) -> MatrixCell | None:
    if person is None or person.choice not in marks:
        return None
    return MatrixCell(marks[person.choice], person.unsure, person.hangs)


def _rank(row: MatrixRow) -> tuple[int, int]:
    """Of equals, the study's order stays."""
    level = LEVELS.index(row.level) if row.level in LEVELS else len(LEVELS)
    return level, -sum(cell is not None and cell.mark.code == "intended" for cell in row.cells)


def movement_picture(flows: Sequence[Flow]) -> Markup:
    """An alluvial picture: choices then on the left, now on the right, bands as thick as the people who went that way."""
    people = sum(flow.count for flow in flows)
    left = _stack({f.then.choice: f.then for f in flows}, [(f.then.choice, f.count) for f in flows], people)
    right = _stack({f.now.choice: f.now for f in flows}, [(f.now.choice, f.count) for f in flows], people)
    order = {choice: place for place, choice in enumerate(left)}
    bands, used_left, used_right = [], dict.fromkeys(left, 0.0), dict.fromkeys(right, 0.0)
    for flow in sorted(flows, key=lambda f: (order[f.then.choice], list(right).index(f.now.choice))):
        thick = flow.count / people * UNIT
        y1, y2 = (
            left[flow.then.choice][0] + used_left[flow.then.choice],
            right[flow.now.choice][0] + used_right[flow.now.choice],
        )
        used_left[flow.then.choice] += thick
        used_right[flow.now.choice] += thick
        bands.append(_band(flow, y1, y2, thick))
    blocks = [_block(mark, y, h, 0) for y, h, mark in left.values()]
    blocks += [_block(mark, y, h, WIDTH - COLUMN) for y, h, mark in right.values()]
    height = UNIT + GAP * max(len(left), len(right))
    label = "; ".join(
        f"{f.count} {'stayed with' if f.then == f.now else f'from {f.then.label} to'} {f.now.label}" for f in flows
    )
    return Markup('<svg class="movement" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>').format(
        WIDTH, round(height), label, Markup("").join(bands), Markup("").join(blocks)
    )


def _stack(
    marks: dict[str, Mark], counts: Sequence[tuple[str, int]], people: int
) -> dict[str, tuple[float, float, Mark]]:
    """choice -> (top, height, mark), the intended option on top."""
    placed: dict[str, tuple[float, float, Mark]] = {}
    y = 0.0
    for mark in sorted(marks.values(), key=lambda m: (m.code != "intended", m.letter)):
        height = sum(count for choice, count in counts if choice == mark.choice) / people * UNIT
        placed[mark.choice] = (y, height, mark)
        y += height + GAP
    return placed


def _band(flow: Flow, y1: float, y2: float, thick: float) -> Markup:
    x1, x2, middle = COLUMN, WIDTH - COLUMN, WIDTH / 2
    path = (
        f"M{x1} {y1:.1f}C{middle} {y1:.1f} {middle} {y2:.1f} {x2} {y2:.1f}"
        f"V{y2 + thick:.1f}C{middle} {y2 + thick:.1f} {middle} {y1 + thick:.1f} {x1} {y1 + thick:.1f}Z"
    )
    title = f"{flow.count}: {flow.then.label} → {flow.now.label}"
    return Markup('<path class="band {}" d="{}"><title>{}</title></path>').format(css(flow.then.code), path, title)


def _block(mark: Mark, y: float, height: float, x: int) -> Markup:
    letter = Markup('<text x="{}" y="{:.1f}">{}</text>').format(x + COLUMN / 2, y + height / 2 + 5, mark.letter)
    return Markup('<g class="block {}"><rect x="{}" y="{:.1f}" width="{}" height="{:.1f}" rx="3"/>{}</g>').format(
        css(mark.code), x, y, COLUMN, height, letter if height >= 16 else ""
    )


def css(code: str) -> str:
    """The class that colours a choice: intended, other-1 to other-4, both, neither, undecided."""
    return str(escape(code.replace(" ", "-")))
