"""One speaker at the desk: consent, microphone test, then question by question: speak, hear it again, keep, confirm.

What is on screen and what makes sound come in from outside (`Desk`, `Sound`), so the whole course can be tested. Every take
is on disk from its first sample on; whatever ends the session, the next one offers what was not kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from voicepulse.audio.decode import SHORTEST_SECONDS
from voicepulse.audio.microphone import TOO_QUIET, level, verdict_on_level
from voicepulse.audio.takes import Samples, Take, TakeInfo, TakeWriter, unfinished_takes
from voicepulse.consent import statement
from voicepulse.errors import MicrophoneError, StudyError
from voicepulse.ingest.claims import Claim
from voicepulse.ingest.intake import IntakeOptions, take_in
from voicepulse.settings import settings
from voicepulse.storage.store import Recording
from voicepulse.study import Question, Speaker
from voicepulse.workspace import OpenStudy

TEST_SECONDS = 3.0
NON_OPTION_KEYS = {"b": "both", "n": "neither", "u": "undecided"}


class Desk(Protocol):
    """The screen and the keyboard."""

    def say(self, text: str, style: str = "") -> None: ...

    def ask(self, question: str, keys: Mapping[str, str]) -> str:
        """Wait for one of the keys (key -> what it does) and return it."""

    def ask_text(self, question: str) -> str: ...

    def show_level(self, peak: float, seconds: float, limit: float) -> None:
        """Draw the level meter: peak 0 to 1, and how long it has been."""

    def enter_pressed(self) -> bool:
        """Whether Enter was pressed since the last call; never waits."""

    def close(self) -> None:
        """Leave the screen as it was found."""


class Sound(Protocol):
    """The microphone and the loudspeaker."""

    @property
    def name(self) -> str:
        """What the microphone is called.

        Raises:
            MicrophoneError: there is none.
        """

    @property
    def rate(self) -> int: ...

    def listen(self) -> AbstractContextManager[Iterator[Samples]]: ...

    def play(self, samples: Samples, rate: int) -> None: ...


@dataclass(frozen=True, slots=True)
class InterviewOptions:
    """`stop_on_silence` in seconds of quiet after speech, or None; `again` asks what is answered already."""

    limit: float = 90.0
    stop_on_silence: float | None = None
    again: bool = False
    microphone_test: bool = True


class Stop(Exception):
    """The speaker ends the session; what was kept stays."""


def interview(opened: OpenStudy, speaker_id: str, desk: Desk, sound: Sound, options: InterviewOptions) -> int:
    """Ask a speaker the questions of the present wave; returns how many answers were kept.

    Raises:
        StudyError: no such speaker, or they were erased.
        MicrophoneError: the microphone is not there or gave up; what was spoken is kept for the next start.
    """
    speaker = _known(opened, speaker_id)
    course = _Course(opened, speaker, desk, sound, options)
    opened.folder.takes.mkdir(exist_ok=True)
    session = FileLock(opened.folder.takes / f".{speaker.id}.lock")  # another session's take is not unfinished
    try:
        with session.acquire(timeout=0):
            return course.run()
    except Timeout:
        raise StudyError(f"{speaker.id} is being recorded in another window.", "Finish there first.") from None
    except Stop:
        return course.kept
    finally:
        desk.close()


def _known(opened: OpenStudy, speaker_id: str) -> Speaker:
    speaker = opened.study.speaker(speaker_id)
    if speaker is None:
        known = ", ".join(s.id for s in opened.study.speakers)
        raise StudyError(
            f"The study has no speaker '{speaker_id}'.", f"It has {known}; add a [[speakers]] entry to study.toml."
        )
    if opened.store.fact(f"erased:{speaker_id}"):
        raise StudyError(
            f"The speaker {speaker_id} was erased.", "Give them a new id in study.toml, with a new consent."
        )
    return speaker


class _Course:
    def __init__(
        self, opened: OpenStudy, speaker: Speaker, desk: Desk, sound: Sound, options: InterviewOptions
    ) -> None:
        self.opened, self.speaker, self.desk, self.sound, self.options = opened, speaker, desk, sound, options
        self.wave = opened.study.wave
        self.kept = 0
        self.can_hear = True

    def run(self) -> int:
        self.ask_consent()
        self.offer_rescued()
        questions = self.open_questions()
        if not questions:
            self.desk.say("Every question of this wave is answered. Use --again to answer anew; earlier takes stay.")
            return self.kept
        self.find_microphone()
        if self.options.microphone_test and self.can_hear:
            self.test_microphone()
        for number, question in enumerate(questions, 1):
            self.desk.say(f"\nQuestion {number} of {len(questions)} ({question.id})", "bold")
            self.answer(question)
        return self.kept

    def open_questions(self) -> list[Question]:
        answered = {r.question for r in self.opened.store.current_recordings(self.wave) if r.speaker == self.speaker.id}
        return [q for q in self.opened.study.questions if self.options.again or q.id not in answered]

    def ask_consent(self) -> None:
        study = self.opened.study
        said = statement(study, settings().thresholds)
        self.desk.say(f"{study.title} · {self.wave} · {self.speaker.label}", "bold")
        self.desk.say(said.text)
        self.desk.say(f"This study is {study.mode}. {said.shown}")
        if self.desk.ask("Do you consent?", {"y": "yes, I consent", "n": "no"}) != "y":
            self.desk.say("Nothing was recorded. Thank you.")
            raise Stop
        self.opened.store.set_fact_once("mode", study.mode)
        self.opened.store.add_consent(self.speaker.id, self.wave, said.kept)

    def offer_rescued(self) -> None:
        for take in unfinished_takes(self.opened.folder.takes, self.speaker.id):
            question = self.opened.study.question(take.info.question)
            if question is None:
                unknown = f"A take of {take.seconds:.0f} seconds is of question {take.info.question}, which the study does not ask"
                self.desk.say(f"{unknown}; it is left in {take.path}.", "yellow")
                continue
            if take.seconds < SHORTEST_SECONDS:
                take.discard()
                continue
            self.desk.say(
                f"A take of question {question.id} was not finished: {take.seconds:.1f} seconds were rescued.", "bold"
            )
            self.review(take, question, {"k": "keep it", "p": "play it", "d": "discard it"})

    def find_microphone(self) -> None:
        """Without a microphone one may still answer by typing."""
        try:
            self.desk.say(f"Microphone: {self.sound.name}")
        except MicrophoneError as error:
            self.can_hear = False
            self.desk.say(f"{error} You can type your answers.", "yellow")

    def test_microphone(self) -> None:
        while True:
            self.desk.say(f"Microphone test: please say a sentence ({TEST_SECONDS:.0f} seconds).")
            peak = 0.0
            seconds = 0.0
            with self.sound.listen() as blocks:
                for block in blocks:
                    peak = max(peak, level(block))
                    seconds += len(block) / self.sound.rate
                    self.desk.show_level(level(block), seconds, TEST_SECONDS)
                    if seconds >= TEST_SECONDS:
                        break
            found = verdict_on_level(peak)
            self.desk.say(
                f"The level is {found}."
                if found != "no sound"
                else "There is no sound: is the right microphone chosen, and is it on?"
            )
            key = self.desk.ask("Go on?", {"c": "continue", "r": "test again", "q": "stop here"})
            if key == "q":
                raise Stop
            if key == "c":
                return

    def answer(self, question: Question) -> None:
        self.desk.say(question.prompt)
        begin = {"r": "record"} if self.can_hear else {}
        key = self.desk.ask("Ready?", {**begin, "t": "type instead", "s": "skip", "q": "stop here"})
        if key == "q":
            raise Stop
        if key == "t":
            self.take_typed(question)
        elif key == "r":
            self.record_until_kept(question)

    def record_until_kept(self, question: Question) -> None:
        rejected: list[Take] = []
        while True:
            take = self.record(question)
            key = self.review(take, question, {"k": "keep", "p": "play", "r": "record it again", "s": "skip"})
            if key == "r":
                rejected.append(take)  # it stays on disk until another one is kept
                continue
            for old in rejected:
                old.discard()
            return

    def record(self, question: Question) -> Take:
        """Record until Enter, the limit, or silence after speech."""
        info = TakeInfo(question.id, self.speaker.id, self.wave, self.sound.rate)
        quiet, spoke = 0.0, False
        with self.sound.listen() as blocks, TakeWriter(self.opened.folder.takes, info) as writer:
            for block in blocks:
                if (
                    not writer.samples
                ):  # said only now: a device takes a moment to open, and words spoken before are lost
                    self.desk.say(
                        f"Recording, at most {self.options.limit:.0f} seconds. Press Enter to end.", "bold red"
                    )
                    self.desk.enter_pressed()  # an Enter from before does not count
                room = round(self.options.limit * self.sound.rate) - writer.samples
                writer.write(block[:room])
                peak = level(block)
                spoke = spoke or peak > TOO_QUIET
                quiet = 0.0 if peak > TOO_QUIET else quiet + len(block) / self.sound.rate
                self.desk.show_level(peak, writer.seconds, self.options.limit)
                silence = self.options.stop_on_silence
                if (
                    self.desk.enter_pressed()
                    or writer.seconds >= self.options.limit
                    or (silence and spoke and quiet >= silence)
                ):
                    break
        return Take(writer.path, info)

    def review(self, take: Take, question: Question, keys: Mapping[str, str]) -> str:
        """Let the speaker hear a take and decide; keeps or discards it, and returns the last key."""
        while True:
            key = self.desk.ask(f"{take.seconds:.1f} seconds.", keys)
            if key == "p":
                try:
                    self.sound.play(take.samples(), take.info.rate)
                except MicrophoneError as error:
                    self.desk.say(str(error), "red")
                continue
            if key == "k":
                return key if self.keep(take, question) else "r"
            if key in ("d", "s"):
                take.discard()
            return key

    def keep(self, take: Take, question: Question) -> bool:
        with tempfile.TemporaryDirectory(dir=self.opened.folder.takes) as folder:
            path = Path(folder) / "take.flac"
            take.save_as(path)
            wave = take.info.wave
            claim = Claim("this take", question.id, self.speaker.id, wave, path=path, wave_is_named=True)
            recording = self.take_in(claim, take.seconds)
        if recording is None:
            return False
        take.discard()
        self.confirm(question, recording)
        return True

    def take_typed(self, question: Question) -> None:
        text = self.desk.ask_text("Your answer:")
        if not text.strip():
            self.desk.say("Nothing was typed; the question stays open.")
            return
        claim = Claim("your answer", question.id, self.speaker.id, self.wave, text=text, wave_is_named=True)
        recording = self.take_in(claim)
        if recording is not None:
            self.confirm(question, recording)

    def take_in(self, claim: Claim, seconds: float = 0.0) -> Recording | None:
        """Keep an answer; the desk's limit was kept to while recording, so no take is refused for its length now."""
        opened = self.opened
        intake = take_in(opened.folder, opened.study, opened.store, [claim], IntakeOptions(seconds + 1))
        for problem in intake.problems:
            self.desk.say(f"{problem.what} {problem.way_out}", "red")
        if intake.problems:
            return None
        self.kept += len(intake.added)
        self.desk.say("Kept.", "green")
        return [*intake.added, *intake.known][0]

    def confirm(self, question: Question, recording: Recording) -> None:
        """Ask for the speaker's own word on the choice, after speaking and after the answer is safe."""
        if question.kind != "tradeoff":
            return
        numbered = {str(number): option for number, option in enumerate(question.options, 1)}
        keys = {number: option.label for number, option in numbered.items()} | NON_OPTION_KEYS
        key = self.desk.ask("Which one did you mean?", {**keys, "s": "skip this"})
        if key != "s":
            choice = numbered[key].id if key in numbered else NON_OPTION_KEYS[key]
            self.opened.store.confirm_choice(recording.digest, choice)
