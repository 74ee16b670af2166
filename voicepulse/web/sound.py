"""An answer's sound for a browser: MP3, which every browser plays and seeks in. Nothing of it is written to disk."""

from __future__ import annotations

import re
from collections import OrderedDict
from threading import Lock

from fastapi import HTTPException, Request, Response

from voicepulse.audio.encode import encode_mp3
from voicepulse.workspace import OpenStudy

MOST_BYTES = 64 * 1024 * 1024  # of encoded sound in memory


class Sounds:
    """Encoded answers, the latest heard ones; safe for several threads."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._lock = Lock()

    def forget(self) -> None:
        """Keep nothing in memory of what is erased."""
        with self._lock:
            self._kept.clear()

    def of(self, opened: OpenStudy, digest: str) -> bytes:
        """A recording as MP3.

        Raises:
            HTTPException: 404, there is no such recording, or it was typed.
            UnreadableAudio: its file is broken.
        """
        recording = opened.store.find_recording(digest)
        if recording is None or recording.kind != "audio":
            with self._lock:
                self._kept.pop(digest, None)  # erased by another program
            raise HTTPException(404, "There is nothing to hear.")
        with self._lock:
            if digest in self._kept:
                self._kept.move_to_end(digest)
                return self._kept[digest]
        path = recording.audio_path(opened.folder.audio)
        if not path.is_file():
            raise HTTPException(404, "The recording is missing.")
        sound = encode_mp3(path)
        with self._lock:
            if opened.store.find_recording(digest) is not None:  # not erased while it was encoded
                self._kept[digest] = sound
            while len(self._kept) > 1 and sum(map(len, self._kept.values())) > MOST_BYTES:
                self._kept.popitem(last=False)
        return sound


def sound_response(request: Request, sound: bytes) -> Response:
    """The whole sound, or the part that was asked for: Safari plays nothing without ranges (RFC 9110, 14)."""
    headers = {"Accept-Ranges": "bytes"}
    wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", request.headers.get("range", ""))
    if wanted is None or wanted.group(0) == "bytes=-":
        return Response(sound, media_type="audio/mpeg", headers=headers)
    first, last = wanted.groups()
    start = int(first) if first else max(0, len(sound) - int(last))
    end = min(int(last), len(sound) - 1) if first and last else len(sound) - 1
    if start > end:
        return Response(status_code=416, headers={"Content-Range": f"bytes */{len(sound)}"})
    headers["Content-Range"] = f"bytes {start}-{end}/{len(sound)}"
    return Response(sound[start : end + 1], 206, headers, "audio/mpeg")
