"""A speaker's own answers as they stand: how far each has come, what was heard and what was understood. Nobody else's."""

from __future__ import annotations

from dataclasses import dataclass, replace

from voicepulse.backroom import Standing, State
from voicepulse.interpretation.answers import Answer
from voicepulse.report.understood import understood
from voicepulse.results import answers
from voicepulse.storage.store import Recording
from voicepulse.study import Question
from voicepulse.web.site import Site
from voicepulse.web.who import Visit

PENDING: tuple[State, ...] = ("kept", "waiting", "transcribing", "reading")


@dataclass(frozen=True, slots=True)
class OwnAnswer:
    """A question and what the speaker gave to it; `answer` is None as long as it has no transcript."""

    question: Question
    recording: Recording | None = None
    standing: Standing | None = None
    answer: Answer | None = None

    @property
    def is_pending(self) -> bool:
        return self.standing is not None and self.standing.state in PENDING

    @property
    def progress(self) -> str:
        """How far it has come, in words."""
        if self.standing is None:
            return "Not answered."
        ahead = self.standing.ahead
        before = f"{ahead} answer{'s are' if ahead != 1 else ' is'} before yours." if ahead else "Yours is next."
        return {
            "kept": "Kept. It is written down as soon as there is time.",
            "waiting": f"Kept. {before}",
            "transcribing": "Kept. It is being written down.",
            "reading": "Written down. It is being read.",
            "understood": "",
            "no speech": "Kept, but no words were heard in it. Record it again, or type it.",
            "failed": "Kept, but it could not be worked on. The researcher sees that; you can also record it again, or type it.",
        }[self.standing.state]

    @property
    def words(self) -> str:
        return self.answer.transcript.text if self.answer else ""

    @property
    def understood(self) -> str:
        """What was understood, in words; nothing while it is being worked on, for it may be of the text before."""
        return understood(self.question, self.answer) if self.answer and not self.is_pending else ""


def own_recordings(site: Site, visit: Visit) -> dict[str, Recording]:
    """The recordings of a speaker that count in their wave, by question."""
    current = site.opened.store.current_recordings(visit.wave, visit.speaker.id)
    return {recording.question: recording for recording in current}


def own_answers(site: Site, visit: Visit, *, brief: bool = False) -> list[OwnAnswer]:
    """All questions in their order with what this speaker gave to each; `brief` without any words as long as all are being worked on."""
    opened, recordings = site.opened, own_recordings(site, visit)
    standings = {r.digest: site.backroom.standing(r.digest) for r in recordings.values()}
    given: dict[str, Answer] = {}
    if not (brief and all(standing is not None and standing.state in PENDING for standing in standings.values())):
        alone = replace(opened, study=opened.study.model_copy(update={"speakers": (visit.speaker,)}))
        given = {a.recording: a for a in answers(alone, visit.wave, site.instruments, with_unread=True)}
    found = []
    for question in opened.study.questions:
        recording = recordings.get(question.id)
        if recording is None:
            found.append(OwnAnswer(question))
            continue
        answer = given.get(recording.digest)
        standing = standings[recording.digest]
        if standing is None or (standing.state == "understood" and _standing(answer).state != "understood"):
            standing = _standing(answer)  # the text or the question changed since it was understood
        found.append(OwnAnswer(question, recording, standing, answer))
    return found


def _standing(answer: Answer | None) -> Standing:
    """Where an answer stands that came before this server began, from what the database has."""
    if answer is None:
        return Standing("kept")
    if not answer.transcript.has_speech:
        return Standing("no speech")
    return Standing("reading" if answer.reading.provenance.get("reader") == "unread" else "understood")


def next_question(site: Site, visit: Visit, after: str = "") -> Question | None:
    """The next question without an answer, going round once; None where all are answered."""
    answered = own_recordings(site, visit)
    questions = site.opened.study.questions
    start = next((number + 1 for number, q in enumerate(questions) if q.id == after), 0)
    return next((q for q in (*questions[start:], *questions[:start]) if q.id not in answered), None)
