"""A study: one strategy, its questions, its speakers, in one folder with `study.toml`.

Only what a person writes is checked here; what the wording of a question is worth is critique.py's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from tomlkit.exceptions import TOMLKitError

from voicepulse.errors import StudyError

Kind = Literal["tradeoff", "agreement", "execution", "rating"]
Mode = Literal["attributed", "anonymous"]
Level = Literal["executive", "manager", "staff"]

NON_OPTION_CHOICES = ("both", "neither", "undecided")  # choices that are no option of the question
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{0,63}")  # no hyphen: it separates question and speaker in file names

WHISPER_LANGUAGES = frozenset(
    [
        "en",
        "zh",
        "de",
        "es",
        "ru",
        "ko",
        "fr",
        "ja",
        "pt",
        "tr",
        "pl",
        "ca",
        "nl",
        "ar",
        "sv",
        "it",
        "id",
        "hi",
        "fi",
        "vi",
        "he",
        "uk",
        "el",
        "ms",
        "cs",
        "ro",
        "da",
        "hu",
        "ta",
        "no",
        "th",
        "ur",
        "hr",
        "bg",
        "lt",
        "la",
        "mi",
        "ml",
        "cy",
        "sk",
        "te",
        "fa",
        "lv",
        "bn",
        "sr",
        "az",
        "sl",
        "kn",
        "et",
        "mk",
        "br",
        "eu",
        "is",
        "hy",
        "ne",
        "mn",
        "bs",
        "kk",
        "sq",
        "sw",
        "gl",
        "mr",
        "pa",
        "si",
        "km",
        "sn",
        "yo",
        "so",
        "af",
        "oc",
        "ka",
        "be",
        "tg",
        "sd",
        "gu",
        "am",
        "yi",
        "lo",
        "uz",
        "fo",
        "ht",
        "ps",
        "tk",
        "nn",
        "mt",
        "sa",
        "lb",
        "my",
        "bo",
        "tl",
        "mg",
        "as",
        "tt",
        "haw",
        "ln",
        "ha",
        "ba",
        "jw",
        "su",
        "yue",
    ]
)

DEFAULT_CONSENT = (
    "Your spoken answers are recorded and kept on one machine, that of the people who ask you, and go nowhere else. They are written "
    "down, read for what you would do and why, and compared with the answers of others. Nothing is inferred from the sound of your "
    "voice. You may stop at any time, type instead of speaking, and have everything erased."
)
STAYS_HERE = (
    DEFAULT_CONSENT,
    "Your spoken answers are recorded and kept on this machine only.",
)  # who was told this was promised it; the second until 0.3


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _check_identifier(value: str) -> str:
    if not IDENTIFIER.fullmatch(value):
        raise ValueError(f"'{value}' is no identifier: use letters, digits and underscores, for instance 's1'")
    return value


class Speaker(_Strict):
    """A person who answers."""

    id: str
    name: str = ""
    role: str = ""
    team: str = ""
    level: Level | None = None

    _identifier = field_validator("id")(_check_identifier)

    @property
    def label(self) -> str:
        """What an attributed report calls this person."""
        return self.name or (f"{self.role} ({self.id})" if self.role else self.id)


class Option(_Strict):
    """One thing that can be chosen."""

    id: str
    label: str = Field(min_length=1)

    @field_validator("id")
    @classmethod
    def _identifier(cls, value: str) -> str:
        if value in NON_OPTION_CHOICES:
            raise ValueError(f"'{value}' is a reserved answer and cannot name an option")
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", value):
            raise ValueError(f"'{value}' is no identifier: use letters, digits, underscores and hyphens")
        return value


class Question(_Strict):
    """A question of one of the four kinds; only a trade-off has options. `title` is what a report calls it."""

    id: str
    title: str = ""
    kind: Kind = "tradeoff"
    prompt: str = Field(min_length=1)
    options: tuple[Option, ...] = ()
    intended: str | None = None

    _identifier = field_validator("id")(_check_identifier)

    @model_validator(mode="after")
    def _options_fit(self) -> Question:
        ids = [option.id for option in self.options]
        if len(set(ids)) != len(ids):
            raise ValueError("two options have the same id")
        if self.intended is not None and self.intended not in ids:
            raise ValueError(
                f"intended = '{self.intended}' is none of the options ({', '.join(ids) or 'there are none'})"
            )
        if self.kind == "tradeoff" and not 1 <= len(ids) <= 4:
            raise ValueError("a trade-off has two to four options")
        if self.kind != "tradeoff" and ids:
            raise ValueError(f"only a trade-off has options, and this question is of kind '{self.kind}'")
        return self

    @property
    def name(self) -> str:
        """What a report calls this question."""
        return self.title or self.id

    @property
    def asked(self) -> dict[str, object]:
        """What was asked, without what a report calls it: readings rest on this."""
        return self.model_dump(exclude={"title"})

    @property
    def choices(self) -> tuple[str, ...]:
        """Everything that a choice can be: the options' ids, then both, neither, undecided."""
        return (*(option.id for option in self.options), *NON_OPTION_CHOICES)

    def label(self, choice: str) -> str:
        """The words for a choice."""
        return next((option.label for option in self.options if option.id == choice), choice.capitalize())


class Consent(_Strict):
    """The text that is read out before recording; it is kept with each consent given. `contact` is who asks, and how to reach them."""

    text: str = DEFAULT_CONSENT
    contact: str = ""


class Study(_Strict):
    """What `study.toml` says."""

    title: str = Field(min_length=1)
    strategy: str = Field(min_length=1)
    mode: Mode = "attributed"
    language: str = "en"
    vocabulary: tuple[str, ...] = ()
    wave: str = Field(
        default_factory=lambda: current_quarter(date.today()), pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$"
    )
    cadence: Literal["monthly", "quarterly", "half-yearly", "yearly"] | None = None
    answer_pattern: str = "{question}-{speaker}.{ext}"
    max_answer_seconds: float | None = Field(default=None, gt=0)
    consent: Consent = Consent()
    speakers: tuple[Speaker, ...] = Field(min_length=1)
    questions: tuple[Question, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Study:
        for what, ids in (("speakers", [s.id for s in self.speakers]), ("questions", [q.id for q in self.questions])):
            plain = [i.lower() for i in ids]  # file names do not tell A from a
            twice = sorted({i for i in ids if plain.count(i.lower()) > 1})
            if twice:
                raise ValueError(f"two {what} have the same id: {', '.join(twice)}")
        return self

    @field_validator("language")
    @classmethod
    def _language_is_heard(cls, value: str) -> str:
        if value not in WHISPER_LANGUAGES:
            raise ValueError(f"'{value}' is no language that Whisper hears; use a code such as en, de, fr, es")
        return value

    @field_validator("answer_pattern")
    @classmethod
    def _pattern_names_both(cls, value: str) -> str:
        if "{question}" not in value or "{speaker}" not in value:
            raise ValueError("answer_pattern needs {question} and {speaker}")
        return value

    def question(self, identifier: str) -> Question | None:
        """The question with this id."""
        return next((q for q in self.questions if q.id == identifier), None)

    def speaker(self, identifier: str) -> Speaker | None:
        """The speaker with this id."""
        return next((s for s in self.speakers if s.id == identifier), None)


def current_quarter(day: date) -> str:
    """The default name of a wave, for instance 2026-Q4."""
    return f"{day.year}-Q{(day.month - 1) // 3 + 1}"


@dataclass(frozen=True, slots=True)
class StudyFolder:
    """Where a study keeps what: one place that knows the names."""

    path: Path

    @property
    def study_file(self) -> Path:
        return self.path / "study.toml"

    @property
    def answers(self) -> Path:
        """Files dropped here are taken in by `voicepulse run`."""
        return self.path / "answers"

    @property
    def audio(self) -> Path:
        """The kept recordings, named by the hash of their content."""
        return self.path / "audio"

    @property
    def takes(self) -> Path:
        """Takes of the microphone that are not yet kept."""
        return self.path / "takes"

    @property
    def database(self) -> Path:
        return self.path / "voicepulse.sqlite"

    @property
    def lock(self) -> Path:
        return self.path / "voicepulse.lock"

    @property
    def intake_lock(self) -> Path:
        """Held while an answer comes in or a speaker is erased; never for long."""
        return self.path / "voicepulse.intake.lock"

    @property
    def release_lock(self) -> Path:
        """Held while it is decided, and kept, which answers an anonymous report counts."""
        return self.path / "voicepulse.release.lock"

    @property
    def serve_lock(self) -> Path:
        """Held by the server of this study's pages."""
        return self.path / "voicepulse.serve.lock"

    @property
    def learned(self) -> Path:
        """What `voicepulse learn` made of the corrections."""
        return self.path / "voicepulse.learned.json"

    @property
    def resources(self) -> Path:
        """What is put where: money, people, hours by option; optional, written by a person."""
        return self.path / "resources.csv"

    @property
    def calendar(self) -> Path:
        """The open wave and when the next is due, for a calendar."""
        return self.path / "calendar.ics"

    @property
    def report(self) -> Path:
        return self.path / "report.html"


def load_study(path: Path) -> tuple[StudyFolder, Study]:
    """Read a study from its folder or its study.toml.

    Raises:
        StudyError: the file is missing, is no TOML, or says something that cannot be; each fault is named.
    """
    folder = StudyFolder(path.parent if path.name == "study.toml" else path)
    if not folder.study_file.is_file():
        raise StudyError(
            f"There is no study.toml in {folder.path}.",
            f"Write one with `voicepulse init {folder.path}`, or name its folder.",
        )
    try:
        values = tomlkit.parse(folder.study_file.read_text(encoding="utf-8")).unwrap()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise StudyError(
            f"{folder.study_file} is not valid TOML: {error}", "Correct that line and try again."
        ) from error
    return folder, parse_study(values, str(folder.study_file))


def parse_study(values: dict[str, Any], source: str = "study.toml") -> Study:
    """Check the values of a study file.

    Raises:
        StudyError: naming every fault with its place.
    """
    try:
        return Study.model_validate(values)
    except ValidationError as error:
        faults = "\n".join(f"  {_place(fault['loc'])}: {_plain(fault['msg'])}" for fault in error.errors())
        raise StudyError(f"{source} cannot be used:\n{faults}", "Correct these places and try again.") from error


def _place(location: tuple[int | str, ...]) -> str:
    """('questions', 0, 'prompt') -> 'questions[1].prompt'; people count from one."""
    words = ""
    for part in location:
        words += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if words else ''}{part}"
    return words or "study"


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
