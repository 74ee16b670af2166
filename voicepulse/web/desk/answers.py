"""One answer at the desk: heard with its words, its reading accepted or put right, its transcript edited."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel

from voicepulse.interpretation.answers import (
    FIELDS,
    LONGEST_EDIT,
    SPEAKER,
    TRANSCRIPT,
    Answer,
    check_correction,
    counting,
)
from voicepulse.results import answers
from voicepulse.review_queue import keep, own_words
from voicepulse.storage.store import Recording
from voicepulse.study import Question
from voicepulse.web.desk.answer_view import as_seen, fields_of, history, is_unread, marks_of, runs, said_of
from voicepulse.web.desk.order import Orders, Row
from voicepulse.web.desk.pages import Digest, JustKept, OrdersHere, RecordingHere, desk_page
from voicepulse.web.site import Site, SiteHere
from voicepulse.web.sound import sound_response
from voicepulse.web.who import Researcher, form_of_staff

router = APIRouter(prefix="/desk", tags=["desk"])
sent_here = [Depends(form_of_staff)]


class AnswerStanding(BaseModel):
    """How far an answer has come: kept, waiting, transcribing, reading, understood, no speech, failed."""

    state: str
    ahead: int = 0
    problem: str = ""


def _told(kept: JustKept, changed: bool = False, saved: bool = False) -> dict[str, object]:
    """What became of the form that led here."""
    return {"kept": kept, "changed": changed, "saved": saved}


@router.get("/answers/{digest}")
def answer_page(
    request: Request,
    who: Researcher,
    site: SiteHere,
    recording: RecordingHere,
    orders: OrdersHere,
    told: Annotated[dict[str, object], Depends(_told)],
) -> Response:
    """One answer: its sound with its words, the reading beside it, and what was changed before."""
    opened = site.opened
    question, answer = opened.study.question(recording.question), _answer(site, recording)
    values = _around(site, recording, orders, who.account.name) | told
    values |= {"question": question, "standing": _standing(site, recording, answer)}
    if question is None or answer is None:
        latest = {r.place: r for r in opened.store.current_recordings(recording.wave)}[recording.place]
        return desk_page(request, site, who, "unheard", values | {"latest": latest})
    return desk_page(request, site, who, "answer", values | _shown(answer, question, who.account.name))


def _around(site: Site, recording: Recording, orders: Orders, account: str) -> dict[str, object]:
    """Whose answer it is, and what comes after it."""
    speaker, order = site.opened.study.speaker(recording.speaker), orders.order(recording.wave)
    if not order.version:
        orders.renew(recording.wave)  # for what comes next
    return {
        "here": "queue",
        "wave": recording.wave,
        "recording": recording,
        "speaker": speaker.label if speaker else recording.speaker,
        "next_sound": _sound_of(site, orders.next_after(recording.wave, recording.digest, account)),
        "left": len(order.moving) if order.version else None,
    }


def _sound_of(site: Site, row: Row | None) -> str:
    """The recording to make ready for the next page; none where that answer was typed."""
    found = site.opened.store.find_recording(row.digest) if row else None
    return found.digest if found is not None and found.kind == "audio" else ""


def _shown(answer: Answer, question: Question, account: str) -> dict[str, object]:
    reading = answer.interpretation
    edit = counting(answer.edits).get(TRANSCRIPT)
    corrections = (*answer.corrections, *answer.edits)
    tapped = answer.confirmed_choice
    return {
        "answer": answer,
        "reading": reading,
        "runs": runs(answer.transcript, marks_of(reading)),
        "fields": fields_of(answer, question),
        "reason_is_own": "reason" in own_words(answer),
        "edited_by": edit.author if edit else "",
        "edit_is_own": edit is not None and edit.author == SPEAKER,
        "history": history(corrections, question, account),
        "tapped": said_of("choice", tapped, question) if tapped else "",
        "seen": as_seen(answer),
        "is_unread": is_unread(answer),
        "longest_edit": LONGEST_EDIT,
    }


def _answer(site: Site, recording: Recording) -> Answer | None:
    """The answer that this recording gives; None where it is not heard yet, or another take counts."""
    found = answers(site.opened, recording.wave, site.instruments, with_unread=True)
    return next((answer for answer in found if answer.recording == recording.digest), None)


def _asked(site: Site, recording: Recording) -> tuple[Answer, Question]:
    """The answer and its question, to say something of it.

    Raises:
        HTTPException: 409, nothing can be said of it now.
    """
    answer, question = _answer(site, recording), site.opened.study.question(recording.question)
    if answer is None or question is None:
        raise HTTPException(409, "This answer cannot be changed now: it is not heard yet, or another take counts.")
    return answer, question


def _standing(site: Site, recording: Recording, answer: Answer | None) -> AnswerStanding:
    """How far the text as it stands has come; what is stored goes before what the backroom last did."""
    if answer is not None and not answer.transcript.has_speech:
        return AnswerStanding(state="no speech")
    if answer is not None and not is_unread(answer):
        return AnswerStanding(state="understood")
    known = site.backroom.standing(recording.digest)
    if known is None or known.state in ("understood", "no speech"):
        return AnswerStanding(state="kept")
    return AnswerStanding(state=known.state, ahead=known.ahead, problem=known.problem)


@router.get("/answers/{digest}/standing")
def standing(who: Researcher, site: SiteHere, recording: RecordingHere) -> AnswerStanding:
    """How far an answer has come, asked again and again by a page that waits for it."""
    return _standing(site, recording, _answer(site, recording))


@router.get("/audio/{digest}", response_class=Response, responses={200: {"content": {"audio/mpeg": {}}}, 206: {}})
def audio(request: Request, who: Researcher, site: SiteHere, digest: Digest) -> Response:
    """An answer's sound, or a part of it."""
    return sound_response(request, site.sounds.of(site.opened, digest))


# -- a person's word


Short = Annotated[str, Form(max_length=64)]


def _changes(
    choice: Short = "",
    qualified: Short = "",
    escalates: Short = "",
    stance: Short = "",
    commitment: Short = "",
    rating: Short = "",
    reason: Annotated[str, Form(max_length=LONGEST_EDIT)] = "",
) -> dict[str, str]:
    return {
        "choice": choice,
        "qualified": qualified,
        "escalates": escalates,
        "stance": stance,
        "commitment": commitment,
        "rating": rating,
        "reason": reason.strip(),
    }


@router.post("/answers/{digest}/keep", dependencies=sent_here)
def keep_answer(
    who: Researcher,
    site: SiteHere,
    recording: RecordingHere,
    orders: OrdersHere,
    changes: Annotated[dict[str, str], Depends(_changes)],
    seen: Short,
) -> Response:
    """What the form shows is the researcher's word from now on, accepted or changed; then the next answer.

    Where the answer has changed since it was shown (`seen`), nothing is kept and it is shown again.
    """
    answer, question = _asked(site, recording)
    if seen != as_seen(answer):
        return RedirectResponse(f"/desk/answers/{recording.digest}?changed=1", 303)
    keep(site.opened, answer, question, changes, who.account.name)
    after = orders.next_after(recording.wave, recording.digest, who.account.name)
    orders.settled(recording.wave, recording.digest)
    return _go_on(recording, after, kept=recording.digest)


@router.post("/answers/{digest}/skip", dependencies=sent_here)
def skip_answer(who: Researcher, recording: RecordingHere, orders: OrdersHere) -> Response:
    """Leave an answer for later: until the queue is opened again it does not come up."""
    orders.skip(recording.digest, who.account.name)
    return _go_on(recording, orders.next_after(recording.wave, recording.digest, who.account.name))


def _go_on(recording: Recording, after: Row | None, **more: str) -> Response:
    if after is None:
        return RedirectResponse(f"/desk?{urlencode({'wave': recording.wave, **more})}", 303)
    more_words = f"?{urlencode(more)}" if more else ""
    return RedirectResponse(f"/desk/answers/{after.digest}{more_words}", 303)


@router.post("/answers/{digest}/transcript", dependencies=sent_here)
def edit_transcript(
    who: Researcher,
    site: SiteHere,
    recording: RecordingHere,
    text: Annotated[str, Form(max_length=2 * LONGEST_EDIT)],
) -> Response:
    """Another text in the place of what was heard. This answer alone is read again, and what rests on it compared again."""
    answer, question = _asked(site, recording)
    edit = counting(answer.edits).get(TRANSCRIPT)
    if edit is not None and edit.author == SPEAKER:
        raise HTTPException(409, "The speaker put this transcript right, and their word counts.")
    checked = check_correction(TRANSCRIPT, text or " ", question, answer.transcript)
    if checked != answer.transcript.text:
        site.opened.store.add_correction(recording.digest, TRANSCRIPT, checked, who.account.name)
        site.backroom.add(recording)
        return RedirectResponse(f"/desk/answers/{recording.digest}?saved=1", 303)
    return RedirectResponse(f"/desk/answers/{recording.digest}", 303)


@router.post("/answers/{digest}/withdraw", dependencies=sent_here)
def withdraw(who: Researcher, site: SiteHere, recording: RecordingHere, orders: OrdersHere, field: Short) -> Response:
    """Take back what one said oneself of a field; what others said stays, and the taking back is kept too."""
    if field not in FIELDS:
        raise HTTPException(422, "There is no such field.")
    answer, _ = _asked(site, recording)
    mine = [c.value for c in (*answer.corrections, *answer.edits) if (c.field, c.author) == (field, who.account.name)]
    if mine and mine[-1]:
        site.opened.store.add_correction(recording.digest, field, "", who.account.name)
        if field == TRANSCRIPT:
            site.backroom.add(recording)
        orders.renew(recording.wave)
    return RedirectResponse(f"/desk/answers/{recording.digest}", 303)
