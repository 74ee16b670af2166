"""The four cells, as they are shown: what people say of the strategy, beside what they would choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from voicepulse.comparison.positions import CELLS, Cell, Position, count_cells
from voicepulse.report.types import CellsView, CellView, StandView
from voicepulse.report.voices import TOO_FEW, Voices

MEANINGS: Mapping[Cell, str] = {
    "aligned with buy-in": "agrees, and chooses as intended more often than not",
    "aligned without buy-in": "disagrees, and still chooses as intended more often than not: that is alignment",
    "agreement without alignment": "agrees, and chooses otherwise as often or more",
    "open dissent": "disagrees, and chooses otherwise as often or more",
}


def cells_view(voices: Voices, positions: Sequence[Position]) -> CellsView | None:
    """The four cells; None where no question intends anything. An anonymous study shows all of them or none."""
    asked = [p for p in positions if p.asked]
    if not asked:
        return None
    counts = count_cells(asked)
    unsaid = [p.speaker for p in asked if p.cell is None]
    table = voices.rule.table({**counts, "unsaid": len(unsaid)})
    if None in table.values():
        return CellsView("", (), CellView("has not said", "", None, ()), (), withheld=TOO_FEW)
    cells = tuple(
        CellView(cell, MEANINGS[cell], counts[cell], voices.names(p.speaker for p in asked if p.cell == cell))
        for cell in CELLS
    )
    rows = tuple(
        StandView(
            voices.name(p.speaker),
            {"agree": "agrees", "disagree": "disagrees"}.get(p.stance, "has not said"),
            f"{p.intended} of {p.asked} as intended",
            p.unsure,
            p.cell or "has not said",
        )
        for p in asked
    )
    return CellsView(
        sentence=_cells_sentence(counts, len(unsaid), len(asked)),
        cells=cells,
        unsaid=CellView("has not said", "says neither yes nor no to the strategy", len(unsaid), voices.names(unsaid)),
        rows=() if voices.anonymous else rows,
    )


def _cells_sentence(counts: Mapping[Cell, int], unsaid: int, people: int) -> str:
    aligned = counts["aligned with buy-in"] + counts["aligned without buy-in"]
    agreeing = counts["agreement without alignment"]
    if unsaid * 2 > people:
        return f"{unsaid} of {people} do not say whether they agree, so what agreement is worth here is not known."
    said = people - unsaid
    beside = f" {agreeing} agree and choose otherwise as often or more." if agreeing else ""
    return f"Of {said} who say where they stand, {aligned} choose as intended more often than not.{beside}"
