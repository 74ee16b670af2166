"""The desk's record: who changed what and when, over all answers of a wave."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from voicepulse.web.desk.answer_view import NAMES, said_of
from voicepulse.web.desk.pages import WaveHere, desk_page
from voicepulse.web.site import Site, SiteHere
from voicepulse.web.who import Researcher

PAGE = 200  # changes

router = APIRouter(prefix="/desk", tags=["desk"])


@router.get("/changes")
def changes_page(
    request: Request, who: Researcher, site: SiteHere, wave: WaveHere, page: Annotated[int, Query(ge=1, le=100_000)] = 1
) -> Response:
    """All corrections of a wave, the newest first, also those that were taken back."""
    changes = _changes(site, wave)
    values: dict[str, object] = {
        "here": "changes",
        "wave": wave,
        "changes": changes[(page - 1) * PAGE : page * PAGE],
        "page": page,
        "pages": max(1, -(-len(changes) // PAGE)),
        "count": len(changes),
    }
    return desk_page(request, site, who, "changes", values)


def _changes(site: Site, wave: str) -> list[dict[str, str]]:
    opened = site.opened
    questions = {question.id: question for question in opened.study.questions}
    labels = {speaker.id: speaker.label for speaker in opened.study.speakers}
    recordings = {recording.digest: recording for recording in opened.store.recordings() if recording.wave == wave}
    found = []
    for digest, said in opened.store.corrections().items():
        if (recording := recordings.get(digest)) is None:
            continue
        question = questions.get(recording.question)
        for one in said:
            found.append(
                {
                    "digest": digest,
                    "question": question.name if question else recording.question,
                    "speaker": labels.get(recording.speaker, recording.speaker),
                    "field": one.field,
                    "label": NAMES.get(one.field, one.field),
                    "said": said_of(one.field, one.value, question) if one.value else "",
                    "author": one.author,
                    "at": one.at,
                }
            )
    return sorted(found, key=lambda one: one["at"], reverse=True)
