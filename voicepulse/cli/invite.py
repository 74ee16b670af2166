"""`voicepulse invite STUDY`: a personal link for each speaker."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voicepulse.cli.arguments import Json, StudyPath

if TYPE_CHECKING:
    from voicepulse.invitations import Link
    from voicepulse.workspace import OpenStudy


def invite(
    study: StudyPath,
    speaker: Annotated[
        list[str] | None, typer.Option(help="Only for these speakers; may be given several times.")
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Where the server is reached; by default as it was last served.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="How long one may answer by it.")] = 21,
    again: Annotated[bool, typer.Option("--again", help="Make new links; the old ones stop working.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Let the links stop working, and make none.")] = False,
    qr: Annotated[bool, typer.Option("--qr", help="Show each as a QR code too.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write each QR code as an SVG into this folder, for nobody else to read.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a link for each speaker who has none. It is shown once: only a hash is kept.

    A link is for one person: from consent on it works in that browser alone, and from anywhere else it only withdraws.
    """
    from voicepulse.cli.console import print_json, screen
    from voicepulse.invitations import check_speaker, make_link
    from voicepulse.workspace import open_study

    with open_study(study) as opened:
        wanted = speaker or [s.id for s in opened.study.speakers if not opened.store.fact(f"erased:{s.id}")]
        if revoke:
            stopped = sum(opened.store.access.revoke_invites(one) for one in wanted)
            screen.print(f"{stopped} links stopped working.")
            return
        working = {i.speaker: i for i in opened.store.access.invites() if i.revoked_at is None and not i.is_expired}
        for one in wanted:
            check_speaker(opened, one)  # all of them before the first old link stops
        reached = address or opened.store.address() or "http://127.0.0.1:8080"
        made = [make_link(opened, one, reached, timedelta(days=days)) for one in wanted if again or one not in working]
        pictures = {link.invite.speaker: str(_picture(link, out)) for link in made} if out else {}
        if json:
            links = [
                {"speaker": link.invite.speaker, "link": link.address, "expires": link.invite.expires_at}
                for link in made
            ]
            had = {one: working[one].expires_at for one in wanted if one in working and not again}
            print_json({"made": links, "had_one": had, "pictures": pictures})
            return
        for link in made:
            screen.print(f"{_name(opened, link)}\n  {link.address}", markup=False, soft_wrap=True)
            if qr:
                _show(link)
        left = [one for one in wanted if one in working and not again]
        if left:
            screen.print(
                f"{', '.join(left)} had a working link already; --again makes new ones, and the old ones stop.",
                markup=False,
            )
        if made:
            screen.print(
                f"Each is one person's, and works until {made[0].invite.expires_at[:10]}. They are not shown again."
            )


def _name(opened: OpenStudy, link: Link) -> str:
    speaker = opened.study.speaker(link.invite.speaker)
    return speaker.label if speaker else link.invite.speaker


def _show(link: Link) -> None:
    import segno

    segno.make(link.address, micro=False).terminal(compact=True)


def _picture(link: Link, folder: Path) -> Path:
    """The QR code on disk. Whoever reads it has the link, so nobody else may."""
    import segno

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"invite-{link.invite.speaker}.svg"
    path.touch(mode=0o600)
    path.chmod(0o600)
    segno.make(link.address, micro=False).save(str(path), scale=8)
    return path
