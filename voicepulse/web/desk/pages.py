"""What all pages of the researcher's desk share: the wave they show, who is told, and their bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Query, Request, Response
from fastapi import Path as InPath

from voicepulse.errors import StudyError
from voicepulse.storage.store import Recording
from voicepulse.web.desk.order import Orders
from voicepulse.web.site import Site, SiteHere
from voicepulse.web.who import Researcher, Staff

Digest = Annotated[str, InPath(pattern=r"^[0-9a-f]{64}$", description="The SHA-256 that names a recording.")]
WaveAsked = Annotated[str | None, Query(max_length=32, description="By default the wave that study.toml names.")]


def _wave(who: Researcher, site: SiteHere, wave: WaveAsked = None) -> str:
    try:
        return site.opened.wave(wave or None)
    except StudyError as error:
        raise HTTPException(404, error.what) from error


WaveHere = Annotated[str, Depends(_wave)]


def _recording(who: Researcher, site: SiteHere, digest: Digest) -> Recording:
    found = site.opened.store.find_recording(digest)
    if found is None:
        raise HTTPException(404, "There is no such answer. It may have been erased in the meantime.")
    return found


RecordingHere = Annotated[Recording, Depends(_recording)]


@dataclass(frozen=True, slots=True)
class Named:
    """An answer by the names of its question and speaker."""

    digest: str
    question: str
    speaker: str


def named(site: Site, recording: Recording) -> Named:
    """An answer as it is called on screen; who is in study.toml no more by their id."""
    study = site.opened.study
    question, speaker = study.question(recording.question), study.speaker(recording.speaker)
    return Named(
        recording.digest,
        question.name if question else recording.question,
        speaker.label if speaker else recording.speaker,
    )


def _just_kept(
    who: Researcher, site: SiteHere, kept: Annotated[str, Query(pattern="^([0-9a-f]{64})?$")] = ""
) -> Named | None:
    found = site.opened.store.find_recording(kept) if kept else None
    return named(site, found) if found else None


JustKept = Annotated[Named | None, Depends(_just_kept)]


def _orders(site: SiteHere) -> Orders:
    return site.orders


OrdersHere = Annotated[Orders, Depends(_orders)]


def desk_page(
    request: Request, site: Site, who: Staff, name: str, values: dict[str, object], status: int = 200
) -> Response:
    """A page of the desk. `values` hold `here`, the bar's entry."""
    opened = site.opened
    shared = {
        "study": opened.study,
        "csrf": who.csrf,
        "account": who.account.name,
        "waves": sorted({*opened.store.waves(), opened.study.wave}),
    }
    return site.templates.TemplateResponse(request, f"desk/{name}.html.j2", shared | values, status_code=status)
