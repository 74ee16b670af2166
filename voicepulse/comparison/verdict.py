"""The verdict of a question, how stable it is, and whether it can be relied on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from voicepulse.comparison.types import VERDICTS, Band, Verdict
from voicepulse.settings import Thresholds

NO_REASON = -1  # the reason of somebody who gave none, or whose reason nobody else can share
SLACK = 1e-9  # 0.6 of five speakers is three, whatever floating point says
DIGITS = 9  # sums taken in another order differ only further back

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shares:
    """What a verdict is decided on. `shared_reason` is among those on the largest choice."""

    unresolved: float
    largest: float
    shared_reason: float


def decide(shares: Shares, thresholds: Thresholds) -> Verdict:
    """The definition of product.md, in its order. Exact at the border: half is unresolved, three quarters are not open."""
    one = _ShareDraws(np.array([shares.unresolved]), np.array([shares.largest]), np.array([shares.shared_reason]))
    return VERDICTS[int(_decide_draws(one, thresholds)[0])]


def settles(
    verdict: Verdict | None, stable: float | None, misread_share: float, heard_share: float, thresholds: Thresholds
) -> bool:
    """Whether a verdict can be relied on: few choices expected to be misread, and enough resamples give it.

    `misread_share` is of all speakers. Misread choices scatter, so they make an aligned team look open, and every resample
    repeats them: stability cannot tell. `heard_share` is of those on the largest choice, how many gave a reason that was
    heard. Aligned and hidden rest on reasons, so they need most of them: silence is no different reason.
    """
    if verdict is None or stable is None:
        return False
    well_read = misread_share <= thresholds.settled_misread + SLACK
    reasons_known = verdict not in ("aligned", "hidden") or heard_share > 0.5 + SLACK
    return well_read and reasons_known and stable >= thresholds.settled_stability - SLACK


def band_of(largest_cluster_share: float, thresholds: Thresholds) -> Band:
    """Of five people: four or five with the same choice and reason are high, three are moderate, scattered is low."""
    if largest_cluster_share >= thresholds.high_band - SLACK:
        return "high"
    return "moderate" if largest_cluster_share >= thresholds.moderate_band - SLACK else "low"


def shares_of(choices: Ints, reasons: Ints, unresolved: Flags) -> Shares:
    """Shares of n answers: choices (n,) as indices, reasons (n,) as cluster indices or NO_REASON, unresolved (n,).

    Where two choices are equally large, the one with the better shared reason counts, so that order never matters.
    """
    one = _shares_of_draws(choices[None], reasons[None], unresolved[None])
    return Shares(float(one.unresolved[0]), float(one.largest[0]), float(one.shared_reason[0]))


@dataclass(frozen=True, slots=True)
class UncertainAnswers:
    """n answers with what the reader thinks possible.

    choice (n, c) probabilities; reason (n,) cluster index or NO_REASON; reason_confidence (n,) that it is that one;
    qualified and escalates (n,) probabilities. `chosen` (n,) is the choice that counts.
    """

    choice: Floats
    chosen: Ints
    reason: Ints
    reason_confidence: Floats
    qualified: Floats
    escalates: Floats
    undecided: int  # the column of choice that means undecided

    @property
    def misread_share(self) -> float:
        """The share of the choices that count which is expected to be wrong, 0 to 1."""
        return float(1 - self.choice[np.arange(len(self.chosen)), self.chosen].mean())


def stability(answers: UncertainAnswers, verdict: Verdict, thresholds: Thresholds, seed: int, resamples: int) -> float:
    """The share of resamples that give the same verdict, 0 to 1.

    Each one draws speakers with replacement (the bootstrap, Efron 1979) and, for each, a reading from what the reader
    thinks possible. A speaker whose drawn choice is not the one read brings a reason that nobody shares. What speakers
    and options are called, and their order, changes nothing.
    """
    rng = np.random.default_rng(seed)
    n = len(answers.chosen)
    answers = _reordered(answers, *_canonical_order(answers))
    _, shares = _draw(answers, rng.integers(n, size=(resamples, n)), rng)
    return float((_decide_draws(shares, thresholds) == VERDICTS.index(verdict)).mean())


def worth_of_review(answers: UncertainAnswers, thresholds: Thresholds, seed: int, resamples: int) -> Floats:
    """(n,) how far knowing each answer for certain would move what one believes of the verdict, 0 to 1.

    Over joint draws of all readings, the expected total variation distance between the verdicts as they are distributed
    and as they would be, were this answer's true reading known. An answer that is certain is worth nothing.
    """
    rows, columns = _canonical_order(answers)
    everyone = np.broadcast_to(np.arange(len(rows)), (resamples, len(rows)))
    states, shares = _draw(_reordered(answers, rows, columns), everyone, np.random.default_rng(seed))
    verdicts = _decide_draws(shares, thresholds)
    overall = np.bincount(verdicts, minlength=len(VERDICTS)) / resamples
    worth = np.zeros(len(rows))
    for speaker, drawn in zip(rows, states.T, strict=True):
        for state in np.unique(drawn):
            known = verdicts[drawn == state]
            shifted = np.abs(np.bincount(known, minlength=len(VERDICTS)) / len(known) - overall).sum() / 2
            worth[speaker] += len(known) / resamples * shifted
    return worth


@dataclass(frozen=True, slots=True)
class _ShareDraws:
    """`Shares` of r draws, each (r,)."""

    unresolved: Floats
    largest: Floats
    shared_reason: Floats


def _decide_draws(shares: _ShareDraws, thresholds: Thresholds) -> Ints:
    """(r,) indices into VERDICTS."""
    unresolved = shares.unresolved >= thresholds.unresolved_share - SLACK
    is_open = shares.largest < thresholds.open_share - SLACK
    hidden = shares.shared_reason < thresholds.hidden_share - SLACK
    numbers = [np.int64(VERDICTS.index(verdict)) for verdict in ("unresolved", "open", "hidden", "aligned")]
    return np.select([unresolved, is_open, hidden], numbers[:3], numbers[3])


def _shares_of_draws(choices: Ints, reasons: Ints, unresolved: Flags) -> _ShareDraws:
    """Shares of r draws of n answers, from what each one chose, its reason and whether it is unresolved, each (r, n)."""
    draws, n = choices.shape
    width, groups = int(choices.max()) + 1, int(reasons.max()) + 2  # the first group counts NO_REASON
    cell = (np.arange(draws)[:, None] * width + choices) * groups + reasons - NO_REASON
    counts = np.bincount(cell.ravel(), minlength=draws * width * groups).reshape(draws, width, groups)
    size = counts.sum(axis=2)  # (r, width)
    most = size.max(axis=1)
    sharing = counts[:, :, 1:].max(axis=2, initial=0)  # (r, width), the largest group with one reason
    shared = np.where(size == most[:, None], sharing, 0).max(axis=1)
    return _ShareDraws(unresolved.mean(axis=1), most / n, shared / most)


def _draw(answers: UncertainAnswers, who: Ints, rng: np.random.Generator) -> tuple[Ints, _ShareDraws]:
    """One reading for each of `who` (r, n), from what the reader thinks possible.

    Returns what each comes to (r, n), its choice and whether it is unresolved in one number, and the shares.
    """
    draw = rng.random((4, *who.shape))
    upper = answers.choice.cumsum(axis=1)[:, :-1]  # what is left over falls to the last choice
    choice = (upper[who] < draw[0][..., None]).sum(axis=2)
    keeps = (draw[1] < answers.reason_confidence[who]) & (choice == answers.chosen[who])
    reason = np.where(keeps, answers.reason[who], NO_REASON)
    unresolved = (draw[2] < answers.qualified[who]) | (draw[3] < answers.escalates[who]) | (choice == answers.undecided)
    return choice * 2 + unresolved, _shares_of_draws(choice, reason, unresolved)


def _reordered(answers: UncertainAnswers, rows: Ints, columns: Ints) -> UncertainAnswers:
    """The same answers with speakers and choices in the given order."""
    number = np.argsort(columns)  # where each column went
    return UncertainAnswers(
        choice=answers.choice[np.ix_(rows, columns)].round(DIGITS),
        chosen=number[answers.chosen[rows]],
        reason=answers.reason[rows],
        reason_confidence=answers.reason_confidence[rows].round(DIGITS),
        qualified=answers.qualified[rows].round(DIGITS),
        escalates=answers.escalates[rows].round(DIGITS),
        undecided=int(number[answers.undecided]),
    )


def _canonical_order(answers: UncertainAnswers) -> tuple[Ints, Ints]:
    """Orders of the speakers (n,) and of the choices (c,) that hang on what was said, and on nothing else.

    Colour refinement (Weisfeiler and Leman 1968): speakers are told apart by their figures, their cluster and the ranks
    of the choices, choices by their figures and the ranks of the speakers, until nothing more can be told apart. Of
    choices that still look alike one is put last; they can be exchanged, so it makes no difference which.
    """
    choice = answers.choice.round(DIGITS)
    flags = np.stack([answers.reason_confidence, answers.qualified, answers.escalates], axis=1).round(DIGITS)
    figures = [tuple(row) for row in flags.tolist()]
    speakers, choices = [0] * len(choice), [int(j == answers.undecided) for j in range(choice.shape[1])]
    told_apart = 0
    while True:
        blocks = _blocks(answers.reason, speakers)
        mine = [choices[j] for j in answers.chosen]
        speakers = _ranks(zip(speakers, mine, figures, blocks, _seen(choice, choices), strict=True))
        choices = _ranks(zip(choices, _seen(choice.T, speakers), strict=True))
        before, told_apart = told_apart, len(set(speakers)) + len(set(choices))
        if told_apart > before:
            continue
        alike = [j for j, rank in enumerate(choices) if choices.count(rank) > 1]
        if not alike:
            break
        choices = _ranks((rank, j == alike[0]) for j, rank in enumerate(choices))
    places = _ranks(zip(_blocks(answers.reason, speakers), answers.reason.tolist(), speakers, strict=True))
    return np.argsort(places, kind="stable"), np.argsort(choices)


def _ranks(keys: Iterable[tuple[object, ...]]) -> list[int]:
    """The place of each key among the different ones."""
    listed = list(keys)
    place = {key: rank for rank, key in enumerate(sorted(set(listed)))}
    return [place[key] for key in listed]


def _seen(figures: Floats, ranks: Sequence[int]) -> list[tuple[tuple[float, int], ...]]:
    """For each row of figures (rows, columns): its figures with the ranks of the columns they stand in, in no order."""
    return [tuple(sorted(zip(row, ranks, strict=True))) for row in figures.tolist()]


def _blocks(reasons: Ints, ranks: Sequence[int]) -> list[int]:
    """For each speaker the place of the group that shares the reason, ordered by the ranks in it; whoever gave none is before all."""
    members: dict[int, list[int]] = {}
    for reason, rank in zip(reasons.tolist(), ranks, strict=True):
        members.setdefault(reason, []).append(rank)
    groups = {reason: tuple(sorted(inside)) for reason, inside in members.items()} | {NO_REASON: ()}
    place = dict(zip(groups, _ranks(groups.values()), strict=True))
    return [place[reason] for reason in reasons.tolist()]
