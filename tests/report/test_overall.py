"""What a report with names says over the whole study: sentences, counts, order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.comparison.studies import LOAD, MONEY, WORD, T, picture_of, said, study_of, wave_of
from voicepulse.comparison.groups import group_speakers
from voicepulse.comparison.importance import by_importance
from voicepulse.comparison.patterns import Pattern, find_patterns
from voicepulse.comparison.positions import positions_of
from voicepulse.comparison.proposals import propose
from voicepulse.comparison.scorecard import Line
from voicepulse.comparison.suppression import disclosure
from voicepulse.comparison.types import Count, Said, Term
from voicepulse.interpretation.answers import Answer
from voicepulse.report.cells import cells_view
from voicepulse.report.drafts import next_steps
from voicepulse.report.findings import Beside, find
from voicepulse.report.groups import groups_view
from voicepulse.report.movement import movement_view
from voicepulse.report.overall import line_views, pattern_views, term_views
from voicepulse.report.types import CellsView, GroupsView, MovementView, NextSteps, PatternView, SpendingView
from voicepulse.report.voices import Voices, mark, trimmed
from voicepulse.resources import Resource
from voicepulse.study import Study

E, M, S = "executive", "manager", "staff"
SMALL = "we lose a few small ones"


def voices(study: Study) -> Voices:
    return Voices(study, disclosure("attributed", T), {})


def all_of(choices: str, reason: str = MONEY, **more: object) -> list[Answer]:
    return [said(f"s{n}", choice, reason, **more) for n, choice in enumerate(choices, 1)]


def words_of(answer: Answer) -> Said:
    return Said(answer.speaker, answer.question, answer.recording, answer.interpretation.reasons[0].evidence)


# --- the four cells


def cells(*people: tuple[str, str]) -> CellsView | None:
    study = study_of(len(people))
    answers = [said(f"s{n}", choice, stance=stance) for n, (stance, choice) in enumerate(people, 1)]
    return cells_view(voices(study), positions_of(study, answers, T.unsure_confidence))


def test_each_cell_names_its_people() -> None:
    view = cells(("agree", "a"), ("disagree", "a"), ("agree", "b"), ("disagree", "b"), ("unstated", "a"))
    assert view is not None
    assert {cell.name: (cell.count, cell.names) for cell in (*view.cells, *view.beside)} == {
        "aligned with buy-in": (1, ("s1",)),
        "aligned without buy-in": (1, ("s2",)),
        "agreement without alignment": (1, ("s3",)),
        "open dissent": (1, ("s4",)),
        "no clear choice": (0, ()),
        "has not said": (1, ("s5",)),
    }
    assert [(row.name, row.says, row.chooses) for row in view.rows[:2]] == [
        ("s1", "agrees", "1 of 1 as intended"),
        ("s2", "disagrees", "1 of 1 as intended"),
    ]


@pytest.mark.parametrize(
    ("people", "sentence"),
    [
        (
            [("agree", "a"), ("disagree", "a"), ("agree", "b")],
            "Of 3 who say where they stand and choose clearly, 2 choose as intended. 1 agrees and chooses otherwise.",
        ),
        (
            [("agree", "a"), ("unstated", "b")],
            "Of 1 who say where they stand and choose clearly, 1 chooses as intended.",
        ),
        (
            [("agree", "a"), ("unstated", "a"), ("unstated", "a")],
            "2 of 3 do not say whether they agree, or make no clear choice, so what agreement is worth here is not known.",
        ),
    ],
)
def test_the_sentence_over_the_cells(people: list[tuple[str, str]], sentence: str) -> None:
    view = cells(*people)
    assert view is not None and view.sentence == sentence


def test_who_chooses_neither_way_stands_in_no_cell() -> None:
    view = cells(("agree", "undecided"), ("agree", "a"))
    assert view is not None
    assert view.cells[2].count == 0
    assert [(cell.name, cell.names) for cell in view.beside] == [("no clear choice", ("s1",)), ("has not said", ())]


def test_without_an_intended_option_there_are_no_cells() -> None:
    study = study_of(2, intended=None)
    assert cells_view(voices(study), positions_of(study, all_of("ab", stance="agree"), 0.6)) is None


@given(st.lists(st.tuples(st.sampled_from(["agree", "disagree", "unstated"]), st.sampled_from("ab")), min_size=1))
@settings(max_examples=40, deadline=None)
def test_everybody_stands_in_one_cell(people: list[tuple[str, str]]) -> None:
    view = cells(*people)
    assert view is not None
    names = [name for cell in (*view.cells, *view.beside) for name in cell.names]
    assert sorted(names) == sorted(row.name for row in view.rows)
    assert [cell.count for cell in view.cells] == [len(cell.names) for cell in view.cells]


# --- levels and teams


@pytest.mark.parametrize("unsettled", [frozenset[str](), frozenset({"q1"})])
def test_an_anonymous_group_is_as_settled_as_its_question_is_shown_to_be(unsettled: frozenset[str]) -> None:
    study = study_of({f"s{n}": (E if n < 6 else S, "") for n in range(1, 11)}).model_copy(update={"mode": "anonymous"})
    groups = group_speakers(study, wave_of(study, all_of("a" * 10, reason="")), "level", T)  # within none, silence
    view = groups_view(Voices(study, disclosure("anonymous", T), {"q1": 10}), groups, unsettled)
    assert view is not None
    assert {w.settled for group in view.groups for w in group.questions} == {not unsettled}


def levels(names: Sequence[str], choices: str) -> GroupsView | None:
    study = study_of({f"s{n}": (name, "") for n, name in enumerate(names, 1)}, ("q1", "rate"))
    wave = wave_of(study, all_of(choices))
    return groups_view(voices(study), group_speakers(study, wave, "level", T), frozenset())


def test_groups_stand_side_by_side_with_their_shares_and_verdicts() -> None:
    view = levels([E, E, S, S], "aaab")
    assert view is not None
    assert view.sentence == "With each of the levels as one voice, 0 of 1 trade-offs are aligned between them."
    assert [(group.name, group.speakers, group.intended) for group in view.groups] == [(E, 2, 1.0), (S, 2, 0.5)]
    told = [(w.verdict_name, w.mark.label if w.mark else "") for g in view.groups for w in g.questions]
    assert told == [("Aligned", "Build alpha"), ("Open misalignment", "")]  # of one against one, none is the largest
    assert view.groups[0].questions[0].counts == "2 of 2"


def test_groups_of_which_one_alone_is_more_than_a_person_are_not_set_against_each_other() -> None:
    view = levels([E, E, S], "aab")
    assert view is not None
    assert view.sentence == "Under two levels have two or more people, so levels cannot be told from persons."
    assert view.groups[1].questions[0].verdict == ""


@pytest.mark.parametrize("names", [[E, E, E], [E, M, S]])
def test_one_group_or_single_persons_make_no_picture(names: list[str]) -> None:
    assert levels(names, "aab") is None


# --- from wave to wave


def movement(then: list[Answer], now: list[Answer]) -> MovementView:
    study = study_of(8)
    return movement_view(voices(study), picture_of(study, now, then).movements[0])


def test_the_movement_is_told_with_everybody_in_it() -> None:
    now = [*all_of("aa"), said("s3", "a", WORD), said("s4", "b", LOAD), said("s6", "b", LOAD)]
    view = movement(all_of("aaaaa"), now)
    assert view.sentence == (
        "Aligned before, open misalignment now: 1 of 4 who answered twice chose otherwise, 1 the same for another reason; "
        "1 new; 1 did not answer again."
    )
    assert [(f.then.choice, f.now.choice, f.count, f.names) for f in view.flows] == [
        ("a", "a", 3, ("s1", "s2", "s3")),
        ("a", "b", 1, ("s4",)),
    ]
    assert [step.name for step in view.steps] == ["s3", "s4"]


def test_a_step_quotes_why_then_and_why_now() -> None:
    (step,) = movement(all_of("aaaa"), [*all_of("aaa"), said("s4", "b", LOAD)]).steps
    assert step.why_then is not None and step.why_now is not None
    assert (step.name, step.then, step.why_then.text) == ("s4", "Build alpha", MONEY)
    assert (step.now, step.why_now.text) == ("Keep beta", LOAD)


def test_where_nobody_answered_twice_nobody_is_counted() -> None:
    others = [said(f"s{n}", "a", MONEY) for n in (4, 5)]
    assert movement(all_of("aaa"), others).sentence == (
        "Still aligned: nobody answered twice; 2 new; 3 did not answer again."
    )


# --- patterns


def patterns(*found: Pattern, unsettled: frozenset[str] = frozenset()) -> tuple[PatternView, ...]:
    return pattern_views(voices(study_of(4)), found, unsettled)


def test_what_was_found_comes_first_and_what_was_not_measured_last() -> None:
    people = all_of("bbbb", stance="agree")
    views = patterns(*find_patterns(picture_of(study_of(4), people)))
    states = [view.state for view in views]
    assert states == sorted(states, key=["found", "not found", "not measured"].index)
    assert views[0].name == "agreement without alignment"
    assert views[0].counts == (
        "4 of 4 who said, agree with the strategy",
        "4 of 4 choices of those who agree leave the intended option",
    )


def test_what_was_not_measured_says_what_it_needs_and_counts_nothing() -> None:
    pattern = Pattern("perception gap", None, "ratings of 2 executives")
    (view,) = patterns(pattern)
    assert (view.state, view.sentence, view.counts) == ("not measured", "Needs ratings of 2 executives.", ())


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        (
            Pattern("same words, different meaning", True, "", words=("enterprise", "local")),
            "explain “enterprise” and “local” differently",
        ),
        (Pattern("signal lost", True, "", words=(M, S)), "from manager level to the next"),
        (Pattern("eroded", True, "", questions=("q1", "q2")), "aligned on q1 and q2 in an earlier wave"),
        (Pattern("leaders aligned, organization not", True, "", questions=("q1",)), "executives are aligned on q1,"),
    ],
)
def test_a_pattern_names_what_it_was_found_in(pattern: Pattern, told: str) -> None:
    (view,) = patterns(pattern)
    assert told in view.sentence


def test_no_sentence_keeps_a_placeholder() -> None:
    study = study_of(2)
    for pattern in find_patterns(picture_of(study, all_of("ab"))):
        for found in (True, False, None):
            shown = Pattern(pattern.name, found, pattern.needs, questions=("q1",), words=("word", "other"))
            (view,) = patterns(shown)
            assert not set("{}") & set(view.sentence)
            assert view.sentence.endswith(".")


def test_a_pattern_that_rests_on_an_unsettled_question_is_marked() -> None:
    shown = [Pattern("eroded", True, "", questions=names) for names in (("q1", "q2"), ("q2",))]
    assert [view.unsettled for view in patterns(*shown, unsettled=frozenset({"q1"}))] == [True, False]


def test_only_what_was_found_is_quoted() -> None:
    words = (words_of(said("s1", "a", MONEY)),)
    shown = [Pattern("eroded", found, "x", said=words, questions=("q1",)) for found in (True, False)]
    assert [[quote.text for quote in view.quotes] for view in patterns(*shown)] == [
        [MONEY],
        [],
    ]


# --- the scorecard


@pytest.mark.parametrize(
    ("count", "total", "words", "share"),
    [
        (3, 4, "high", 0.75),
        (2, 4, "moderate", 0.5),
        (1, 4, "low", 0.25),
        (2, 2, "too few to say", None),
    ],
)
def test_a_line_is_judged_by_its_first_count(count: int, total: int, words: str, share: float | None) -> None:
    line = Line("visibility", (Count("name the cost", count, total), Count("of something else", 0, 9)))
    (view,) = line_views(voices(study_of(2)), [line])
    assert (view.words, view.share) == (words, share)
    assert view.counts == (f"{count} of {total} name the cost", "0 of 9 of something else")


def test_a_line_without_a_count_is_not_measured() -> None:
    (view,) = line_views(voices(study_of(2)), [Line("buy-in", ())])
    assert (view.words, view.share, view.counts) == ("not measured", None, ())


# --- words of the strategy, and what was spent


def test_a_term_shows_each_way_side_by_side() -> None:
    one, two = (words_of(said(s, "a", reason)) for s, reason in (("s1", MONEY), ("s2", WORD)))
    alike, parted = term_views(voices(study_of(2)), [Term("local", ((one, two),)), Term("big", ((one,), (two,)))])
    assert alike.sentence == "2 people explain “local” in one way."
    assert parted.sentence == "2 people explain “big” in 2 ways, as far as they were told apart."
    assert [[(quote.speaker, quote.text) for quote in way] for way in parted.ways] == [[("s1", MONEY)], [("s2", WORD)]]


def spending(study: Study, amounts: Mapping[str, float], choices: str) -> SpendingView:
    beside = Beside(tuple(Resource(what, amount, "q1", what, "days") for what, amount in amounts.items()))
    (view,) = find(study, [wave_of(study, all_of(choices))], T, beside).spending
    return view


def test_spending_stands_beside_the_choices() -> None:
    view = spending(study_of(4), {"a": 30, "b": 90}, "aaab")
    assert view.sentence == "25% went to the intended option, and 75% of the people would choose it."
    assert [(row.intended, row.amount, row.share, row.chosen) for row in view.rows] == [
        (True, 30, 0.25, 0.75),
        (False, 90, 0.75, 0.25),
    ]


def test_spending_on_what_nobody_intended_is_not_judged() -> None:
    view = spending(study_of(4, intended=None), {"a": 0}, "aaab")
    assert view.sentence == "No option is intended here, so spending is shown without judging it."
    assert [row.share for row in view.rows] == [0, 0]


# --- what to do next


def steps(answers: Sequence[Answer], study: Study | None = None) -> NextSteps:
    study = study or study_of(5)
    wave = wave_of(study, answers)
    return next_steps(voices(study), propose(study, wave, by_importance(wave.comparison.questions, T), T))


def test_a_rule_is_drafted_in_the_speakers_own_words() -> None:
    (rule,) = steps([*all_of("aaa", cost=SMALL), said("s4", "b", WORD)]).rules
    assert rule.text == f"When “Build alpha” and “Keep beta” compete, we do the first, even if “{SMALL}”."
    assert rule.note == "3 of 4 would do so. 3 of them named this cost."
    assert {quote.text for quote in rule.sources} == {SMALL, MONEY}


def test_a_rule_without_a_cost_and_against_the_strategy_says_both() -> None:
    (rule,) = steps(all_of("bbbb")).rules
    assert rule.text == "When “Keep beta” and “Build alpha” compete, we do the first."
    assert "Nobody was heard to name what it costs" in rule.note
    assert rule.note.endswith("This is not the option that the strategy intends.")


def test_where_nothing_is_intended_no_rule_is_against_it() -> None:
    (rule,) = steps(all_of("bbbb", cost=SMALL), study_of(5, intended=None)).rules
    assert rule.note == "4 of 4 would do so. 4 of them named this cost."


@pytest.mark.parametrize(
    ("answers", "text", "note"),
    [
        (
            all_of("aaabb"),
            "Which of these goes first: “Build alpha” or “Keep beta”?",
            "Build alpha (3) and Keep beta (2)",
        ),
        (
            [said(f"s{n}", "a", reason) for n, reason in enumerate([MONEY, MONEY, WORD, LOAD], 1)],
            "Why “Build alpha”? Which of these reasons decides",
            "The choice is the same; the reasons are not",
        ),
        (
            [*all_of("aa", condition="unless the bank pays"), said("s3", "undecided"), said("s4", "a")],
            "Who decides this, and what has to be true before?",
            "What holds them up: a condition (2) and no decision yet (1).",
        ),
    ],
)
def test_a_question_for_the_room_says_how_many_stand_where(answers: list[Answer], text: str, note: str) -> None:
    (draft,) = steps(answers).settle
    assert draft.text.startswith(text)
    assert note in draft.note


def test_whom_to_ask_again_and_for_what() -> None:
    study = study_of(2, ["q1", "q2", "q3", "q4"])  # nobody was asked the fourth
    answers = [said("s1", "a"), said("s1", "a", question="q2"), said("s2", "a", MONEY, question="q3")]
    assert steps(answers, study).again == (
        ("s1", "no reason was heard: q1 and q2; no answer yet: q3"),
        ("s2", "no answer yet: q1 and q2"),
    )


# --- names and marks


def test_people_are_called_by_name_then_role_then_id() -> None:
    study = Study.model_validate(
        {
            **study_of(1).model_dump(),
            "speakers": [{"id": "s1", "name": "Ada", "role": "CFO"}, {"id": "s2", "role": "Driver"}, {"id": "s3"}],
        }
    )
    assert voices(study).names(["s3", "s1", "s2", "gone"]) == ("s3", "Ada", "Driver (s2)", "gone")


def test_a_choice_keeps_its_letter_and_says_what_it_means_for_the_strategy() -> None:
    question = study_of(1, intended="b").questions[0]
    marks = [mark(question, choice) for choice in ("a", "b", "both", "neither", "undecided")]
    assert [(m.letter, m.code) for m in marks] == [
        ("A", "other 1"),
        ("B", "intended"),
        ("+", "both"),
        ("–", "neither"),
        ("?", "undecided"),
    ]


# --- quotes


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        ("and nine of our top twenty came in small,", "nine of our top twenty came in small"),
        ("But, um, so we gave our word on it and", "we gave our word on it"),
        ("Sodium is what we sell.", "Sodium is what we sell."),
        ("because they pay for it", "because they pay for it"),
        ("and so", "and so"),
    ],
)
def test_a_quote_begins_and_ends_with_what_is_meant(said: str, quoted: str) -> None:
    assert trimmed(said) == quoted


@given(st.text("andbutso ,.xy", max_size=30))
def test_a_quote_is_always_a_piece_of_what_was_said(words: str) -> None:
    assert trimmed(words) in words
    assert bool(trimmed(words)) == bool(words)
