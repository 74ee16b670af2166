"""What must hold of every comparison."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.comparison.studies import said, study_of
from tests.conftest import WordHashEmbedder, make_answer
from voicepulse.comparison.agreement import code_choice, study_alpha, unit_agreement
from voicepulse.comparison.compare import CompareOptions, compare_question, compare_study, reason_groups
from voicepulse.comparison.reasons import SameReason, cluster_reasons
from voicepulse.comparison.types import Comparison, StudyComparison, comparison_from_json, comparison_to_json
from voicepulse.interpretation.answers import Answer
from voicepulse.settings import Thresholds
from voicepulse.study import Question, Study

SAME = SameReason(12.0, -5.0)
OPTIONS = CompareOptions(Thresholds(), seed=3, resamples=60)
QUESTION = Question.model_validate(
    {"id": "q1", "prompt": "Which?", "options": [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}], "intended": "a"}
)
MONEY, WORD, QUEUE = "the money that it brings in", "we gave our word on it", "support drowns in tickets every monday"

people = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "both", "undecided"]),
        st.sampled_from([MONEY, WORD, QUEUE, ""]),
        st.booleans(),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)
fast = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def compare(answers: list[Answer]) -> Comparison:
    return compare_question(QUESTION, "w1", answers, WordHashEmbedder(), SAME, OPTIONS)


def answers_of(said: list[tuple[str, str, bool, bool]]) -> list[Answer]:
    return [make_answer(f"s{n}", c, r, qualified=q, escalates=e) for n, (c, r, q, e) in enumerate(said, 1)]


@pytest.mark.parametrize(
    ("said", "verdict", "band"),
    [
        ([("a", MONEY)] * 5, "aligned", "high"),
        ([("a", MONEY)] * 4 + [("b", WORD)], "aligned", "high"),
        ([("a", MONEY), ("a", WORD), ("a", QUEUE), ("a", MONEY), ("a", WORD)], "hidden", "low"),
        ([("a", MONEY)] * 3 + [("b", WORD)] * 2, "open", "moderate"),
        ([("undecided", MONEY)] * 3 + [("a", WORD)] * 2, "unresolved", "moderate"),
        ([("a", "")] * 5, "hidden", "low"),  # the same choice without a reason shares none
    ],
)
def test_verdicts_of_five_people(said: list[tuple[str, str]], verdict: str, band: str) -> None:
    result = compare([make_answer(f"s{n}", c, r) for n, (c, r) in enumerate(said)])
    assert (result.verdict, result.band) == (verdict, band)


def test_one_speaker_never_makes_a_verdict_and_few_make_a_first_impression() -> None:
    assert compare([make_answer("s1", "a", MONEY)]).verdict is None
    assert compare([]).verdict is None
    assert compare([make_answer(f"s{n}", "a", MONEY) for n in range(4)]).first_impression
    assert not compare([make_answer(f"s{n}", "a", MONEY) for n in range(5)]).first_impression


@given(people, st.randoms())
@fast
def test_the_order_of_speakers_changes_nothing(said: list[tuple[str, str, bool, bool]], random: object) -> None:
    answers = answers_of(said)
    shuffled = list(answers)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert compare(shuffled) == compare(answers)


@given(people)
@fast
def test_clusters_part_the_speakers_and_counts_add_up(said: list[tuple[str, str, bool, bool]]) -> None:
    result = compare(answers_of(said))
    members = [speaker for cluster in result.clusters for speaker in cluster.speakers]
    assert sorted(members) == sorted(result.speakers)
    assert sum(result.choices.values()) == len(said)
    assert all(cluster.typical in cluster.speakers for cluster in result.clusters)
    for share in (result.largest_share, result.shared_reason_share, result.unresolved_share):
        assert 0 <= share <= 1


@given(people)
@fast
def test_duplicating_every_speaker_changes_no_share(said: list[tuple[str, str, bool, bool]]) -> None:
    if len(said) < 2:
        return
    once, twice = compare(answers_of(said)), compare(answers_of(said + said))
    for name in ("verdict", "largest_share", "shared_reason_share", "unresolved_share", "band"):
        assert (
            getattr(once, name) == pytest.approx(getattr(twice, name))
            if "share" in name
            else getattr(once, name) == getattr(twice, name)
        )


def test_a_correction_changes_the_verdict() -> None:
    answers = [make_answer(f"s{n}", "a", MONEY) for n in range(3)] + [
        make_answer(f"t{n}", "b", MONEY) for n in range(2)
    ]
    assert compare(answers).verdict == "open"
    assert compare([replace(a, confirmed_choice="a") for a in answers]).verdict == "aligned"


def test_reasons_cluster_the_same_in_any_order() -> None:
    vectors = np.asarray(WordHashEmbedder().embed([MONEY, WORD, MONEY + " now", QUEUE, WORD]), dtype=np.float64)
    groups = {frozenset(c.members) for c in cluster_reasons(vectors, SAME)}
    assert groups == {frozenset({0, 2}), frozenset({1, 4}), frozenset({3})}
    order = [3, 1, 4, 0, 2]
    again = {frozenset(order[m] for m in c.members) for c in cluster_reasons(vectors[order], SAME)}
    assert again == groups


def test_alpha_is_one_for_full_agreement_that_varies_and_its_parts_make_the_whole() -> None:
    full = {"q1": dict.fromkeys("abc", "intended"), "q2": dict.fromkeys("abc", "other 1")}
    assert study_alpha(full) == pytest.approx(1)
    assert (
        study_alpha({"q1": dict.fromkeys("abc", "intended")}) is None
    )  # no variation: chance cannot be told from agreement
    assert study_alpha({}) is None
    mixed = {"q1": {"a": "intended", "b": "other 1", "c": "intended"}, "q2": dict.fromkeys("abc", "other 1")}
    parts = [unit_agreement(name, mixed) for name in mixed]
    assert sum(parts) / 2 == pytest.approx(study_alpha(mixed))


def test_a_study_is_compared_question_by_question_and_survives_storage(make_study: Callable[..., Study]) -> None:
    result = compare_study(
        make_study(), "w1", [make_answer(f"s{n}", "a", MONEY) for n in range(1, 7)], WordHashEmbedder(), SAME, OPTIONS
    )
    assert result.questions[0].verdict == "aligned"
    assert comparison_from_json(comparison_to_json(result)) == result


def test_two_different_options_never_count_as_agreement_beyond_chance() -> None:
    question = Question.model_validate(
        {"id": "q", "prompt": "?", "options": [{"id": i, "label": i} for i in "abc"], "intended": "a"}
    )
    codes = [code_choice(choice, question) for choice in "bbccb"]
    assert len(set(codes)) == 2
    units = {name: {f"s{n}": code for n, code in enumerate(codes)} for name in ("q1", "q2")}
    assert unit_agreement("q1", units) < 1


def test_of_a_single_trade_off_nothing_is_told_beyond_chance(make_study: Callable[..., Study]) -> None:
    answers = [make_answer(f"s{n}", "aab"[n % 3], MONEY) for n in range(1, 7)]
    found = compare_study(make_study(), "w1", answers, WordHashEmbedder(), SAME, OPTIONS)
    assert (found.alpha, found.questions[0].agreement) == (None, None)


def test_who_names_something_to_stop_is_counted_once(make_study: Callable[..., Study]) -> None:
    actions = {"s1": ["stop", "stop"], "s2": ["start", "stop"], "s3": ["start"], "s4": []}
    answers = [
        said(name, question="doing", actions=[(kind, False, f"{kind} {n}") for n, kind in enumerate(kinds)])
        for name, kinds in actions.items()
    ]
    study = study_of(4, ("doing",))
    (found,) = compare_study(study, "w1", answers, WordHashEmbedder(), SAME, OPTIONS).questions
    assert found.stopping == 2


def test_the_same_reason_is_found_whatever_was_chosen() -> None:
    given = [make_answer("s1", "a", MONEY), make_answer("s2", "b", MONEY), make_answer("s3", "a", WORD)]
    groups = reason_groups([*given, make_answer("s4", "a")], WordHashEmbedder(), SAME)
    assert groups["s1"] == groups["s2"] != groups["s3"]
    assert "s4" not in groups


class Counting(WordHashEmbedder):
    """Keeps what it was asked to embed."""

    def __init__(self) -> None:
        self.texts: set[str] = set()

    def embed(self, texts: list[str]) -> np.ndarray:
        self.texts |= set(texts)
        return super().embed(texts)


by_speaker = st.dictionaries(
    st.sampled_from([f"s{n}" for n in range(1, 7)]),
    st.tuples(st.sampled_from(["a", "b", "both"]), st.sampled_from([MONEY, WORD, QUEUE, f"{MONEY} now", ""])),
)
Said = dict[str, tuple[str, str]]


def given_to(question: str, said: Said, more: str = "") -> list[Answer]:
    return [make_answer(s, choice, why and why + more, question=question) for s, (choice, why) in said.items()]


@given(by_speaker, by_speaker, by_speaker, by_speaker, st.booleans())
@fast
def test_an_unchanged_question_is_kept_and_is_what_a_fresh_comparison_gives(
    then: Said, same: Said, before: Said, after: Said, asked_then: bool
) -> None:
    study, embedder = study_of(6, ("q1", "q2")), WordHashEmbedder()
    wave_before = [compare_study(study, "w0", given_to("q1", then), embedder, SAME, OPTIONS)] if asked_then else []
    given = [*given_to("q1", same), *given_to("q2", before, " there")]
    first = compare_study(
        study, "w1", given, embedder, SAME, replace(OPTIONS, keys={"q1": "same", "q2": "x"}), wave_before
    )
    stored = comparison_from_json(comparison_to_json(first))
    given, counting = [*given_to("q1", same), *given_to("q2", after, " there")], Counting()
    options = replace(OPTIONS, keys={"q1": "same", "q2": "y"})
    found = compare_study(study, "w1", given, counting, SAME, options, [*wave_before, stored])
    assert found == compare_study(study, "w1", given, embedder, SAME, options, [*wave_before, without_keys(stored)])
    assert found.questions[0].clusters == first.questions[0].clusters
    assert not counting.texts & {MONEY, WORD, QUEUE, f"{MONEY} now"}


def test_where_nothing_changed_no_number_does_though_an_older_cluster_is_as_like() -> None:
    study, embedder, keyed = study_of(6, ("q1",)), WordHashEmbedder(), replace(OPTIONS, keys={"q1": "same"})

    def made(
        wave: str, said: Said, earlier: list[StudyComparison], options: CompareOptions = OPTIONS
    ) -> StudyComparison:
        return compare_study(study, wave, given_to("q1", said), embedder, SAME, options, earlier)

    before = made("w0", {"s1": ("b", MONEY)}, [])
    draft = made("w1", {"s2": ("b", MONEY)}, [before])  # takes the number over
    first = made("w1", {"s1": ("b", WORD)}, [before, draft], keyed)
    again = made("w1", {"s1": ("b", WORD)}, [before, first], keyed)
    fresh = made("w1", {"s1": ("b", WORD)}, [before, without_keys(first)], keyed)
    numbers = [c.questions[0].clusters[0].identity for c in (before, draft, first, again)]
    assert numbers == [0, 0, 1, 1]
    assert [replace(c, identity=1) for c in fresh.questions[0].clusters] == list(again.questions[0].clusters)


def without_keys(comparison: StudyComparison) -> StudyComparison:
    return replace(comparison, questions=tuple(replace(c, key="") for c in comparison.questions))


def test_what_was_made_from_something_else_is_made_anew(make_study: Callable[..., Study]) -> None:
    study, given = make_study(), [make_answer(f"s{n}", "a", MONEY) for n in range(1, 7)]
    keyed = replace(OPTIONS, keys={"q1": "this"})
    last = compare_study(study, "w1", given, WordHashEmbedder(), SAME, keyed)
    assert last.questions[0].key == "this"
    for options, earlier, made_anew in (
        (keyed, [last], False),
        (replace(OPTIONS, keys={"q1": "that"}), [last], True),
        (OPTIONS, [last], True),
        (OPTIONS, [without_keys(last)], True),  # stored before there were keys
        (keyed, [without_keys(last)], True),
        (keyed, [replace(last, wave="w0")], True),
        (keyed, [last, without_keys(last)], True),  # only the last of the wave
    ):
        counting = Counting()
        compare_study(study, "w1", given, counting, SAME, options, earlier)
        assert (MONEY in counting.texts) == made_anew
