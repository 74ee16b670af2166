"""Takes that browsers left are erased with their speaker; whatever cuts the erasure short, it can be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from voicepulse.erasure import erase_speaker
from voicepulse.storage.store import Store
from voicepulse.storage.uploads import Upload
from voicepulse.workspace import OpenStudy, open_study


@pytest.fixture
def opened(study_folder: Path) -> Iterator[OpenStudy]:
    with open_study(study_folder) as study:
        study.folder.takes.mkdir(parents=True, exist_ok=True)
        yield study


def upload(opened: OpenStudy, speaker: str, take: str) -> Path:
    """A take that is coming in."""
    path = opened.store.uploads.begin(speaker, "w1", "q1", take).path(opened.folder.takes)
    path.write_bytes(b"what was spoken so far")
    return path


def test_a_speakers_uploads_go_and_those_that_nobody_owns(opened: OpenStudy) -> None:
    mine = [upload(opened, "s1", "first"), upload(opened, "s1", "second")]
    others = upload(opened, "s2", "first")
    orphan = opened.folder.takes / "0123456789abcdef.upload"
    orphan.write_bytes(b"its row is gone")
    deleted = erase_speaker(opened, "s1")
    assert {*mine, orphan} <= {*deleted}
    assert list(opened.folder.takes.iterdir()) == [others]
    assert opened.store.uploads_of("s1") == []
    assert opened.store.upload_names() == {others.name}


def test_an_upload_that_has_no_file_yet_is_erased_too(opened: OpenStudy) -> None:
    begun: Upload = opened.store.uploads.begin("s1", "w1", "q1", "first")
    erase_speaker(opened, "s1")
    assert begun.name not in opened.store.upload_names()


def test_an_erasure_that_was_cut_short_is_finished_by_the_next(
    opened: OpenStudy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows still name the files until all of them are gone."""
    first, second = upload(opened, "s1", "first"), upload(opened, "s1", "second")
    unlink = Path.unlink

    def fail(path: Path, missing_ok: bool = False) -> None:
        if path == second:
            raise PermissionError("held open by another program")
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", fail)
        with pytest.raises(PermissionError):
            erase_speaker(opened, "s1")
    assert second.exists()
    assert set(opened.store.uploads_of("s1")) == {first.name, second.name}
    erase_speaker(opened, "s1")
    assert not second.exists()
    assert opened.store.uploads_of("s1") == []


def test_what_begins_while_an_erasure_looks_around_is_kept(opened: OpenStudy, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's take that comes in between two looks has an owner, and is not taken for one that has none."""
    arrived: list[Path] = []
    names = Store.upload_names

    def then_others_speak(store: Store) -> set[str]:
        known = names(store)
        arrived.append(upload(opened, "s2", "just now"))
        return known

    monkeypatch.setattr(Store, "upload_names", then_others_speak)
    erase_speaker(opened, "s1")
    assert [path.exists() for path in arrived] == [True]
