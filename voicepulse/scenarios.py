"""The study file that `voicepulse init` writes, and a small library of trade-off scenarios of our own to start from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scenario:
    """A trade-off to adapt: what competes, as a question with two options; the first follows from the strategy."""

    name: str
    prompt: str
    options: tuple[tuple[str, str], ...]  # (id, label)


LIBRARY = (
    Scenario(
        "product",
        "There is room for one large item in the next release. The ten customers who pay most need audit logs before they renew. "
        "Two thousand small customers have waited a year for an easier set-up. Only one of the two can be built. Which one goes in, and why?",
        (
            ("audit_logs", "Build the audit logs for the ten largest customers"),
            ("easy_setup", "Build the easier set-up for the small customers"),
        ),
    ),
    Scenario(
        "hiring",
        "You have been given exactly one position. Six weeks ago the team asked for an experienced engineer who would be productive in a month; "
        "for the same money two graduates could be trained over a year. There is no second budget. Whom do you hire, and why?",
        (
            ("experienced", "Hire the one experienced engineer now"),
            ("graduates", "Hire the two graduates and train them"),
        ),
    ),
    Scenario(
        "big_customer",
        "The largest prospect ever signs only if four of your twelve developers spend six months on an integration that nobody else can use; the "
        "roadmap for everybody else stops for that time. Do you sign, or carry on with the roadmap, and why?",
        (
            ("sign", "Sign the prospect and build its integration"),
            ("roadmap", "Turn the prospect down and carry on with the roadmap"),
        ),
    ),
    Scenario(
        "market",
        "There is money to open in one country this year. In the first you are known and margins are thin; in the second nobody knows you and "
        "the margin is double. Only one can be opened. Which one, and why?",
        (("known", "Open in the country where we are known"), ("new", "Open in the country with the double margin")),
    ),
    Scenario(
        "budget",
        "In September the budget has to fall by a tenth. Either the training of your own people is cut for the year, or the launch campaign is "
        "halved; nothing else is large enough. Which of the two gives way, and why?",
        (("cut_campaign", "Halve the launch campaign"), ("cut_training", "Cut this year's training")),
    ),
)


def study_template(title: str, wave: str) -> str:
    """The commented study.toml of a new study, ready to run and to be changed."""
    scenarios = "\n".join(_as_toml(f"q{number}", scenario) for number, scenario in enumerate(LIBRARY, 1))
    return f'''# A VoicePulse study. `voicepulse check` tells what is wrong or weak in it.

title = {_quote(title)}

# The sentence that everybody supports. Write it as it is said in the house.
strategy = "We put our largest customers first: where we cannot serve both, their needs come before those of small accounts."

# attributed: names are shown (a round of five leaders cannot be anonymous, so say so).
# anonymous:  nobody but the researcher sees who said what; counts from five speakers on, quotes from ten on, no audio in the report.
# The mode is locked once the first answer is in.
mode = "attributed"

language = "en"      # what is spoken; it is never guessed
wave = "{wave}"     # one round of asking; the same questions in a later wave show drift
# cadence = "quarterly"   # monthly, quarterly, half-yearly or yearly

# Names and terms that a speech recogniser would otherwise misspell.
vocabulary = ["audit log", "roadmap"]

# How the files in answers/ are named. {{wave}} may be used too.
answer_pattern = "{{question}}-{{speaker}}.{{ext}}"

# max_answer_seconds = 900

# [consent]
# text = "Read out before recording; the text is kept with each consent that is given."
# contact = "Anna Meier, anna@example.org"  # who asks; speakers see it on their page

[[speakers]]
id = "s1"
name = "Ada Example"
role = "Head of Sales"
team = "Sales"
level = "executive"   # executive, manager or staff

[[speakers]]
id = "s2"
role = "Product Manager"
team = "Product"
level = "manager"

[[speakers]]
id = "s3"
role = "Support Agent"
team = "Support"
level = "staff"

# Trade-offs: a concrete scenario in which not all can be had. `intended` is the option that follows from the strategy;
# leave it out where none does. Keep what fits, change it to your own numbers and names, delete the rest.
{scenarios}
# The other kinds. Agreement alone is weak evidence; it is asked to be set beside the choices.
[[questions]]
id = "agree"
title = "Agreement"
kind = "agreement"
prompt = "Do you agree with the strategy, and why?"

[[questions]]
id = "doing"
title = "What changes"
kind = "execution"
prompt = "What will you do differently because of the strategy, and what will you stop doing?"

[[questions]]
id = "rating"
title = "How aligned we are"
kind = "rating"
prompt = "From one to ten, how aligned are we on this strategy, and what makes you say so?"
'''


def _as_toml(identifier: str, scenario: Scenario) -> str:
    options = "\n".join(f"    {{ id = {_quote(i)}, label = {_quote(label)} }}," for i, label in scenario.options)
    return (
        f"[[questions]]   # {scenario.name.replace('_', ' ')}\nid = {_quote(identifier)}\n"
        f'title = {_quote(scenario.name.replace("_", " ").capitalize())}   # what a report calls it\nkind = "tradeoff"\n'
        f"prompt = {_quote(scenario.prompt)}\noptions = [\n{options}\n]\nintended = {_quote(scenario.options[0][0])}\n"
    )


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
