"""What the fitted language model is shown: the question, then one answer, then the beginning of a reply.

The parameters were fitted to just these words; changing one makes them worthless. The answer comes last, so that all
that stands before it is the same for every speaker of a question.
"""

from __future__ import annotations

from voicepulse.study import Question

LETTERS = "ABCD"  # the options, in the order in which they are shown
OWN_LETTERS = {"X": "Both, or a mix of them", "Y": "None of these", "Z": "Undecided, or leaves it to somebody else"}

_SYSTEM = (
    "You read what people in an organization say when a trade-off is put to them, and tell what they would really do."
)

PROMPT_END = "<|im_end|>\n<|im_start|>assistant\nThis person would choose:"


def prompt_start(strategy: str, prompt: str, labels: list[str]) -> str:
    """All that stands before the answer."""
    options = "\n".join(f"{letter}. {label}" for letter, label in zip(LETTERS, labels, strict=False))
    own = "\n".join(f"{letter}. {meaning}" for letter, meaning in OWN_LETTERS.items())
    return (
        f"<|im_start|>system\n{_SYSTEM}<|im_end|>\n<|im_start|>user\nStrategy: {strategy}\nQuestion: {prompt}\n"
        f"What can be chosen:\n{options}\n{own}\n\nThe answer of one person: "
    )


def question_start(strategy: str, question: Question) -> str:
    """The same for a question of a study."""
    return prompt_start(strategy, question.prompt, [option.label for option in question.options])
