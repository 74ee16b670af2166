from __future__ import annotations

import pytest

from voicepulse.interpretation.outright import stated_outright
from voicepulse.transcript.subtitles import transcript_of_text

SAID = {
    "agree": [
        "Absolutely I do.",
        "I'm on board with it, sure.",
        "Yes, completely.",
        "Yeah, well, who wouldn't. But ask me about the money.",
        "Of course. It's the only thing that makes sense for us.",
        "Um, so, yes, I think it's right.",
        "I agree with it, yes. We cannot build two products.",
        "I do agree. The numbers are plain.",
        "No doubt about it.",
        "Well, I'm all for it.",
        "A hundred percent.",
        "We fully support it in my team.",
        "In principle, yes, though nobody lives by it.",
        "No, I agree, it's just that I'd have said it differently.",
        "Honestly, I'm behind it.",
        "Couldn't agree more.",
    ],
    "disagree": [
        "No, not really. It's a poster.",
        "Not really.",
        "Absolutely not.",
        "No. I don't agree with it and I said so at the town hall.",
        "I don't, and I never did.",
        "Honestly, no.",
        "Well, not at all.",
        "I disagree, and loudly.",
        "I'm against it.",
        "I'm not sold on it.",
        "Nope.",
        "Of course not, who would.",
    ],
    None: [
        "Yes and no.",
        "Enterprise first means something else to everybody.",
        "It depends on whom you ask.",
        "Hm. Let me think about that.",
        "The strategy was never explained to us.",
        "Nobody asked me.",
        "Norden is the reason we have it.",
        "Surely somebody knows.",
        "I heard it at the town hall.",
        "What do you mean by agree?",
    ],
}


@pytest.mark.parametrize(("stance", "text"), [(stance, text) for stance, texts in SAID.items() for text in texts])
def test_a_plain_yes_or_no(stance: str | None, text: str) -> None:
    transcript = transcript_of_text(text, "en")
    found = stated_outright(transcript)
    assert (found[0] if found else None) == stance
    if found:
        assert transcript.text[found[1].start : found[1].end] == found[1].quote
