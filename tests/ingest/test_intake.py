"""Taking answers in: matched, checked, kept once; what is wrong is named, and the rest goes through."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.conftest import tone
from voicepulse import pipeline
from voicepulse.erasure import erase_speaker
from voicepulse.errors import StudyError
from voicepulse.ingest.claims import name_pattern
from voicepulse.ingest.intake import Intake
from voicepulse.instruments import Instruments
from voicepulse.results import answers, stale_words
from voicepulse.workspace import open_study


def take(folder: Path, *paths: Path) -> Intake:
    with open_study(folder) as opened:
        return pipeline.ingest(opened, list(paths))


def sound(path: Path, seconds: float = 1.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, tone(seconds), 16_000)
    return path


def named(intake: Intake) -> str:
    assert all(problem.way_out for problem in intake.problems)
    return "\n".join(f"{problem.origin}: {problem.what}" for problem in intake.problems)


@pytest.mark.parametrize(
    ("pattern", "name", "found"),
    [
        ("{question}-{speaker}.{ext}", "q1-s3.ogg", ("q1", "s3")),
        ("{question}-{speaker}.{ext}", "Q1-S3.WAV", ("Q1", "S3")),
        ("{wave}_{speaker}-{question}.{ext}", "2026-Q4_s3-q1.m4a", ("q1", "s3")),
        ("{question}-{speaker}.{ext}", "q1_s3.ogg", None),
        ("{question}-{speaker}.{ext}", "q1-s3-old.ogg", None),
        ("{question}-{speaker}.{ext}", "..-s1.ogg", None),
    ],
)
def test_names_are_matched_by_the_studys_pattern(pattern: str, name: str, found: tuple[str, str] | None) -> None:
    match = name_pattern(pattern).fullmatch(name)
    assert (match and (match["question"], match["speaker"])) == found


def test_good_files_go_through_and_each_bad_one_is_named(study_folder: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    sound(inbox / "q1-s1.wav")
    sound(inbox / "sub" / "q1-s2.flac", 2.0)
    sound(inbox / "q9-s1.wav", 1.1)
    sound(inbox / "q1-s9.wav", 1.2)
    sound(inbox / "interview.wav", 1.3)
    (inbox / "q1-s1.mp3").write_text("text named mp3")
    (inbox / "q1-s2.ogg").touch()
    soundfile.write(inbox / "q1-s2.wav", np.zeros(16_000), 16_000)
    intake = take(study_folder, inbox)
    assert sorted(r.speaker for r in intake.added) == ["s1", "s2"]
    complaint = named(intake)
    for words in (
        "no question 'q9'",
        "no speaker 's9'",
        "does not fit the pattern",
        "no audio that can be read",
        "empty (0 bytes)",
        "silent throughout",
    ):
        assert words in complaint
    assert len(intake.problems) == 6


def test_the_same_file_twice_is_one_recording_and_two_claims_on_it_are_a_problem(
    study_folder: Path, tmp_path: Path
) -> None:
    path = sound(tmp_path / "q1-s1.wav")
    assert len(take(study_folder, path).added) == 1
    again = take(study_folder, path)
    assert (len(again.added), len(again.known)) == (0, 1)
    other = tmp_path / "q1-s2.wav"
    other.write_bytes(path.read_bytes())
    assert "is kept as q1 of s1" in named(take(study_folder, other))
    assert len(list((study_folder / "audio").iterdir())) == 1


def test_names_from_outside_never_decide_where_something_is_written(study_folder: Path, tmp_path: Path) -> None:
    evil = sound(tmp_path / "evil" / "innocent.wav")
    manifest = tmp_path / "manifest.csv"
    manifest.write_text(
        "file,question,speaker,wave\nevil/innocent.wav,q1,s1,../../../tmp\nevil/innocent.wav,q1,../s1,w1\nevil/innocent.wav,q1,s1,w1\n"
    )
    intake = take(study_folder, manifest)
    assert len(intake.added) == 1
    assert len(intake.problems) == 2
    kept = [p for p in study_folder.rglob("*") if p.is_file() and p.suffix == ".wav"]
    assert [p.parent for p in kept] == [study_folder / "audio"]
    assert kept[0].stem == intake.added[0].digest
    assert evil.exists()


def test_a_manifest_brings_confirmed_choices(study_folder: Path, tmp_path: Path) -> None:
    sound(tmp_path / "one.wav")
    manifest = tmp_path / "m.csv"
    manifest.write_text("file,question,speaker,choice\none.wav,q1,s1,b\none.wav,q1,s1,z\nmissing.wav,q1,s2,\n")
    intake = take(study_folder, manifest)
    assert intake.added[0].confirmed_choice == "b"
    assert "'z' is no choice" in named(intake)
    assert "no such file" in named(intake)


def test_finished_transcripts_come_as_csv_text_and_subtitles(study_folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "answers.csv"
    table.write_text('question,speaker,text\nq1,s1,"The alpha thing, because of the money."\nq1,s2,\n')
    intake = take(study_folder, table)
    assert [r.kind for r in intake.added] == ["text"]
    assert "The text is empty" in named(intake)
    (tmp_path / "q1-s2.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nThe beta thing.\n")
    (tmp_path / "q1-s1.txt").write_text("The beta thing.")
    assert len(take(study_folder, tmp_path / "q1-s2.vtt", tmp_path / "q1-s1.txt").added) == 2
    with open_study(study_folder) as opened:
        assert len(opened.store.current_recordings("w1")) == 2
        assert len(opened.store.recordings()) == 3


def test_the_mode_is_locked_once_the_first_answer_is_in(study_folder: Path, wav: Callable[..., Path]) -> None:
    take(study_folder, wav("q1-s1.wav"))
    file = study_folder / "study.toml"
    file.write_text('mode = "anonymous"\n' + file.read_text())
    with pytest.raises(StudyError, match="begun as 'attributed'"):
        take(study_folder)


def test_a_longest_answer_is_kept_to(study_folder: Path, wav: Callable[..., Path]) -> None:
    file = study_folder / "study.toml"
    file.write_text("max_answer_seconds = 3\n" + file.read_text())
    assert "longer than 3 seconds" in named(take(study_folder, wav("q1-s1.wav", 4.0)))


def test_a_new_wave_does_not_take_the_old_files_for_new_answers(study_folder: Path) -> None:
    dropped = study_folder / "answers"
    sound(dropped / "q1-s1.wav")
    (dropped / "q1-s2.txt").write_text("The beta thing.")
    assert len(take(study_folder, dropped).added) == 2
    file = study_folder / "study.toml"
    file.write_text(file.read_text().replace('wave = "w1"', 'wave = "w2"'))
    again = take(study_folder, dropped)
    assert (len(again.added), len(again.known), again.problems) == (0, 2, [])
    with open_study(study_folder) as opened:
        assert opened.store.waves() == ["w1"]


def test_the_last_word_counts_even_if_it_was_said_before(study_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "q1-s1.txt"
    for text in ("The alpha thing.", "The beta thing.", "The alpha thing."):
        file.write_text(text)
        take(study_folder, file)
    with open_study(study_folder) as opened:
        (current,) = opened.store.current_recordings("w1")
        assert opened.store.transcripts("given")[current.digest].text == "The alpha thing."


def test_a_file_in_a_wrong_manifest_row_is_not_taken_by_its_name(study_folder: Path, tmp_path: Path) -> None:
    inbox = tmp_path / "in"
    sound(inbox / "q1-s1.wav")
    (inbox / "m.csv").write_text("file,question,speaker\nq1-s1.wav,q1,s99\n")
    intake = take(study_folder, inbox)
    assert intake.added == []
    assert "no speaker 's99'" in named(intake)


def test_a_lost_audio_file_is_put_back(study_folder: Path, tmp_path: Path) -> None:
    path = sound(tmp_path / "q1-s1.wav")
    (recording,) = take(study_folder, path).added
    kept = recording.audio_path(study_folder / "audio")
    kept.unlink()
    take(study_folder, path)
    assert kept.exists()


def test_erasing_leaves_nothing_in_the_drop_folder_nor_what_a_crash_left(study_folder: Path) -> None:
    dropped = study_folder / "answers"
    sound(dropped / "q1-s1.wav")
    sound(dropped / "talk.wav", 1.7)
    (dropped / "answers.csv").write_text("question,speaker,text\nq1,s1,SECRET of s1\nq1,s2,kept of s2\n")
    (dropped / "files.csv").write_text("file,question,speaker\ntalk.wav,q1,s1\n")
    with open_study(study_folder) as opened:
        intake = pipeline.ingest(opened, [dropped])
        assert intake.problems == []
        (study_folder / "audio" / ".incoming-x").write_bytes(b"crash")
        (study_folder / "audio" / ("0" * 64 + ".wav")).write_bytes(b"kept, but never written down")
        (study_folder / "takes" / "tmp1").mkdir(parents=True)
        (study_folder / "takes" / "tmp1" / "take.flac").write_bytes(b"crash")
        (study_folder / "takes" / "unknown.pcm").write_bytes(b"crash")
        erase_speaker(opened, "s1")
        assert [r.speaker for r in opened.store.recordings()] == ["s2"]
    left = [
        p
        for p in study_folder.rglob("*")
        if (p.is_file() and p.suffix in (".wav", ".csv", ".flac", ".pcm")) or "incoming" in p.name
    ]
    assert sorted(p.name for p in left) == ["answers.csv", "files.csv"]
    assert all(b"SECRET" not in p.read_bytes() for p in study_folder.rglob("*") if p.is_file())
    assert "kept of s2" in (dropped / "answers.csv").read_text()
    assert take(study_folder, dropped).problems == []


def test_an_option_that_is_gone_is_named_and_the_rest_goes_on(study_folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "a.csv"
    table.write_text("question,speaker,text,choice\nq1,s1,The alpha thing.,b\n")
    take(study_folder, table)
    file = study_folder / "study.toml"
    file.write_text(file.read_text().replace('id = "b"', 'id = "beta"'))
    with open_study(study_folder) as opened:
        (problem,) = stale_words(opened, "w1")
        assert "A person said 'b', which is no option any more" in problem.what


@pytest.mark.model
def test_what_people_say_counts_where_the_reader_cannot_read(study_folder: Path, tmp_path: Path) -> None:
    file = study_folder / "study.toml"
    file.write_text('language = "de"\n' + file.read_text())
    table = tmp_path / "a.csv"
    table.write_text("question,speaker,text,choice\nq1,s1,Die erste Sache.,a\nq1,s2,Weiss nicht.,\n")
    take(study_folder, table)
    with open_study(study_folder) as opened:
        instruments = Instruments()
        (problem,) = pipeline.read_all(opened, "w1", instruments)
        assert "reads English only" in problem.what
        (answer,) = answers(opened, "w1", instruments)
        assert (answer.speaker, answer.interpretation.choice.value, answer.choice_source) == ("s1", "a", "speaker")
        assert len(answers(opened, "w1", instruments, with_unread=True)) == 2
