"""What must hold of a transcript that a person edited."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicepulse.errors import VoicePulseError
from voicepulse.transcript.assembly import assemble
from voicepulse.transcript.editing import edited
from voicepulse.transcript.subtitles import transcript_of_text
from voicepulse.transcript.types import Segment, SpokenWord, Transcript

VOCABULARY = ["we", "We,", "go", "go.", "no", "-", "…", "l'été", "10", "alpha", "ALPHA"]
times = st.floats(0, 60, allow_nan=False)
pieces = st.builds(
    lambda space, text, start, end, sure: SpokenWord(space + text, start, end, sure),
    st.sampled_from(
        [" ", " ", ""]
    ),  # an engine may cut a word in pieces, of which the later ones begin without a space
    st.sampled_from(VOCABULARY),
    times,
    times,
    st.floats(0, 1),
)
heard = st.builds(
    lambda spoken, seconds: assemble(spoken, "en", seconds, {"engine": "x"}),
    st.lists(st.lists(pieces, max_size=6), max_size=4),
    st.floats(0, 60),
)
texts = st.lists(st.sampled_from([*VOCABULARY, "new", "unheard-of"]), min_size=1, max_size=14).map("  ".join)


def cues(*said: str) -> Transcript:
    """As it comes out of subtitles: segments with times, no words."""
    text, segments = " ".join(said), []
    for number, words in enumerate(said):
        start = len(" ".join(said[:number])) + bool(number)
        segments.append(Segment(words, number * 2.0, number * 2.0 + 1.5, start, start + len(words)))
    return Transcript(text, tuple(segments), (), "en", 2.0 * len(said))


transcripts = st.one_of(
    heard,
    texts.map(lambda text: transcript_of_text(text, "en")),
    st.lists(texts.map(str.upper), max_size=4).map(lambda said: cues(*(" ".join(words.split()) for words in said))),
)


@given(transcripts, texts)
def test_the_text_is_the_persons_and_all_invariants_hold(transcript: Transcript, text: str) -> None:
    found = edited(transcript, text)
    assert found.text == " ".join(text.split()) == " ".join(segment.text for segment in found.segments)
    for part in (*found.segments, *found.words):
        assert found.text[part.char_start : part.char_end] == part.text
        assert 0 <= part.start <= part.end
    for parts in (found.segments, found.words):
        assert [part.start for part in parts] == sorted(part.start for part in parts)
        assert [part.char_start for part in parts] == sorted(part.char_start for part in parts)
    if transcript.words:
        assert "".join(word.text for word in found.words) == found.text.replace(" ", "")
        assert all(word.end <= transcript.seconds for word in found.words)
    else:
        assert found.words == ()
    unchanged = {"text": "", "segments": (), "words": (), "provenance": {}}
    assert replace(found, **unchanged) == replace(transcript, **unchanged)
    assert found.provenance == {**transcript.provenance, "edited": True}


@given(transcripts)
def test_who_changes_nothing_changes_nothing(transcript: Transcript) -> None:
    if transcript.text:
        assert edited(transcript, f" {transcript.text}\n") == replace(
            transcript, provenance={**transcript.provenance, "edited": True}
        )


@given(heard, st.integers(0, 40), st.sampled_from(["unheard-of", "new thing"]))
def test_around_a_new_word_all_keep_their_times(transcript: Transcript, place: int, new: str) -> None:
    words = transcript.text.split()
    if not words:
        return
    place %= len(words) + 1
    found = edited(transcript, " ".join([*words[:place], new, *words[place:]]))
    kept = [word for word in found.words if word.text not in new.split()]
    timed = [(word.text, word.start, word.end, word.probability) for word in transcript.words]
    assert [(word.text, word.start, word.end, word.probability) for word in kept] == timed
    assert all(word.probability == 1 for word in found.words if word.text in new.split())


def spoken(text: str, since: float = 0.0) -> list[SpokenWord]:
    return [SpokenWord(f" {word}", since + n, since + n + 0.5, 0.9) for n, word in enumerate(text.split())]


def test_a_misheard_word_keeps_its_place_and_its_time() -> None:
    found = edited(assemble([spoken("we keep beater now")], "en", 9.0, {}), "We keep beta, now")
    assert [(w.text, w.start, w.end, w.probability) for w in found.words] == [
        ("We", 0.0, 0.5, 0.9),
        ("keep", 1.0, 1.5, 0.9),
        ("beta,", 2.0, 2.5, 1.0),
        ("now", 3.0, 3.5, 0.9),
    ]


def test_words_that_were_missed_share_the_gap_by_their_length() -> None:
    heard = assemble([[SpokenWord(" yes", 1.0, 2.0, 0.9), SpokenWord(" wait", 6.0, 7.0, 0.9)]], "en", 9.0, {})
    found = edited(heard, "yes we cannot wait")
    assert [(w.text, w.start, w.end) for w in found.words[1:3]] == [("we", 2.0, 3.0), ("cannot", 3.0, 6.0)]
    assert [(w.start, w.end) for w in edited(heard, "oh yes wait now").words] == [(0, 1), (1, 2), (6, 7), (7, 9)]


def test_segments_stay_apart_and_an_emptied_one_goes() -> None:
    heard = assemble([spoken("alpha first"), spoken("um", 3.0), spoken("beta later", 5.0)], "en", 9.0, {})
    found = edited(heard, "alpha at first beta later on")
    assert [s.text for s in found.segments] == ["alpha at first", "beta later on"]
    assert [(s.start, s.end) for s in found.segments] == [(0.0, 1.5), (5.0, 9.0)]
    subtitled = edited(cues("alpha first", "um", "beta later"), "Alpha first, then beta later.")
    assert [(s.text, s.start, s.end) for s in subtitled.segments] == [
        ("Alpha first,", 0.0, 1.5),
        ("then", 2.0, 3.5),
        ("beta later.", 4.0, 5.5),
    ]


def test_what_nobody_heard_can_be_written_down() -> None:
    silent = Transcript("", (), (), "en", 20.0, reheard=1)
    found = edited(silent, "We keep beta.")
    assert (found.has_speech, found.seconds, found.reheard, found.seconds_of(0, 7)) == (True, 20.0, 1, None)


@pytest.mark.parametrize("text", ["", " \n\t "])
def test_an_answer_is_not_edited_away(text: str) -> None:
    with pytest.raises(VoicePulseError, match="erase it"):
        edited(transcript_of_text("We keep beta.", "en"), text)


def test_one_word_said_over_and_over_takes_no_minutes() -> None:
    said = "so " * 9000 + "we wait"
    before = time.process_time()
    found = edited(transcript_of_text(said, "en"), said.replace("we", "they"))
    assert found.text.endswith("so they wait")
    assert edited(found, said).text == said
    assert time.process_time() - before < 5
