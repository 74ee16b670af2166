"""What it costs to compare many speakers: `python benchmarks/comparison.py` (four minutes on two cores).

Answers with readings in hand become a StudyComparison, with the encoder that ships. Their reasons and costs are made up of
parts of sentences with a seed: as long as spoken ones are, hardly one like another. Each size is a process of its own, so
that its peak memory is its own. "Anew" is a first comparison; "again" is what a correction costs, when the clusters go on
from those of the comparison before. The exponent between two sizes is 1 where twice the reasons take twice the time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from voicepulse.comparison.compare import compare_study
from voicepulse.instruments import Instruments
from voicepulse.interpretation.answers import Answer
from voicepulse.interpretation.types import Evidence, Interpretation, Judgement, Reason, evidence
from voicepulse.study import Study, parse_study
from voicepulse.transcript.subtitles import transcript_of_text

MANY_QUESTIONS = 50
REASONS = (500, 1000, 2000, 5000, 10_000)  # over all questions
IN_ONE_QUESTION = (100, 200, 500, 1000, 2000)
SEED = 20260401
CHOICES = ("a", "b", "both", "neither", "undecided")
CURVE_WIDTH = 60

OPENERS = (
    "because",
    "well, because",
    "the thing is,",
    "look,",
    "honestly,",
    "at the end of the day",
    "I keep coming back to it,",
    "for me it's simple,",
    "what settles it is that",
    "you have to remember that",
    "if I'm honest with myself,",
    "and I'd say this to anybody,",
)
REASONS_OF = (  # what a reason is about; those of one question come from a few of these
    ("we gave {who} our word in {when}", "we promised {who} an answer by {when}", "{who} heard it from us in {when}"),
    ("{who} paid us {sum} last year", "I'd put {sum} on the table for {who}", "we could make {sum} with {who}"),
    ("{who} would leave before {when}", "we would lose {who} by {when}", "{who} had the other offer in {when}"),
    ("nobody here can run it after {when}", "the team is worn out since {when}", "we lack three people until {when}"),
    ("every second call on a Monday is about {thing}", "support drowns in {thing}", "{who} rang about {thing} daily"),
    ("half of what we plan rests on {thing}", "{thing} blocks all the rest", "nothing moves until we have {thing}"),
    ("the contract with {who} has a penalty of {sum}", "we owe {who} {sum} from hour five", "it costs {sum} a night"),
    ("{thing} has not been touched since {when}", "{thing} is held together with tape", "one person knows {thing}"),
    (
        "{who} could open the door to the whole region",
        "with {who} we have a name to show",
        "everyone asks what we did for {who}",
    ),
    ("somebody could get hurt with {thing}", "{thing} is a question of safety", "the inspector wrote up {thing}"),
    ("that is what we said our strategy was", "the board chose in {when}, and so", "we agreed on it in {when}"),
    ("{who} stayed with us when {thing} burned", "{who} came to us in {when}", "we grew up with {who}"),
)
TAILS = (
    "and that is that",
    "and it won't get any better by waiting",
    "and everybody in the room knew it",
    "and I'd make those calls myself",
    "whatever the slides say about it",
    "and the others can wait for a quarter",
    "which nobody upstairs likes to hear",
    "and I have seen how the other way ends",
    "so I don't need a spreadsheet for it",
    "and we only get to do it once",
)
COSTS = (
    "we lose {who} over it, I know",
    "{thing} slides by a quarter, fine",
    "it costs us {sum} and I'd wear that",
    "{who} will be angry until {when}",
    "the people on {thing} work two more weekends",
)
SLOTS = {
    "who": "the bank|the hospital|the lift company|the small firms|the plumbers|the partners up north|the ministry|"
    "our oldest customer|the retailers|the heating people|the schools|the airline|the port|the union|the dealers",
    "when": "spring|November|last summer|the end of the quarter|the audit|the fair in May|Christmas|week forty|"
    "the board meeting|the merger|the second release|Easter",
    "sum": "forty thousand|three hundred thousand|two point eight million|sixty or seventy thousand|a million|"
    "eleven thousand|half of the budget|four salaries|a tenth of the year|ninety thousand",
    "thing": "the login|the setup wizard|the old cluster|the price list|the night shift|the invoicing|the app|"
    "the route planner|the migration|the training|the backlog|the warehouse|the hotline|the data centre|the portal",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", nargs=2, type=int, metavar=("REASONS", "QUESTIONS"), help="one size, as JSON")
    parser.add_argument("--up-to", type=int, default=REASONS[-1], help="the largest number of reasons")
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(*arguments.measure)))
        return
    print_growth([n for n in REASONS if n <= arguments.up_to], MANY_QUESTIONS)
    print_growth([n for n in IN_ONE_QUESTION if n <= arguments.up_to], 1)


def print_growth(sizes: Sequence[int], questions: int) -> None:
    """Measure each size in a process of its own and print the table and the curve."""
    rows = [in_own_process(size, questions) for size in sizes]
    print(f"\n{questions} question{'s' * (questions > 1)}\n")
    print("| reasons | distinct texts | clusters | anew, s | exponent | again, s | peak memory, MiB |")
    print("|---|---|---|---|---|---|---|")
    for before, row in zip([None, *rows], rows, strict=False):
        power = f"{exponent(before, row):.2f}" if before else ""
        print(
            f"| {row['reasons']:,} | {row['texts']:,} | {row['clusters']:,} | {row['anew']:.2f} | {power} "
            f"| {row['again']:.2f} | {row['mib']:,.0f} |"
        )
    longest = max(row["anew"] for row in rows)
    print()
    for row in rows:
        print(f"{row['reasons']:>7,} {'#' * max(1, round(CURVE_WIDTH * row['anew'] / longest))} {row['anew']:.1f} s")


def exponent(before: dict[str, float], row: dict[str, float]) -> float:
    """How the time grows with the number of reasons between two sizes."""
    return math.log(row["anew"] / before["anew"]) / math.log(row["reasons"] / before["reasons"])


def in_own_process(reasons: int, questions: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--measure", str(reasons), str(questions)]
    return dict(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def measure(reasons: int, questions: int) -> dict[str, float]:
    """Seconds to compare this many reasons anew and again, and the peak memory of the process in MiB."""
    study = make_study(reasons // questions, questions)
    answers = make_answers(study, random.Random(SEED))
    instruments = Instruments()
    embedder, same, options = instruments.embedder, instruments.same_reason, instruments.compare_options
    embedder.embed(["so that the first batch pays for nothing that is loaded"])
    began = time.perf_counter()
    compared = compare_study(study, study.wave, answers, embedder, same, options)
    anew = time.perf_counter() - began
    began = time.perf_counter()
    compare_study(study, study.wave, answers, embedder, same, options, [compared])
    return {
        "reasons": len(answers),
        "texts": len({words for answer in answers for words in spans(answer)}),
        "clusters": sum(len(c.clusters) for c in compared.questions),
        "anew": anew,
        "again": time.perf_counter() - began,
        "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def spans(answer: Answer) -> list[str]:
    """The words that are embedded."""
    reading = answer.reading
    return [reason.evidence.quote for reason in reading.reasons] + [cost.quote for cost in reading.costs]


def make_study(speakers: int, questions: int) -> Study:
    options = [{"id": "a", "label": "Build it for the large ones"}, {"id": "b", "label": "Build it for the small ones"}]
    return parse_study(
        {
            "title": "A large study",
            "strategy": "Large customers come first: where we cannot serve both, small accounts wait.",
            "wave": "2026-Q4",
            "speakers": [{"id": f"s{n}"} for n in range(speakers)],
            "questions": [
                {"id": f"q{n}", "prompt": "There is room for only one. Which?", "options": options, "intended": "a"}
                for n in range(questions)
            ],
        }
    )


def make_answers(study: Study, rng: random.Random) -> list[Answer]:
    """One answer of each speaker to each question: a reason of five that are common there, and of half of them a cost."""
    answers = []
    for question in study.questions:
        about = rng.sample(REASONS_OF, 5)
        reasons = distinct(lambda about=about: _reason(about, rng))
        for speaker, reason in zip(study.speakers, islice(reasons, len(study.speakers)), strict=True):
            cost = _filled(rng.choice(COSTS), rng) if rng.random() < 0.5 else ""
            answers.append(_answer(question.id, speaker.id, reason, cost, rng))
    return answers


def distinct(draw: Callable[[], str]) -> Iterator[str]:
    """What `draw` gives, nothing twice."""
    seen: set[str] = set()
    while True:
        text = draw()
        if text not in seen:
            seen.add(text)
            yield text


def _reason(about: Sequence[Sequence[str]], rng: random.Random) -> str:
    first, second = (rng.choice(rng.choices(about, (8, 4, 2, 1, 1))[0]) for _ in range(2))
    rest = f"and {second}" if first != second and rng.random() < 0.3 else rng.choice(TAILS)
    return _filled(f"{rng.choice(OPENERS)} {first} {rest}", rng)


def _filled(text: str, rng: random.Random) -> str:
    for slot, words in SLOTS.items():
        while f"{{{slot}}}" in text:
            text = text.replace(f"{{{slot}}}", rng.choice(words.split("|")), 1)
    return text


def _answer(question: str, speaker: str, reason: str, cost: str, rng: random.Random) -> Answer:
    transcript = transcript_of_text(f"So the first one. {reason}. {cost}.", "en")
    choice, sure = rng.choice("aaaab"), rng.uniform(0.45, 0.95)
    qualified = 0.9 if rng.random() < 0.2 else 0.1

    def quote(words: str) -> Evidence:
        start = transcript.text.index(words)
        return evidence(transcript, start, start + len(words))

    reading = Interpretation(
        kind="tradeoff",
        choice=Judgement(choice, {name: sure if name == choice else (1 - sure) / 4 for name in CHOICES}),
        qualified=Judgement("yes" if qualified > 0.5 else "no", {"yes": qualified, "no": 1 - qualified}),
        escalates=Judgement("no", {"yes": 0.05, "no": 0.95}),
        stance=Judgement("unstated", {"unstated": 1.0}),
        commitment=Judgement("unstated", {"unstated": 1.0}),
        reasons=(Reason(quote(reason), 0.8),),
        costs=(quote(cost),) if cost else (),
    )
    digest = hashlib.sha256(f"{question} {speaker}".encode()).hexdigest()
    return Answer(question, speaker, "2026-Q4", digest, transcript, reading)


if __name__ == "__main__":
    main()
