"""The microphone for real: a spoken file is played into a virtual device, recorded through PortAudio, and transcribed."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import soundfile

from tests.conftest import DEMO, IN_CI
from voicepulse.audio.decode import decode

pytestmark = [pytest.mark.microphone, pytest.mark.model]

ALSA = "pcm.!default pulse\nctl.!default pulse\n"


@pytest.fixture
def virtual_microphone(tmp_path: Path) -> Iterator[dict[str, str]]:
    """An environment in which the default microphone hears what `paplay --device=v` plays."""
    if not (shutil.which("pulseaudio") and shutil.which("paplay")):
        if IN_CI:
            pytest.fail("PulseAudio is missing: tests/install_system_packages.sh installs it")
        pytest.skip("PulseAudio is not installed")
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    (tmp_path / "asound.conf").write_text("</usr/share/alsa/alsa.conf>\n" + ALSA)
    environment = {
        **os.environ,
        "XDG_RUNTIME_DIR": str(runtime),
        "ALSA_CONFIG_PATH": str(tmp_path / "asound.conf"),
        "HOME": str(tmp_path),
    }
    loads = ["-L", "module-native-protocol-unix", "-L", "module-null-sink sink_name=v"]
    server = subprocess.Popen(
        ["pulseaudio", "--daemonize=no", "--exit-idle-time=-1", "-n", *loads],
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            if (
                subprocess.run(
                    ["pactl", "set-default-source", "v.monitor"], env=environment, capture_output=True, check=False
                ).returncode
                == 0
            ):
                break
            time.sleep(0.1)
        else:
            pytest.fail("PulseAudio did not start")
        yield environment
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture
def terminal(virtual_microphone: dict[str, str]) -> Iterator[Callable[[list[str]], Terminal]]:
    """Start programs in terminals that hear the virtual microphone; all are closed at the end."""
    started: list[Terminal] = []

    def start(command: list[str]) -> Terminal:
        started.append(Terminal(command, virtual_microphone))
        return started[-1]

    yield start
    for one in started:
        one.close()


class Terminal:
    """A program in a pseudo-terminal: wait for words, press keys."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.master, slave = pty.openpty()
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env={**environment, "TERM": "xterm", "COLUMNS": "200"}
        )
        os.close(slave)
        self.screen = ""

    def wait_for(self, words: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.screen:
            ready = select.select([self.master], [], [], 0.2)[0]
            if ready:
                try:
                    self.screen += re.sub(
                        r"\x1b\[[0-9;?]*[A-Za-z]", "", os.read(self.master, 65536).decode(errors="replace")
                    )
                except OSError:
                    pytest.fail(f"The program ended before '{words}':\n{self.screen}")
            if time.monotonic() > deadline:
                pytest.fail(f"'{words}' did not come:\n{self.screen}")
        self.screen = self.screen.split(words, 1)[1]

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)

    def press(self, keys: str) -> None:
        time.sleep(0.5)  # a person reads first; what is typed before the prompt waits is thrown away
        os.write(self.master, keys.encode())


Start = Callable[[list[str]], Terminal]


def test_a_check_in_is_recorded_through_a_virtual_device_and_transcribed(
    virtual_microphone: dict[str, str], terminal: Start, study_folder: Path, tmp_path: Path
) -> None:
    from voicepulse.hearing import transcribe_all
    from voicepulse.instruments import Instruments
    from voicepulse.results import transcripts
    from voicepulse.workspace import open_study

    spoken = tmp_path / "spoken.wav"
    soundfile.write(spoken, decode(DEMO / "answers" / "q1-s3.ogg")[: 16_000 * 10], 16_000)
    command = [sys.executable, "-m", "voicepulse", "record", str(study_folder), "--speaker", "s1", "--limit", "30"]
    desk = terminal(command)
    desk.wait_for("Do you consent?")
    desk.press("y")
    playing = subprocess.Popen(["paplay", "--device=v", str(spoken)], env=virtual_microphone)
    desk.wait_for("The level is good")
    playing.terminate()
    playing.wait()
    desk.wait_for("Go on?")
    desk.press("c")
    desk.wait_for("Ready?")
    desk.press("r")
    desk.wait_for("Press Enter to end")
    subprocess.run(["paplay", "--device=v", str(spoken)], env=virtual_microphone, check=True)
    desk.press("\n")
    desk.wait_for("[k] keep")
    desk.press("k")
    desk.wait_for("Which one did you mean?")
    desk.press("1")
    desk.wait_for("1 answers kept")
    assert desk.process.wait(20) == 0
    with open_study(study_folder) as opened:
        (recording,) = opened.store.recordings()
        assert recording.confirmed_choice == "a"
        assert recording.seconds == pytest.approx(10, abs=3)
        assert transcribe_all(opened, "w1", Instruments()) == []
        text = transcripts(opened, Instruments())[recording.digest].text.lower()
    heard = [word for word in ("hurts", "small", "every day", "lady", "heating", "month", "wizard") if word in text]
    assert len(heard) >= 4, text  # a busy machine may swallow a word between player and device


def test_kill_9_in_mid_recording_and_the_next_start_offers_the_take(
    virtual_microphone: dict[str, str], terminal: Start, study_folder: Path, tmp_path: Path
) -> None:
    spoken = tmp_path / "spoken.wav"
    soundfile.write(spoken, decode(DEMO / "answers" / "q1-s3.ogg")[: 16_000 * 20], 16_000)
    command = [sys.executable, "-m", "voicepulse", "record", str(study_folder), "--speaker", "s1", "--no-test"]
    desk = terminal(command)
    desk.wait_for("Do you consent?")
    desk.press("y")
    desk.wait_for("Ready?")
    with subprocess.Popen(["paplay", "--device=v", str(spoken)], env=virtual_microphone) as playing:
        desk.press("r")
        desk.wait_for("Press Enter to end")
        began = time.monotonic()
        time.sleep(5)
        desk.process.kill()
        spoken_seconds = time.monotonic() - began
        desk.process.wait()
        playing.terminate()
    again = terminal(command)
    again.wait_for("Do you consent?")
    again.press("y")
    again.wait_for("A take of question q1 was not finished: ")
    again.wait_for(" seconds were rescued")
    again.wait_for("[k] keep it")
    again.press("k")
    again.wait_for("Which one did you mean?")
    again.press("s")
    again.wait_for("Every question of this wave is answered")
    assert again.process.wait(20) == 0
    from voicepulse.workspace import open_study

    with open_study(study_folder) as opened:
        (recording,) = opened.store.recordings()
    assert recording.seconds > spoken_seconds - 1.0


def without_portaudio(arguments: list[str], typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command on a machine where sounddevice finds no PortAudio."""
    code = (
        "import builtins, sys; real = builtins.__import__\n"
        "def refuse(name, *a, **k):\n"
        "    if name == 'sounddevice': raise OSError('PortAudio library not found')\n"
        "    return real(name, *a, **k)\n"
        "builtins.__import__ = refuse\n"
        f"sys.argv = {['voicepulse', *arguments]!r}\n"
        "from voicepulse.__main__ import main; main()"
    )
    return subprocess.run([sys.executable, "-c", code], input=typed, capture_output=True, text=True, check=False)


def test_without_portaudio_the_message_says_what_to_install(study_folder: Path) -> None:
    ran = without_portaudio(["record", str(study_folder), "--speaker", "s1", "--list-devices"])
    assert ran.returncode == 2
    assert "libportaudio2" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_without_a_microphone_one_can_still_answer_by_typing(study_folder: Path) -> None:
    from voicepulse.workspace import open_study

    typed = "y\nt\nThe alpha thing, because of the money.\n1\n"
    ran = without_portaudio(["record", str(study_folder), "--speaker", "s1"], typed)
    assert ran.returncode == 0, ran.stderr
    assert "You can type your answers" in ran.stdout
    with open_study(study_folder) as opened:
        (recording,) = opened.store.recordings()
    assert (recording.kind, recording.confirmed_choice) == ("text", "a")
