"""A link that was just made, as the desk shows it: its picture, and a text to send it with.

Between the form and the page that shows it, its secret is known to this browser alone, in a cookie of a few minutes: so the page
can be loaded again without making another link, and neither an address nor this server keeps the secret.
"""

from __future__ import annotations

import hmac

import segno
from fastapi import Request, Response
from markupsafe import Markup

from voicepulse.invitations import find_invite
from voicepulse.secret import hash_of
from voicepulse.storage.access import Invite
from voicepulse.study import Speaker, Study
from voicepulse.web.site import Site
from voicepulse.web.who import Staff, set_cookie

LINK_COOKIE = "voicepulse_link"
SHOWN_SECONDS = 300


def page_of(speaker: Speaker) -> str:
    """Where a speaker's new link is shown."""
    return f"/desk/speakers/{speaker.id}/link"


def remember(response: Response, site: Site, who: Staff, speaker: Speaker, secret: str) -> None:
    """Let this session, in this browser, see the link for a few minutes."""
    set_cookie(response, site, LINK_COOKIE, f"{secret}.{_mark(who, secret)}", page_of(speaker), SHOWN_SECONDS)


def remembered(request: Request, site: Site, who: Staff, speaker: Speaker) -> tuple[str, Invite] | None:
    """The address of a speaker's link that this session just made, while it works."""
    secret, _, mark = request.cookies.get(LINK_COOKIE, "").partition(".")
    if not hmac.compare_digest(mark.encode(), _mark(who, secret).encode()):
        return None
    invite = find_invite(site.opened, secret)
    if invite is None or invite.speaker != speaker.id or invite.revoked_at is not None:
        return None
    return f"{site.options.address.rstrip('/')}/i/{secret}", invite


def _mark(who: Staff, secret: str) -> str:
    """What only this session can have made of the secret."""
    return hash_of(f"link {who.csrf} {secret}")


def picture_of(address: str) -> Markup:
    """The link as a QR code."""
    drawn = segno.make(address, micro=False).svg_inline(scale=5, border=4, light="#fff", title="QR code of the link")
    return Markup(drawn)  # noqa: S704  (made here, of squares)


def message_of(study: Study, speaker: Speaker, address: str, invite: Invite) -> str:
    """A text to send to a speaker: who, what for, the link, until when."""
    count = len(study.questions)
    questions = f"{count} {'question' if count == 1 else 'questions'}"
    return "\n\n".join(
        (
            f"Hello {speaker.name}," if speaker.name else "Hello,",
            f"please answer {questions} for “{study.title}” in your own words, by voice, in your browser. This is your personal link:",
            address,
            f"It works until {invite.expires_at[:10]}. It is for you alone: please do not pass it on.",
        )
    )
