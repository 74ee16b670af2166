from __future__ import annotations

from pathlib import Path

import pytest

from voicepulse.errors import IngestError
from voicepulse.transcript.subtitles import read_transcript

VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:03.500\nSo my gut says\nwizard.\n\n00:00:04.000 --> 00:00:06.000\n<b>No.</b> The bank.\n"
SRT = "1\n00:00:01,000 --> 00:00:03,500\nSo my gut says wizard.\n\n2\n00:00:04,000 --> 00:00:06,000\nNo. The bank.\n"


@pytest.mark.parametrize(("suffix", "content"), [("vtt", VTT), ("srt", SRT)])
def test_subtitles_keep_the_times_of_their_cues(tmp_path: Path, suffix: str, content: str) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_text(content)
    transcript = read_transcript(path, "en")
    assert transcript.text == "So my gut says wizard. No. The bank."
    assert transcript.seconds_of(0, 5) == (1.0, 3.5)
    assert transcript.seconds_of(23, 26) == (4.0, 6.0)


def test_plain_text_has_no_times_and_its_white_space_is_folded(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfThe   bank.\n\nNo doubt. ")
    transcript = read_transcript(path, "en")
    assert transcript.text == "The bank. No doubt."
    assert transcript.seconds_of(0, 3) is None


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.txt", b""), ("a.txt", b"\xff\xfe\x00"), ("a.txt", b"a\x00b"), ("a.srt", b"   "), ("a.vtt", b"no cues")],
)
def test_what_is_no_transcript_is_named(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(IngestError) as caught:
        read_transcript(path, "en")
    assert caught.value.way_out
