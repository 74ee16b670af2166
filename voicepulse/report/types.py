"""What a report says, before any layout."""

from __future__ import annotations

from dataclasses import dataclass

from voicepulse.interpretation.answers import Source

VERDICT_NAMES = {
    "aligned": "Aligned",
    "hidden": "Hidden misalignment",
    "open": "Open misalignment",
    "unresolved": "Unresolved",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a speaker; `seconds` is where they are in `recording`, when there is sound."""

    speaker: str
    text: str
    recording: str
    seconds: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Person:
    """One speaker's answer as a row: what counts, whose word it is, and what the reader had read.

    `qualified` and `escalates` are whose word it is that the choice hangs on a condition, or on somebody else; None where it
    does not. The words for it, `conditions` and `escalation`, may be missing: a correction marks none.
    """

    id: str
    name: str
    level: str
    choice: str
    source: Source
    read_choice: str
    confidence: float
    unsure: bool
    cluster: int | None
    reasons: tuple[Quote, ...]
    qualified: Source | None
    conditions: tuple[Quote, ...]
    escalates: Source | None
    escalation: tuple[Quote, ...]
    costs: tuple[Quote, ...]
    stance: str
    commitment: str
    rating: float | None
    actions: tuple[tuple[str, bool, Quote], ...]  # (kind, concrete, words)
    recording: str
    text: str

    @property
    def hangs(self) -> bool:
        """Whether the choice rests on a condition or on somebody else."""
        return bool(self.qualified or self.escalates)

    @property
    def stated(self) -> str:
        """Stance and commitment, as far as there is one."""
        return ", ".join(said for said in (self.stance, self.commitment) if said != "unstated")

    @property
    def initials(self) -> str:
        words = [word for word in self.name.split("(")[0].split() if word[0].isalnum()]
        return "".join(word[0] for word in words[:3]).upper() if len(words) > 1 else self.name[:2]


@dataclass(frozen=True, slots=True)
class Mark:
    """How pictures show a choice: a letter, and a code for the colour that says what the choice means for the strategy
    (intended, other 1 to 4, both, neither, undecided)."""

    choice: str
    letter: str
    code: str
    label: str

    @property
    def pair(self) -> tuple[str, str]:
        return self.choice, self.label


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One choice with those who made it; `people` is empty where names are not shown, counts None where they are withheld."""

    mark: Mark
    intended: bool
    count: int | None
    share: float | None
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class ClusterView:
    """Speakers with the same choice and reason, in the words of the most typical one. `number` stays over re-runs and waves."""

    number: int
    choice: str
    count: int | None
    names: tuple[str, ...]
    has_reason: bool
    quotes: tuple[Quote, ...]  # the typical one first
    colour: int | None = None  # of the palette; none for one person alone, and where no reason was heard

    @property
    def painted(self) -> tuple[int, int | None]:
        return self.number, self.colour


@dataclass(frozen=True, slots=True)
class ContradictionView:
    """What one will do, and what another will do that works against it."""

    one: Quote
    other: Quote


@dataclass(frozen=True, slots=True)
class QuestionFindings:
    """One question. Where `withheld` is set, everything but the prompt is empty, and that sentence says why."""

    id: str
    name: str
    kind: str
    prompt: str
    answered: int
    verdict: str | None
    verdict_name: str
    sentence: str
    band: str | None
    stability: float | None
    first_impression: bool
    agreement: float | None
    options: tuple[OptionRow, ...]
    clusters: tuple[ClusterView, ...]
    people: tuple[Person, ...]
    unsure: int | None
    why_unsettled: str = ""
    settled: bool | None = False  # whether the verdict can be relied on; None where that is withheld
    contradictions: tuple[ContradictionView, ...] = ()
    withheld: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is shown of what people said: no count, no verdict."""
        if self.withheld or self.kind != "tradeoff":
            return bool(self.withheld)
        return self.verdict is None and all(row.count is None for row in self.options)


def withheld(identifier: str, name: str, kind: str, prompt: str, why: str) -> QuestionFindings:
    """A question of which nothing is shown but itself, and why."""
    return QuestionFindings(
        id=identifier,
        name=name,
        kind=kind,
        prompt=prompt,
        answered=0,
        verdict=None,
        verdict_name="",
        sentence=why,
        band=None,
        stability=None,
        first_impression=False,
        agreement=None,
        options=(),
        clusters=(),
        people=(),
        unsure=0,
        withheld=why,
    )


@dataclass(frozen=True, slots=True)
class CellView:
    """One of the four cells, or a place beside them; `names` only where names are shown."""

    name: str
    meaning: str
    count: int | None
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StandView:
    """Where one speaker stands: what they say, what they choose, and how many of those choices are unsure readings."""

    name: str
    says: str
    chooses: str
    unsure: int
    cell: str


@dataclass(frozen=True, slots=True)
class CellsView:
    """Stated agreement against choice, per speaker and in sum."""

    sentence: str
    cells: tuple[CellView, ...]
    beside: tuple[CellView, ...]  # who stands in none of them: no clear choice, has not said
    rows: tuple[StandView, ...]  # empty where names are not shown
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class WithinView:
    """One group on one question; `verdict` is empty where fewer than two answered, `mark` None where nothing may be told."""

    question: str
    verdict: str
    verdict_name: str
    mark: Mark | None
    counts: str
    settled: bool


@dataclass(frozen=True, slots=True)
class GroupView:
    """One level or team. `intended` is its share of choices that follow the strategy, `rating` the median."""

    name: str
    speakers: int
    intended: float | None
    rating: float | None
    questions: tuple[WithinView, ...]


@dataclass(frozen=True, slots=True)
class GroupsView:
    """Levels, or teams, side by side; `between` has a question's name and its verdict with each group as one voice."""

    by: str
    sentence: str
    questions: tuple[str, ...]
    groups: tuple[GroupView, ...]
    between: tuple[tuple[str, str, str, bool], ...]  # (question, verdict, its name, settled)
    withheld: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """Speakers who went from one choice to another, or stayed; `names` only where names are shown."""

    then: Mark
    now: Mark
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """Who changed, from which choice and reason to which."""

    name: str
    then: str
    why_then: Quote | None
    now: str
    why_now: Quote | None


@dataclass(frozen=True, slots=True)
class MovementView:
    """One question from one wave to the next."""

    question: str
    name: str
    earlier: str
    later: str
    verdict_then: str
    verdict_now: str
    sentence: str
    flows: tuple[Flow, ...]
    steps: tuple[StepView, ...]
    withheld: str = ""

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The choices in the picture, each once, by letter."""
        found = {mark.choice: mark for flow in self.flows for mark in (flow.then, flow.now)}
        return tuple(sorted(found.values(), key=lambda mark: mark.letter))


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One question's verdicts: (wave, verdict, its name, settled), the oldest first, empty where there was none."""

    question: str
    name: str
    verdicts: tuple[tuple[str, str, str, bool | None], ...]


@dataclass(frozen=True, slots=True)
class PatternView:
    """`state` is found, not found, or not measured."""

    name: str
    state: str
    sentence: str
    counts: tuple[str, ...]
    quotes: tuple[Quote, ...]
    questions: tuple[tuple[str, str], ...]  # (id, name)
    unsettled: bool = False  # whether it rests on verdicts or readings that cannot be relied on yet


@dataclass(frozen=True, slots=True)
class LineView:
    """One line of the scorecard. `share` is the count it is judged by, None where that is withheld or not measured."""

    name: str
    share: float | None
    words: str
    counts: tuple[str, ...]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class TermView:
    """A word of the strategy, and the ways to explain it, side by side."""

    word: str
    sentence: str
    ways: tuple[tuple[Quote, ...], ...]


@dataclass(frozen=True, slots=True)
class SpendingRow:
    """What one option got, its share, and the share of people who would choose it (None where that is withheld)."""

    option: str
    intended: bool
    amount: float
    share: float
    chosen: float | None


@dataclass(frozen=True, slots=True)
class SpendingView:
    """Where money, people or time went on a question, beside what people would choose."""

    question: str
    name: str
    unit: str
    sentence: str
    rows: tuple[SpendingRow, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """Something drafted from what was said; `sources` are the words that it was drawn from."""

    question: str
    text: str
    note: str
    sources: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class NextSteps:
    """Drafts: rules, questions to settle in the room, and (name, what for) whom to ask again."""

    rules: tuple[Draft, ...]
    settle: tuple[Draft, ...]
    again: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """A study's report. `questions` come in the order of how much they matter."""

    title: str
    strategy: str
    wave: str
    mode: str
    headline: str
    where_not: tuple[tuple[str, str, str], ...]  # (id, name, plain sentence) of each question that is not aligned
    speakers: int | None  # None where too few answered for an anonymous study
    questions: tuple[QuestionFindings, ...]
    cells: CellsView | None
    levels: GroupsView | None
    teams: GroupsView | None
    movements: tuple[MovementView, ...]
    history: tuple[HistoryRow, ...]
    patterns: tuple[PatternView, ...]
    scorecard: tuple[LineView, ...]
    terms: tuple[TermView, ...]
    spending: tuple[SpendingView, ...]
    next_steps: NextSteps
    alpha: float | None
    alpha_interval: tuple[float, float] | None
    alpha_basis: str
    notes: tuple[str, ...]
    thresholds: dict[str, float]
    provenance: dict[str, object]
    nothing_yet: str = ""  # where nothing may be shown of any question: that, and from when on it may
    unsettled: tuple[str, ...] = ()  # names of the questions whose verdict cannot be relied on yet
    read_on_server: bool = False  # whether answers were read by a server that the user named
