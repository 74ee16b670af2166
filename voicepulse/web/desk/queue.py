"""The researcher's desk: the queue of what to check, those first whose correction would change a verdict."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from voicepulse.interpretation.answers import Answer
from voicepulse.results import answers
from voicepulse.review_queue import needs_check
from voicepulse.study import Study
from voicepulse.web.desk.answer_view import NAMES, is_unread, said_of
from voicepulse.web.desk.order import Row
from voicepulse.web.desk.pages import JustKept, OrdersHere, WaveHere, desk_page
from voicepulse.web.site import Site, SiteHere
from voicepulse.web.who import Researcher

router = APIRouter(prefix="/desk", tags=["desk"])


class OrderState(BaseModel):
    """Whether the queue's order is worked out; `version` is another where it is a new one."""

    version: int
    is_fresh: bool


@router.get("")
def queue_page(
    request: Request,
    who: Researcher,
    site: SiteHere,
    wave: WaveHere,
    orders: OrdersHere,
    kept: JustKept,
    everything: Annotated[bool, Query(alias="all")] = False,
) -> Response:
    """What to check, the answers first whose correction would move a verdict most; with `all`, every answer of the wave."""
    orders.begin_again(who.account.name)
    order = orders.renewed(wave)
    study = site.opened.study
    values: dict[str, object] = {
        "here": "queue",
        "wave": wave,
        "order": order,
        "kept": kept,
        "rows": [_words(row, study) for row in order.moving],
        "everything": _everything(site, wave) if everything else None,
    }
    return desk_page(request, site, who, "queue", values)


def _words(row: Row, study: Study) -> dict[str, object]:
    """A row of the queue as it is shown."""
    question, speaker = study.question(row.question), study.speaker(row.speaker)
    return {
        "row": row,
        "question": question.name if question else row.question,
        "speaker": speaker.label if speaker else row.speaker,
        "read": said_of("choice", row.read, question),
        "weakest": NAMES.get(row.weakest, row.weakest).lower(),
    }


def _everything(site: Site, wave: str) -> list[dict[str, str]]:
    """Every answer that was heard, in the study's order."""
    opened = site.opened
    label = {speaker.id: speaker.label for speaker in opened.study.speakers}
    rows = []
    for answer in answers(opened, wave, site.instruments, with_unread=True):
        question = opened.study.question(answer.question)
        reading = answer.interpretation
        read = said_of("choice", reading.choice.value, question) if reading.choice else ""
        rows.append(
            {
                "digest": answer.recording,
                "question": question.name if question else answer.question,
                "speaker": label.get(answer.speaker, answer.speaker),
                "read": f"{reading.rating.value:g}" if reading.rating else read,
                "state": _state(answer),
            }
        )
    return rows


def _state(answer: Answer) -> str:
    if not answer.transcript.has_speech:
        return "no speech"
    if not needs_check(answer):
        return "checked"
    return "not read" if is_unread(answer) else "read"


@router.get("/order.json")
def order_state(who: Researcher, wave: WaveHere, orders: OrdersHere) -> OrderState:
    """For the queue's page, which loads itself anew when a new order is there."""
    order = orders.order(wave)
    return OrderState(version=order.version, is_fresh=order.is_fresh)
