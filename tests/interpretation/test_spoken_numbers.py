from __future__ import annotations

import pytest

from voicepulse.interpretation.spoken_numbers import find_rating
from voicepulse.transcript.subtitles import transcript_of_text


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("I'd say a seven, maybe eight, because two of us never agree.", 7.5),
        ("Six out of ten.", 6),
        ("Seven and a half I suppose.", 7.5),
        ("On a scale of one to ten I'd give it a four.", 4),
        ("An eight. No, actually, make it a five.", 5),
        ("We had three meetings about it and I'd still say 6/10.", 6),
        ("It's 4 to 5 at best.", 4.5),
        ("I'd give us a B.", None),
        ("No one agrees on anything here. I'd give us a six.", 6),
        ("On this one I'd say a seven.", 7),
        ("A one. Maybe a two.", 1),
        ("One out of ten.", 1),
        ("Two of us agree.", None),
        ("No idea.", None),
    ],
)
def test_ratings_as_people_say_them(said: str, value: float | None) -> None:
    transcript = transcript_of_text(said, "en")
    rating = find_rating(transcript)
    assert (rating.value if rating else None) == value
    if rating:
        assert transcript.text[rating.evidence.start : rating.evidence.end] == rating.evidence.quote
