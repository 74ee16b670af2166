"""The course of a check-in, with a desk that presses keys from a list and a microphone that plays a sound."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import tone
from voicepulse.audio.decode import inspect
from voicepulse.audio.takes import TakeInfo, TakeWriter, unfinished_takes
from voicepulse.errors import MicrophoneError, StudyError
from voicepulse.interview import InterviewOptions, interview
from voicepulse.workspace import open_study

SPOKEN = (tone(60.0) * 32767).astype(np.int16)


class ScriptedDesk:
    """Presses the given keys; Enter once so many seconds of a recording were shown."""

    def __init__(self, keys: str, enter_after: float = 1.0, typed: str = "") -> None:
        self.keys = iter(keys)
        self.enter_after = enter_after
        self.typed = typed
        self.said: list[str] = []
        self.seconds = 0.0

    def say(self, text: str, style: str = "") -> None:
        self.said.append(text)

    def ask(self, question: str, keys: Mapping[str, str]) -> str:
        self.seconds = 0.0
        key = next(self.keys)
        assert key in keys, (question, key, list(keys))
        self.said.append(question)
        return key

    def ask_text(self, question: str) -> str:
        return self.typed

    def show_level(self, peak: float, seconds: float, limit: float) -> None:
        self.seconds = seconds

    def close(self) -> None:
        pass

    def enter_pressed(self) -> bool:
        return self.seconds >= self.enter_after


class FakeSound:
    """Delivers a sound in blocks; breaks off after `breaks_after` seconds."""

    name = "a fake"
    rate = 16_000

    def __init__(self, samples: np.ndarray = SPOKEN, breaks_after: float | None = None) -> None:
        self.samples, self.breaks_after = samples, breaks_after
        self.played: list[int] = []

    @contextmanager
    def listen(self) -> Iterator[Iterator[np.ndarray]]:
        yield self._blocks()

    def _blocks(self) -> Iterator[np.ndarray]:
        for start in range(0, len(self.samples), 800):
            if self.breaks_after is not None and start / self.rate >= self.breaks_after:
                raise MicrophoneError("The microphone stopped delivering sound.", "Check its cable.")
            yield self.samples[start : start + 800]

    def play(self, samples: np.ndarray, rate: int) -> None:
        self.played.append(len(samples))


def run(folder: Path, desk: ScriptedDesk, sound: FakeSound | None = None, **options: object) -> int:
    with open_study(folder) as opened:
        return interview(opened, "s1", desk, sound or FakeSound(), InterviewOptions(**options))


def kept(folder: Path) -> list[object]:
    with open_study(folder) as opened:
        return opened.store.recordings()


def test_from_consent_to_a_kept_and_confirmed_answer(study_folder: Path) -> None:
    sound = FakeSound()
    # consent, continue after the test, record, play it, keep, meant the second option
    assert run(study_folder, ScriptedDesk("ycrpk2", enter_after=1.5), sound) == 1
    (recording,) = kept(study_folder)
    assert (recording.question, recording.speaker, recording.confirmed_choice) == ("q1", "s1", "b")
    assert recording.seconds == pytest.approx(1.5, abs=0.1)
    assert sound.played == [round(recording.seconds * 16_000)]
    assert inspect(recording.audio_path(study_folder / "audio"), 60).extension == "flac"
    with open_study(study_folder) as opened:
        ((text, _),) = opened.store.consents("s1", "w1")
        assert "attributed" in text
        assert unfinished_takes(opened.folder.takes, "s1") == []


def test_without_consent_nothing_is_recorded(study_folder: Path) -> None:
    assert run(study_folder, ScriptedDesk("n")) == 0
    assert kept(study_folder) == []


def test_a_retake_keeps_only_the_last_and_the_limit_and_silence_end_it(study_folder: Path) -> None:
    assert run(study_folder, ScriptedDesk("yrrks", enter_after=99), limit=2.0, microphone_test=False) == 1
    (recording,) = kept(study_folder)
    assert recording.seconds == pytest.approx(2.0, abs=0.1)
    assert recording.confirmed_choice is None
    quiet_end = np.concatenate([SPOKEN[:16_000], np.zeros(16_000 * 30, dtype=np.int16)])
    again = ScriptedDesk("yrks", enter_after=99)
    assert run(study_folder, again, FakeSound(quiet_end), stop_on_silence=2.0, again=True, microphone_test=False) == 1
    assert [round(r.seconds) for r in kept(study_folder)] == [2, 3]  # an earlier take is never overwritten


def test_typing_instead_of_speaking(study_folder: Path) -> None:
    assert run(study_folder, ScriptedDesk("ytu", typed="I cannot say."), microphone_test=False) == 1
    (recording,) = kept(study_folder)
    assert (recording.kind, recording.confirmed_choice) == ("text", "undecided")


def test_a_microphone_that_gives_up_loses_nothing_and_the_next_start_offers_the_take(study_folder: Path) -> None:
    with pytest.raises(MicrophoneError):
        run(study_folder, ScriptedDesk("yr", enter_after=99), FakeSound(breaks_after=3.0), microphone_test=False)
    desk = ScriptedDesk("yk1")
    assert run(study_folder, desk, microphone_test=False) == 1
    assert any("3.0 seconds were rescued" in line for line in desk.said)
    assert kept(study_folder)[0].confirmed_choice == "a"


def test_a_rescued_take_can_be_discarded(study_folder: Path) -> None:
    with TakeWriter(study_folder / "takes", TakeInfo("q1", "s1", "w1", 16_000)) as writer:
        writer.write(SPOKEN[:32_000])
    assert run(study_folder, ScriptedDesk("ydq"), microphone_test=False) == 0
    assert unfinished_takes(study_folder / "takes", "s1") == []


def test_silence_is_refused_and_can_be_recorded_again(study_folder: Path) -> None:
    desk = ScriptedDesk("yrks")
    assert run(study_folder, desk, FakeSound(np.zeros(160_000, dtype=np.int16)), microphone_test=False) == 0
    assert any("silent" in line for line in desk.said)


def test_unknown_and_erased_speakers_are_named(study_folder: Path) -> None:
    from voicepulse.erasure import erase_speaker

    with open_study(study_folder) as opened:
        with pytest.raises(StudyError, match="no speaker 's9'"):
            interview(opened, "s9", ScriptedDesk(""), FakeSound(), InterviewOptions())
        erase_speaker(opened, "s1")
        with pytest.raises(StudyError, match="was erased"):
            interview(opened, "s1", ScriptedDesk(""), FakeSound(), InterviewOptions())
