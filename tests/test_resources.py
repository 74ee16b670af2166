from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicepulse.errors import StudyError
from voicepulse.resources import Resource, Spending, read_resources, spending, spent
from voicepulse.study import Study, parse_study

Read = Callable[[str | bytes], tuple[Resource, ...]]
HEADER = "what,amount,unit,question,option\n"


def study(intended: bool = True) -> Study:
    options = [{"id": "a", "label": "Build the alpha thing"}, {"id": "b", "label": "Keep the beta thing"}]
    q1 = {"id": "q1", "prompt": "Which one?", "options": options, **({"intended": "a"} if intended else {})}
    agree = {"id": "agree", "kind": "agreement", "prompt": "Do you agree?"}
    return parse_study({"title": "T", "strategy": "A.", "speakers": [{"id": "s1"}], "questions": [agree, q1]})


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(content: str | bytes) -> tuple[Resource, ...]:
        path = tmp_path / "resources.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_resources(path, study())

    return read


def test_rows_are_read_in_any_order_of_columns_and_with_the_study_s_spelling(read: Read) -> None:
    found = read("Option, Question,unit,AMOUNT,what,note\nA,Q1,EUR,1200,The  campaign,later\nb,q1, people ,3,Team B,\n")
    assert found == (
        Resource("The  campaign", 1200.0, "q1", "a", "EUR"),
        Resource("Team B", 3.0, "q1", "b", "people"),
    )


def test_there_need_be_no_file_no_unit_and_no_row(read: Read, tmp_path: Path) -> None:
    assert read_resources(tmp_path / "nothing.csv", study()) == ()
    assert read("what,amount,question,option\nTeam,2,q1,a\n") == (Resource("Team", 2.0, "q1", "a"),)
    assert read(HEADER) == ()
    assert read(HEADER + "\n,,,,\n") == ()  # what spreadsheets leave behind


def test_a_spreadsheet_s_mark_line_ends_and_spare_commas_do_no_harm(read: Read) -> None:
    content = "\ufeffwhat,amount,question,option,\r\nTeam Zürich,2,q1,a,\r\nTeam B,3,q1,b,,,\r\n"
    assert [(r.what, r.amount) for r in read(content.encode())] == [("Team Zürich", 2.0), ("Team B", 3.0)]


@pytest.mark.parametrize(
    ("amount", "value"),
    [("1200", 1200), ("1,200.50", 1200.5), ("1,234,567", 1234567), ("0", 0), ("0.25", 0.25), (" 7 ", 7)],
)
def test_amounts_as_people_write_them(read: Read, amount: str, value: float) -> None:
    assert read(f'{HEADER}Team,"{amount}",EUR,q1,a\n')[0].amount == value


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("40%", "is a share"),
        ("-5", "is negative"),
        ("−5", "is negative"),
        ("", "is no number"),
        ("1.200,50", "is no number"),
        ("1,20", "is no number"),
        ("12,00,000", "is no number"),
        ("€1200", "is no number"),
        ("1e5", "is no number"),
        ("nan", "is no number"),
        ("inf", "is no number"),
        ("1 200", "is no number"),
        ("٣", "is no number"),
    ],
)
def test_what_is_no_plain_amount_is_refused_with_its_line(read: Read, amount: str, message: str) -> None:
    with pytest.raises(StudyError, match=rf"line 3: The amount '.*' {message}"):
        read(f'{HEADER}Team,1,EUR,q1,a\nTeam,"{amount}",EUR,q1,a\n')


def test_every_wrong_row_is_named_with_its_line_and_the_way_out(read: Read) -> None:
    rows = 'Team,1,EUR,q9,a\n\n"A team\nof two",1,EUR,q1,z\n,1,EUR,q1,a\nTeam,1,EUR,agree,a\nTeam,1,200.50,EUR,q1,a\n'
    with pytest.raises(StudyError) as caught:
        read(HEADER + rows)
    for part in (
        "line 2: The study has no trade-off 'q9'. Its trade-offs: q1.",
        "line 5: 'z' is no option of question q1. Use one of: a, b.",  # the row ends on its second line
        "line 6: The cell 'what' is empty.",
        "line 7: The study has no trade-off 'agree'.",
        'line 8: There are more cells than columns. Quote what holds a comma: "1,200.50".',
    ):
        assert part in caught.value.what
    assert "Correct these lines" in caught.value.way_out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks the columns what, amount, question, option"),
        (b"what;amount;question;option\nTeam;1;q1;a\n", "parted by semicolons"),
        (b"what,amount,question\nTeam,1,q1\n", "lacks the columns option"),
        ("what,amount,question,option\nTeam Zürich,1,q1,a\n".encode("latin-1"), "Save it as UTF-8"),
        (b'what,amount,question,option\nTeam,"1"2,q1,a\n', "cannot be read"),
    ],
)
def test_what_is_no_such_table_is_refused(read: Read, content: bytes, message: str) -> None:
    with pytest.raises(StudyError, match=message):
        read(content)


def test_spending_stands_by_trade_off_and_unit_with_every_option() -> None:
    resources = (
        Resource("Launch", 30.0, "q1", "b", "EUR"),
        Resource("Team", 1.0, "q1", "a", "people"),
        Resource("Ads", 10.0, "q1", "a", "EUR"),
        Resource("More ads", 20.0, "q1", "b", "EUR"),
        Resource("Elsewhere", 99.0, "q2", "a", "EUR"),
    )
    assert spent(resources, "q1") == {"EUR": {"b": 50.0, "a": 10.0}, "people": {"a": 1.0}}
    assert spending(study(), resources) == (
        Spending("q1", "EUR", 60.0, {"a": 10.0, "b": 50.0}, 10 / 60),
        Spending("q1", "people", 1.0, {"a": 1.0, "b": 0.0}, 1.0),
    )


def test_there_is_no_intended_share_without_an_intention_or_of_nothing() -> None:
    some = (Resource("Ads", 10.0, "q1", "a"),)
    assert spending(study(intended=False), some)[0].intended_share is None
    assert spending(study(), (Resource("Ads", 0.0, "q1", "a"),))[0].intended_share is None
    assert spending(study(), ()) == ()


RESOURCES = st.lists(
    st.builds(
        Resource,
        what=st.just("x"),
        amount=st.floats(0, 1e9),
        question=st.just("q1"),
        option=st.sampled_from(["a", "b"]),
        unit=st.sampled_from(["", "EUR", "people"]),
    ),
    max_size=20,
)


@given(RESOURCES, st.randoms(use_true_random=False))
def test_order_of_the_rows_changes_no_sum_and_nothing_is_lost(rows: list[Resource], shuffler: random.Random) -> None:
    found = spending(study(), rows)
    shuffled = list(rows)
    shuffler.shuffle(shuffled)
    assert spending(study(), shuffled) == found
    assert sum(s.total for s in found) == pytest.approx(sum(r.amount for r in rows))
    for part in found:
        assert sum(part.by_option.values()) == pytest.approx(part.total)
        assert part.intended_share is None or 0 <= part.intended_share <= 1
        assert {r.unit for r in rows} >= {part.unit}


@given(st.lists(st.tuples(st.text("ab ,\"\n'é=", min_size=1, max_size=9), st.integers(0, 10**12 - 1)), max_size=8))
def test_any_row_that_a_spreadsheet_writes_is_read_back(tmp_path_factory: object, rows: list[tuple[str, int]]) -> None:
    named = [(what.strip(), amount) for what, amount in rows if what.strip()]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["what", "amount", "question", "option"])
    writer.writerows([what, f"{amount:,}", "q1", "b"] for what, amount in named)
    path = tmp_path_factory.mktemp("resources") / "resources.csv"  # type: ignore[attr-defined]
    path.write_bytes(text.getvalue().encode("utf-8-sig"))
    assert [(r.what, r.amount) for r in read_resources(path, study())] == named
