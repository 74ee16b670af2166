"""Where each speaker stands over the whole study: what they say of the strategy, beside what they would do.

The four cells: a stated agreement against the choices. Who disagrees, and chooses as intended, is aligned: that is never
counted as misalignment. Who has not said, or makes no clear choice, is in none of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from voicepulse.comparison.types import Count
from voicepulse.interpretation.answers import Answer
from voicepulse.study import Study

Cell = Literal["aligned with buy-in", "aligned without buy-in", "agreement without alignment", "open dissent"]
Chooses = Literal["intended", "otherwise", "split"]
CELLS: tuple[Cell, ...] = (
    "aligned with buy-in",
    "aligned without buy-in",
    "agreement without alignment",
    "open dissent",
)


@dataclass(frozen=True, slots=True)
class Position:
    """One speaker: `intended` of `asked` choices (trade-offs with an intended option), what they say, and commit to.

    `otherwise` are the choices of anything but the intended option; who is undecided has left nothing.
    `stated` is the answer that the stance was said in, `committed` the one with the commitment. `unsure` counts the
    choices that rest on unsure readings.
    """

    speaker: str
    stance: str
    commitment: str
    asked: int
    intended: int
    otherwise: int
    unsure: int
    stated: Answer | None
    committed: Answer | None

    @property
    def chooses(self) -> Chooses | None:
        """What more than half of the choices are, "split" where that is neither; None where none was asked for."""
        if not self.asked:
            return None
        if self.intended * 2 > self.asked:
            return "intended"
        return "otherwise" if self.otherwise * 2 > self.asked else "split"

    @property
    def cell(self) -> Cell | None:
        """The cell, or None for who has not said, or made no clear choice."""
        if self.chooses in (None, "split") or self.stance == "unstated":
            return None
        if self.stance == "agree":
            return "aligned with buy-in" if self.chooses == "intended" else "agreement without alignment"
        return "aligned without buy-in" if self.chooses == "intended" else "open dissent"


def positions_of(study: Study, answers: Sequence[Answer], unsure_under: float) -> tuple[Position, ...]:
    """One position a speaker, in the study's order."""
    given: dict[str, list[Answer]] = {}
    for answer in answers:
        given.setdefault(answer.speaker, []).append(answer)
    return tuple(_position(study, s.id, given[s.id], unsure_under) for s in study.speakers if s.id in given)


def _position(study: Study, speaker: str, answers: Sequence[Answer], unsure_under: float) -> Position:
    intended = {q.id: q.intended for q in study.questions if q.kind == "tradeoff" and q.intended is not None}
    choices = [(a, choice) for a in answers if a.question in intended and (choice := a.interpretation.choice)]
    kinds = {q.id: q.kind for q in study.questions}
    stance, stated = _stance(answers, kinds, unsure_under)
    commitment, committed = _mostly("commitment", answers)
    return Position(
        speaker=speaker,
        stance=stance,
        commitment=commitment,
        asked=len(choices),
        intended=sum(choice.value == intended[a.question] for a, choice in choices),
        otherwise=sum(choice.value not in (intended[a.question], "undecided") for a, choice in choices),
        unsure=sum(choice.confidence < unsure_under for _, choice in choices),
        stated=stated,
        committed=committed,
    )


def _stance(answers: Sequence[Answer], kinds: Mapping[str, str], unsure_under: float) -> tuple[str, Answer | None]:
    """What a speaker says of the strategy: to the question that asks for it, and where that was not answered, surely by the way."""
    outright = [a for a in answers if kinds.get(a.question) == "agreement"]
    return _mostly("stance", outright or [a for a in answers if a.interpretation.stance.confidence >= unsure_under])


def _mostly(field: Literal["stance", "commitment"], answers: Sequence[Answer]) -> tuple[str, Answer | None]:
    """What is said most often by those answers that say it, and the first that does; a tie is nothing said."""
    said = [(a, getattr(a.interpretation, field).value) for a in answers]
    said = [(a, value) for a, value in said if value != "unstated"]
    counted = Counter(value for _, value in said).most_common(2)
    if not counted or (len(counted) == 2 and counted[0][1] == counted[1][1]):
        return "unstated", None
    value = counted[0][0]
    return value, next(a for a, v in said if v == value)


def count_cells(positions: Iterable[Position]) -> dict[Cell, int]:
    """How many stand in each cell."""
    counts = Counter(position.cell for position in positions)
    return {cell: counts[cell] for cell in CELLS}


def stated_agreement(positions: Sequence[Position]) -> Count:
    """How many agree, of all who say where they stand.

    What is said is also shown for the question that asks for it, and for those who chose: so people are told apart by both.
    """
    said = [p for p in positions if p.stance != "unstated"]
    parts = Counter((p.stance, p.asked > 0, _is_outright(p)) for p in positions)
    agree = sum(p.stance == "agree" for p in said)
    return Count("who said, agree with the strategy", agree, len(said), tuple(parts.values()))


def _is_outright(position: Position) -> bool:
    """Whether the stance was said to a question that asks for it."""
    return position.stated is not None and position.stated.interpretation.kind == "agreement"
