"""The four cells, as they are shown: what people say of the strategy, beside what they would choose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from voicepulse.comparison.positions import CELLS, Cell, Position, count_cells
from voicepulse.report.types import CellsView, CellView, StandView
from voicepulse.report.voices import TOO_FEW, Voices

MEANINGS: Mapping[Cell, str] = {
    "aligned with buy-in": "agrees, and most choices are as intended",
    "aligned without buy-in": "disagrees, and most choices are as intended all the same: that is alignment",
    "agreement without alignment": "agrees, and most choices are others",
    "open dissent": "disagrees, and most choices are others",
}
BESIDE = {
    "no clear choice": "says where they stand, and chooses neither way more often than not",
    "has not said": "says neither yes nor no to the strategy",
}


def cells_view(voices: Voices, positions: Sequence[Position]) -> CellsView | None:
    """The four cells; None where no question intends anything. An anonymous study shows all of them or none."""
    asked = [p for p in positions if p.asked]
    if not asked:
        return None
    if not _may_show(voices, asked):
        return CellsView("", (), (), (), withheld=TOO_FEW)
    places = {p.speaker: _place(p) for p in asked}

    def cell(name: str, meaning: str) -> CellView:
        those = [speaker for speaker, place in places.items() if place == name]
        return CellView(name, meaning, len(those), voices.names(those))

    return CellsView(
        sentence=_sentence(count_cells(asked), sum(p.cell is not None for p in asked), len(asked)),
        cells=tuple(cell(name, MEANINGS[name]) for name in CELLS),
        beside=tuple(cell(name, meaning) for name, meaning in BESIDE.items()),
        rows=() if voices.anonymous else tuple(_row(voices, p) for p in asked),
    )


def _place(position: Position) -> str:
    return position.cell or ("has not said" if position.stance == "unstated" else "no clear choice")


def _may_show(voices: Voices, positions: Sequence[Position]) -> bool:
    """Whether every count of stance by choice may be shown, told apart also by who was asked outright: both are shown elsewhere."""
    kinds = {q.id: q.kind for q in voices.study.questions}
    parts = Counter((p.stance, p.chooses, p.stated is None or kinds[p.stated.question]) for p in positions)
    return None not in voices.rule.table(parts).values()


def _row(voices: Voices, p: Position) -> StandView:
    says = {"agree": "agrees", "disagree": "disagrees"}.get(p.stance, "has not said")
    return StandView(voices.name(p.speaker), says, f"{p.intended} of {p.asked} as intended", p.unsure, _place(p))


def _sentence(counts: Mapping[Cell, int], placed: int, people: int) -> str:
    if placed * 2 < people:
        return f"{people - placed} of {people} do not say whether they agree, or make no clear choice, so what agreement is worth here is not known."
    aligned = counts["aligned with buy-in"] + counts["aligned without buy-in"]
    agreeing = counts["agreement without alignment"]
    beside = (
        f" {agreeing} agree{'s' * (agreeing == 1)} and choose{'s' * (agreeing == 1)} otherwise." if agreeing else ""
    )
    return f"Of {placed} who say where they stand and choose clearly, {aligned} choose{'s' * (aligned == 1)} as intended.{beside}"
