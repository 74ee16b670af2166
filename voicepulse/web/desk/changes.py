"""The desk's record: who changed what and when, over all answers of a wave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from voicepulse.interpretation.answers import Answer, Correction, counting
from voicepulse.results import answers
from voicepulse.review_queue import shown
from voicepulse.study import Question
from voicepulse.web.desk.answer_view import NAMES, is_unread, said_of
from voicepulse.web.desk.pages import Named, WaveHere, desk_page, named
from voicepulse.web.site import Site, SiteHere
from voicepulse.web.who import Researcher

PAGE = 200  # changes


@dataclass(frozen=True, slots=True)
class Step:
    """One field that somebody said something of. `said` is empty where they took their word back; `is_same`: they accepted what stood there."""

    field: str
    label: str
    before: str
    said: str
    is_same: bool


@dataclass(frozen=True, slots=True)
class Change:
    """What one author said of one answer within a minute."""

    answer: Named
    author: str
    at: str
    steps: tuple[Step, ...]

    @property
    def changed(self) -> list[Step]:
        return [step for step in self.steps if not step.is_same]

    @property
    def accepted(self) -> list[Step]:
        return [step for step in self.steps if step.is_same]


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


def _changes(site: Site, wave: str) -> list[Change]:
    """The newest first."""
    opened = site.opened
    recordings = {recording.digest: recording for recording in opened.store.recordings() if recording.wave == wave}
    read = {a.recording: _read(a) for a in answers(opened, wave, site.instruments, with_unread=True)}
    found = []
    for digest, said in opened.store.corrections().items():
        if (recording := recordings.get(digest)) is not None:
            question = opened.study.question(recording.question)
            found += [
                Change(named(site, recording), author, at, steps)
                for author, at, steps in acts(said, read.get(digest, {}), question)
            ]
    return sorted(found, key=lambda change: change.at, reverse=True)


def _read(answer: Answer) -> dict[str, str]:
    """What stood there before anybody corrected anything; of what no reader has read, what the speaker tapped."""
    if is_unread(answer):
        return {} if answer.confirmed_choice is None else {"choice": answer.confirmed_choice}
    return shown(replace(answer, corrections=()))


def acts(
    said: Sequence[Correction], read: Mapping[str, str], question: Question | None
) -> list[tuple[str, str, tuple[Step, ...]]]:
    """(author, time of the last, steps) of what one author said within a minute, from an answer's corrections, the oldest first.

    `read` is what stood there before, by field, as it is read today.
    """

    def words(field: str, value: str) -> str:
        return said_of(field, value, question) if value else ""

    steps: dict[tuple[str, str], list[tuple[str, Step]]] = {}
    for n, one in enumerate(said):
        standing = counting(said[:n]).get(one.field)
        before = standing.value if standing else read.get(one.field, "")
        is_same = bool(before) and before == one.value
        step = Step(
            one.field, NAMES.get(one.field, one.field), words(one.field, before), words(one.field, one.value), is_same
        )
        steps.setdefault((one.author, one.at[:16]), []).append((one.at, step))
    return [(author, made[-1][0], tuple(step for _, step in made)) for (author, _), made in steps.items()]
