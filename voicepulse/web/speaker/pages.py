"""The speaker's pages after consent: question by question, alone; then what was understood, and the last word on it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field

from voicepulse.audio.microphone import CLIPPING, TOO_QUIET
from voicepulse.interpretation.answers import LONGEST_EDIT, SPEAKER, TRANSCRIPT
from voicepulse.storage.clock import now
from voicepulse.storage.store import Recording
from voicepulse.study import Question
from voicepulse.web.site import Site, SiteHere
from voicepulse.web.sound import sound_response
from voicepulse.web.speaker.arrival import erased
from voicepulse.web.speaker.corrections import (
    NONE_OF_THESE,
    OTHERS,
    CorrectionForm,
    check_sent,
    fields_now,
    form_of,
    sent_fields,
)
from voicepulse.web.speaker.own_answers import OwnAnswer, next_question, own_answers, own_recordings
from voicepulse.web.speaker.takes import keep_answer, longest_seconds
from voicepulse.web.who import SPEAKER_COOKIE, AnsweringSpeaker, SpeakerHere, Visit, form_of_speaker

router = APIRouter(prefix="/speak/{invite_id}", tags=["speaker"])
FORM = [Depends(form_of_speaker)]
Text = Annotated[str, Form(max_length=LONGEST_EDIT)]
Word = Annotated[str, Form(max_length=64)]
Shown = Annotated[str, Form(pattern=r"^([0-9a-f]{64})?$", description="The recording that the page was of.")]
Sent = Annotated[dict[str, str], Depends(sent_fields)]


class AnswerState(BaseModel):
    """How far one of the speaker's own answers has come."""

    question: str
    kept: bool = Field(description="Whether there is an answer; everything else is about it.")
    state: str = Field(
        description="kept, waiting, transcribing, reading, understood, no speech, failed; empty where nothing is kept."
    )
    progress: str = Field(description="The same in words for the speaker.")
    pending: bool = Field(description="Whether this will change by itself.")
    ahead: int = Field(description="Answers of whoever before this one.")
    seconds: float | None = Field(description="From its arrival until it was understood.")
    words: str
    understood: str


def asked(site: SiteHere, question: str) -> Question:
    """The question in the address, or 404."""
    found = site.opened.study.question(question)
    if found is None:
        raise HTTPException(404, "The study does not ask this question.")
    return found


Asked = Annotated[Question, Depends(asked)]


@router.get("")
def home(request: Request, site: SiteHere, visit: SpeakerHere) -> Response:
    """Where the speaker is: which questions are answered, and the way on."""
    if visit.invite.done_at is not None:
        return _page(request, site, visit, "speaker/done.html.j2", {})
    shown = {
        "next": next_question(site, visit),
        "consents": site.opened.store.consents(visit.speaker.id, visit.wave),
    }
    return _page(request, site, visit, "speaker/home.html.j2", shown)


@router.get("/microphone")
def microphone(request: Request, site: SiteHere, visit: SpeakerHere) -> Response:
    """A level meter that says whether one will be heard."""
    shown = {"too_quiet": TOO_QUIET, "clipping": CLIPPING, "next": next_question(site, visit)}
    return _page(request, site, visit, "speaker/microphone.html.j2", shown)


@router.get("/next")
def go_on(site: SiteHere, visit: SpeakerHere, after: str = "") -> Response:
    """To the next question without an answer, or to the check at the end."""
    question = next_question(site, visit, after)
    return _to(visit, f"/questions/{question.id}" if question else "/check")


@router.get("/questions/{question}")
def question_page(request: Request, site: SiteHere, visit: SpeakerHere, question: Asked) -> Response:
    """One question, alone: speak or type. Its options are not listed before there is an answer."""
    if visit.invite.is_expired or visit.invite.done_at is not None:
        return _to(visit)
    return _question(request, site, visit, question)


def _question(request: Request, site: Site, visit: Visit, question: Question, problem: str = "") -> Response:
    shown = {
        "question": question,
        "number": site.opened.study.questions.index(question) + 1,
        "prompt": _last_apart(question.prompt),
        "limit": longest_seconds(site.opened.study),
        "clipping": CLIPPING,
        "too_quiet": TOO_QUIET,
        "longest": LONGEST_EDIT,
        "problem": problem,
    }
    status = 422 if problem else 200
    return _page(request, site, visit, "speaker/question.html.j2", shown, status)


def _last_apart(prompt: str) -> tuple[str, str]:
    """What leads up to the last sentence, and that sentence, which asks."""
    *before, last = re.split(r"(?<=[.!?:])\s+(?=\S)", prompt.strip())
    return " ".join(before), last


@router.post("/questions/{question}/typed", dependencies=FORM)
def typed(request: Request, site: SiteHere, visit: AnsweringSpeaker, question: Asked, text: Text) -> Response:
    """An answer that was typed; it counts as one that was spoken."""
    if not text.strip():
        return _question(request, site, visit, question, "Nothing was typed yet.")
    recording = keep_answer(site.opened, visit, question.id, text=text)
    # the same words as once before may have been put right since
    said = site.opened.store.corrections().get(recording.digest, ())
    withdrawn = {correction.field: "" for correction in said if correction.author == SPEAKER}
    site.opened.store.add_corrections(recording.digest, withdrawn, SPEAKER)
    site.backroom.add(recording)
    return _to(visit, f"/questions/{question.id}/choice")


@router.get("/questions/{question}/choice")
def choice_page(request: Request, site: SiteHere, visit: SpeakerHere, question: Asked) -> Response:
    """After a trade-off answer is kept: which option was meant, in an order that differs from speaker to speaker."""
    if question.kind != "tradeoff":
        return _to(visit, f"/next?after={question.id}")
    recording = own_recordings(site, visit).get(question.id)
    if recording is None:
        return _to(visit, f"/questions/{question.id}")
    options = list(question.options)
    random.Random(f"{visit.invite.id} {question.id}").shuffle(options)
    shown = {
        "question": question,
        "options": options,
        "others": OTHERS,
        "said": recording.confirmed_choice,
        "recording": recording,
    }
    return _page(request, site, visit, "speaker/choice.html.j2", shown)


@router.post("/questions/{question}/choice", dependencies=FORM)
def confirm_choice(
    site: SiteHere, visit: AnsweringSpeaker, question: Asked, choice: Word, recording_shown: Shown = ""
) -> Response:
    """The speaker's own word on the choice; refused where there is no answer that it could be of."""
    recording = _kept(site, visit, question, recording_shown)
    if question.kind != "tradeoff" or choice not in question.choices:
        raise HTTPException(422, "That is no option of this question.")
    store = site.opened.store
    if not store.confirm_choice(recording.digest, choice):
        raise HTTPException(409, "There is no answer to this question yet.")
    if any(c.field == "choice" for c in store.corrections().get(recording.digest, ())):
        store.add_correction(
            recording.digest, "choice", choice, SPEAKER
        )  # the last word counts, and a correction would hide this one
    return _to(visit, f"/next?after={question.id}")


@router.get("/check")
def check(request: Request, site: SiteHere, visit: SpeakerHere, corrected: str = "", unchanged: str = "") -> Response:
    """What was heard and what was understood, to be corrected by the one who said it; `corrected` or `unchanged` is what was just sent."""
    return _check(request, site, visit, {"corrected": corrected, "unchanged": unchanged})


def _check(
    request: Request,
    site: Site,
    visit: Visit,
    shown: Mapping[str, object],
    sent: Mapping[str, CorrectionForm] | None = None,
) -> Response:
    """The check; a form in `sent` could not be used and is shown as it came."""
    given = own_answers(site, visit)
    forms = {own.question.id: form_of(own.question, own.answer) for own in given if own.answer} | dict(sent or {})
    more = {"answers": given, "forms": forms, "longest": LONGEST_EDIT, "none_of_these": NONE_OF_THESE}
    more["next"] = next_question(site, visit)
    return _page(request, site, visit, "speaker/check.html.j2", {**more, **shown}, 422 if sent else 200)


@router.get("/answers")
def states(site: SiteHere, visit: SpeakerHere) -> list[AnswerState]:
    """How far each of the speaker's own answers has come; asked again and again while they wait."""
    return [_state(own) for own in own_answers(site, visit, brief=True)]


def _state(own: OwnAnswer) -> AnswerState:
    standing = own.standing
    return AnswerState(
        question=own.question.id,
        kept=own.recording is not None,
        state=standing.state if standing else "",
        progress=own.progress,
        pending=own.is_pending,
        ahead=standing.ahead if standing else 0,
        seconds=standing.seconds if standing else None,
        words=own.words,
        understood=own.understood,
    )


@router.get("/audio/{question}", responses={200: {"content": {"audio/mpeg": {}}}, 206: {}, 416: {}})
def hear(request: Request, site: SiteHere, visit: SpeakerHere, question: Asked) -> Response:
    """The speaker's own answer to hear, as MP3."""
    return sound_response(request, site.sounds.of(site.opened, _kept(site, visit, question).digest))


@router.post("/answers/{question}", dependencies=FORM)
def correct(
    request: Request,
    site: SiteHere,
    visit: AnsweringSpeaker,
    question: Asked,
    sent: Sent,
    recording_shown: Shown = "",
) -> Response:
    """The speaker's last word on an answer: its transcript, and what was read out of it. All that changed is kept, or nothing."""
    recording = _kept(site, visit, question, recording_shown)
    answer = next((own.answer for own in own_answers(site, visit) if own.question.id == question.id), None)
    if answer is None:
        raise HTTPException(409, "This answer is not written down yet. Wait a moment and send it again.")
    if not sent.keys() <= fields_now(question, answer).keys():
        raise HTTPException(422, "There is no such thing to correct.")
    checked = check_sent(question, answer, sent)
    if checked.problems:
        return _check(request, site, visit, {}, {question.id: form_of(question, answer, sent, checked.problems)})
    site.opened.store.add_corrections(recording.digest, checked.changes, SPEAKER)
    if TRANSCRIPT in checked.changes:
        site.backroom.add(recording)
    told = "corrected" if checked.changes else "unchanged"
    return _to(visit, f"/check?{told}={question.id}#answer-{question.id}")


@router.post("/done", dependencies=FORM)
def done(site: SiteHere, visit: SpeakerHere) -> Response:
    """The speaker is done; the same link still withdraws, or opens the answers again."""
    site.opened.store.access.finish_invite(visit.invite.id, now())
    return _to(visit)


@router.post("/reopen", dependencies=FORM)
def reopen(site: SiteHere, visit: SpeakerHere) -> Response:
    """Change something after all, as long as the link lasts."""
    if visit.invite.is_expired:
        raise HTTPException(410, "The time to answer by this link is over. You can still withdraw what you gave.")
    site.opened.store.access.finish_invite(visit.invite.id, None)
    return _to(visit, "/check")


@router.get("/withdraw")
def ask_withdraw(request: Request, site: SiteHere, visit: SpeakerHere) -> Response:
    """Asks whether everything shall be erased."""
    shown = {"action": f"{visit.home}/withdraw", "back": visit.home}
    return _page(request, site, visit, "speaker/withdraw.html.j2", shown)


@router.post("/withdraw", dependencies=FORM)
def withdraw(request: Request, site: SiteHere, visit: SpeakerHere) -> Response:
    """Erase everything of this speaker, here and in their browser."""
    site.erase(visit.speaker.id)
    response = erased(request, site, visit.invite)
    response.delete_cookie(SPEAKER_COOKIE, path=visit.home)
    return response


def _kept(site: Site, visit: Visit, question: Question, shown: str = "") -> Recording:
    """The recording that counts; `shown` is the one that the page was of."""
    recording = own_recordings(site, visit).get(question.id)
    if recording is None:
        raise HTTPException(409, "There is no answer to this question yet.")
    if shown and shown != recording.digest:  # said of an earlier take, in another tab
        raise HTTPException(409, "You answered this question again in the meantime. Look at the newer answer first.")
    return recording


def _page(
    request: Request, site: Site, visit: Visit, template: str, shown: Mapping[str, object], status: int = 200
) -> Response:
    may_answer = not visit.invite.is_expired and visit.invite.done_at is None
    given = own_recordings(site, visit)
    more = {"visit": visit, "csrf": visit.csrf, "study": site.opened.study, "given": given, "may_answer": may_answer}
    return site.templates.TemplateResponse(request, template, {**more, **shown}, status_code=status)


def _to(visit: Visit, place: str = "") -> Response:
    return RedirectResponse(f"{visit.home}{place}", 303)
