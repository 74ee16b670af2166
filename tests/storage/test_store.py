from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from tests.conftest import make_answer
from voicepulse.errors import StorageError
from voicepulse.storage import database, parsed
from voicepulse.storage.database import open_database, revision_of
from voicepulse.storage.schema import metadata
from voicepulse.storage.store import Recording, Store
from voicepulse.transcript.subtitles import transcript_of_text


def recording(digest: str = "d1", speaker: str = "s1", **more: object) -> Recording:
    return Recording(
        digest=digest, kind="audio", extension="wav", question="q1", speaker=speaker, wave="w1", seconds=2.0, **more
    )  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "voicepulse.sqlite"


def test_what_was_kept_is_found_again_after_closing(path: Path) -> None:
    answer = make_answer("s1", "a", "because")
    with Store(path) as store:
        assert store.add_recording(recording())
        assert not store.add_recording(recording())  # the same content is one recording
        store.add_transcript("d1", "k", transcript_of_text("Hello", "en"))
        store.add_reading("d1", "r", answer.reading)
        store.add_correction("d1", "choice", "b", "ada")
        store.add_consent("s1", "w1", "the text")
    with Store(path) as store:
        assert store.transcripts("k")["d1"].text == "Hello"
        assert store.transcripts("other settings") == {}
        assert store.readings(["r"])["r"] == answer.reading
        assert [(c.field, c.value, c.author) for c in store.corrections()["d1"]] == [("choice", "b", "ada")]
        assert store.consents("s1", "w1")[0][0] == "the text"


def test_the_latest_take_counts_and_the_earlier_one_stays(path: Path) -> None:
    with Store(path) as store:
        store.add_recording(recording("d1"))
        store.add_recording(recording("d2", confirmed_choice="a"))
        assert [r.digest for r in store.current_recordings("w1")] == ["d2"]
        assert len(store.recordings()) == 2
        assert store.current_recordings("w2") == []


def test_a_choice_confirmed_later_is_added(path: Path) -> None:
    with Store(path) as store:
        store.add_recording(recording())
        store.add_recording(recording(confirmed_choice="b"))
        assert store.find_recording("d1").confirmed_choice == "b"
        store.add_recording(recording())
        assert store.find_recording("d1").confirmed_choice == "b"


def test_forgetting_keeps_what_people_gave_and_said(path: Path) -> None:
    with Store(path) as store:
        store.add_recording(recording())
        store.add_transcript("d1", "k", transcript_of_text("Hello", "en"))
        store.add_reading("d1", "r", make_answer("s1", "a").reading)
        store.add_correction("d1", "choice", "b", "ada")
        store.forget_results()
        assert store.transcripts("k") == {}
        assert store.readings(["r"]) == {}
        assert len(store.recordings()) == 1
        assert store.corrections()["d1"]


def test_a_row_is_parsed_once_and_what_another_process_adds_or_takes_away_is_seen(path: Path) -> None:
    answer = make_answer("s1", "a", "because")
    with Store(path) as store, Store(path) as other:
        store.add_recording(recording())
        store.add_transcript("d1", "k", transcript_of_text("Hello", "en"))
        store.add_reading("d1", "r", answer.reading)
        assert store.transcripts("k")["d1"] is store.transcripts("k")["d1"]
        assert store.readings(["r"])["r"] is store.readings(["r", "never made"])["r"]
        other.add_recording(recording("d2"))
        other.add_transcript("d2", "k", transcript_of_text("Later", "en"))
        assert {digest: t.text for digest, t in store.transcripts("k").items()} == {"d1": "Hello", "d2": "Later"}
        other.forget_results()
        assert store.transcripts("k") == store.readings(["r"]) == {}
        store.add_transcript("d1", "k", transcript_of_text("Anew, where the row before had its number", "en"))
        assert store.transcripts("k")["d1"].text.startswith("Anew")


def test_more_rows_than_are_asked_for_at_once_are_all_found(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsed, "AT_ONCE", 3)
    with Store(path) as store:
        for n in range(7):
            store.add_recording(recording(f"d{n}"))
            store.add_transcript(f"d{n}", "k", transcript_of_text(f"Text {n}", "en"))
        assert {digest: t.text for digest, t in store.transcripts("k").items()} == {
            f"d{n}": f"Text {n}" for n in range(7)
        }


def test_erasing_leaves_no_word_of_the_speaker_in_the_file(path: Path) -> None:
    with Store(path) as store:
        for digest, speaker, words in (("d1", "s1", "SECRETWORDS"), ("d2", "s2", "KEPTWORDS")):
            store.add_recording(recording(digest, speaker))
            store.add_transcript(digest, "k", transcript_of_text(words, "en"))
            store.add_correction(digest, "reason", words, "ada")
        store.erase_speaker("s1")
        assert [r.speaker for r in store.recordings()] == ["s2"]
        assert list(store.corrections()) == ["d2"]
    content = b"".join(p.read_bytes() for p in path.parent.glob("voicepulse.sqlite*"))
    assert b"SECRETWORDS" not in content
    assert b"KEPTWORDS" in content


WRITER = """
import sys
from pathlib import Path
from voicepulse.storage.store import Recording, Store
with Store(Path(sys.argv[1])) as store:
    for n in range(60):
        store.add_recording(Recording(f"d{n}", "audio", "wav", "q1", "s1", "w1", 1.0))
"""


def test_two_processes_that_open_and_write_at_once_do_no_harm(path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stderr=subprocess.PIPE, text=True) for _ in range(3)
    ]
    for writer in writers:
        _, complaint = writer.communicate(timeout=60)
        assert writer.returncode == 0, complaint
    with Store(path) as store:
        assert len(store.recordings()) == 60


MIGRATION_KILLED = """
import os, sys
from pathlib import Path
import alembic.op
made = alembic.op.create_table
def create_table(name, *columns, **more):
    if name == "recording":
        os.kill(os.getpid(), 9)
    return made(name, *columns, **more)
alembic.op.create_table = create_table
from voicepulse.storage.store import Store
Store(Path(sys.argv[1]))
"""


def test_a_migration_that_was_killed_is_done_again(path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", MIGRATION_KILLED, str(path)], capture_output=True, check=False)
    assert killed.returncode == -9
    with Store(path) as store:
        assert store.add_recording(recording())


def test_an_answer_that_comes_in_again_is_the_latest(path: Path) -> None:
    with Store(path) as store:
        for digest in ("a", "b"):
            store.add_recording(recording(digest))
        store.make_latest("a")
        assert [r.digest for r in store.current_recordings("w1")] == ["a"]


def test_an_error_of_the_database_is_ours(path: Path) -> None:
    with Store(path) as store:
        with sqlite3.connect(path) as connection:
            connection.execute("DROP TABLE fact")
        connection.close()
        with pytest.raises(StorageError, match="cannot be used"):
            store.fact("mode")


def test_migrations_make_the_very_tables_that_the_code_uses(path: Path, tmp_path: Path) -> None:
    open_database(path).dispose()
    plain = create_engine(f"sqlite:///{tmp_path / 'plain.sqlite'}")
    metadata.create_all(plain)
    plain.dispose()

    def columns(file: Path) -> dict[str, list[tuple[object, ...]]]:
        with sqlite3.connect(file) as connection:
            tables = [
                name
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type='table' AND name != 'alembic_version'"
                )
            ]
            found = {t: [row[1:4] for row in connection.execute(f"PRAGMA table_info({t})")] for t in tables}
        connection.close()
        return found

    assert columns(path) == columns(tmp_path / "plain.sqlite")


NEXT_MIGRATION = """
import sqlalchemy as sa
from alembic import op
revision = "9998"
down_revision = "0003"
def upgrade() -> None:
    op.add_column("recording", sa.Column("mood_of_the_test", sa.String))
"""


def test_an_older_database_is_copied_with_its_log_and_then_brought_up_to_date(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newest = open_database(path), database.NEWEST
    Store(path).add_recording(recording())
    with older.connect() as held:  # an open reader keeps the recording in the write-ahead log
        assert held.exec_driver_sql("SELECT count(*) FROM recording").scalar() == 1
        migrations = Path(shutil.copytree(database.MIGRATIONS, tmp_path / "migrations"))
        (migrations / "versions" / "9998_next.py").write_text(NEXT_MIGRATION)
        monkeypatch.setattr(database, "MIGRATIONS", migrations)
        monkeypatch.setattr(database, "NEWEST", "9998")
    older.dispose()
    newer = open_database(path)
    assert revision_of(newer) == "9998"
    with newer.connect() as connection:
        assert connection.exec_driver_sql("SELECT digest, mood_of_the_test FROM recording").all() == [("d1", None)]
    newer.dispose()
    copy = sqlite3.connect(path.with_name(f"{path.name}.before-{newest}"))
    assert copy.execute("SELECT digest FROM recording").fetchall() == [("d1",)]
    assert copy.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest,)]
    copy.close()


def test_what_is_no_database_or_a_newer_one_is_refused_with_a_way_out(path: Path, tmp_path: Path) -> None:
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StorageError, match="cannot be used"):
        Store(path)
    newer = tmp_path / "newer.sqlite"
    open_database(newer).dispose()
    with sqlite3.connect(newer) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(StorageError, match="newer VoicePulse"):
        Store(newer)


def test_a_database_of_the_first_release_is_brought_up_to_date(path: Path) -> None:
    """Made by 0.1.0: at revision 0001, with a comparison that knows nothing of waves, reasons and terms."""
    first = create_engine(f"sqlite:///{path}")
    database.upgrade(first, "0001")
    cluster = {"choice": "a", "speakers": ["s1", "s2"], "typical": "s1", "has_reason": True}
    question = {
        "question": "q1",
        "kind": "tradeoff",
        "wave": "w1",
        "speakers": ["s1", "s2"],
        "verdict": "aligned",
        "band": "high",
        "stability": 0.9,
        "first_impression": True,
        "choices": {"a": 2},
        "largest_choice": "a",
        "largest_share": 1.0,
        "shared_reason_share": 1.0,
        "unresolved_share": 0.0,
        "clusters": [cluster],
        "stances": {},
        "commitments": {},
        "unsure": [],
        "agreement": None,
        "ratings": None,
        "actions": None,
    }
    made = {"wave": "w1", "questions": [question], "alpha": 0.5, "alpha_basis": "", "thresholds": {}, "provenance": {}}
    with first.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO comparison (key, wave, value, made_at) VALUES ('k', 'w1', ?, '')", (json.dumps(made),)
        )
    first.dispose()
    with Store(path) as store:
        assert store.releases("w1") == []
        kept = store.latest_comparison("w1")
    assert kept is not None
    assert kept.questions[0].clusters[0].identity == 0
    assert path.with_name(f"{path.name}.before-0001").exists()
