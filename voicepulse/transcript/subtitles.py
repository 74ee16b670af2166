"""Finished transcripts: plain text, WebVTT and SubRip."""

from __future__ import annotations

import re
from pathlib import Path

import pysubs2
from pysubs2.exceptions import Pysubs2Error

from voicepulse import __version__
from voicepulse.errors import IngestError
from voicepulse.transcript.types import Segment, Transcript

SUFFIXES = (".txt", ".vtt", ".srt")


def read_text_file(path: Path) -> str:
    """A text file in UTF-8 (with or without mark).

    Raises:
        IngestError: it is not UTF-8, or holds control characters as a binary file does.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise IngestError("The file is not UTF-8 text.", "Save it as UTF-8 and try again.") from error
    if "\x00" in text:
        raise IngestError("The file is binary, not text.", "Save the transcript as text.")
    return text


def transcript_of_text(text: str, language: str, origin: str = "text") -> Transcript:
    """A transcript without times, from running text; white space is folded."""
    folded = re.sub(r"\s+", " ", text).strip()
    segments = (Segment(folded, 0.0, 0.0, 0, len(folded)),) if folded else ()
    return Transcript(folded, segments, (), language, 0.0, provenance={"version": __version__, "engine": origin})


def read_transcript(path: Path, language: str) -> Transcript:
    """A transcript file; subtitles keep the times of their cues.

    Raises:
        IngestError: the file is empty, no text, or no subtitles.
    """
    text = read_text_file(path)
    if path.suffix.lower() == ".txt":
        transcript = transcript_of_text(text, language)
    else:
        transcript = _from_cues(text, path.suffix.lower().lstrip("."), language)
    if not transcript.has_speech:
        raise IngestError("The transcript is empty.", "Check the file.")
    return transcript


def _from_cues(text: str, form: str, language: str) -> Transcript:
    try:
        cues = pysubs2.SSAFile.from_string(text, format_=form)
    except (Pysubs2Error, ValueError) as error:
        raise IngestError(f"The file is no valid {form.upper()}.", "Export it again.") from error
    joined = ""
    segments = []
    for cue in cues:
        words = re.sub(r"\s+", " ", cue.plaintext).strip()
        if not words:
            continue
        base = len(joined) + (1 if joined else 0)
        joined = f"{joined} {words}" if joined else words
        segments.append(Segment(words, cue.start / 1000, cue.end / 1000, base, len(joined)))  # milliseconds -> seconds
    seconds = segments[-1].end if segments else 0.0
    return Transcript(
        joined, tuple(segments), (), language, seconds, provenance={"version": __version__, "engine": form}
    )
