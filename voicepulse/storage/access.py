"""Who may come in by the browser: speakers' links, accounts, and sessions. Of every secret only a hash is kept."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

from sqlalchemy import ColumnElement, Engine, delete, select, true, update
from sqlalchemy.dialects.sqlite import insert

from voicepulse.storage import schema
from voicepulse.storage.clock import now

Role = Literal["researcher", "leader"]
ROLES: tuple[Role, ...] = ("researcher", "leader")


@dataclass(frozen=True, slots=True)
class Invite:
    """A speaker's link. `browser` is the hash of the secret of the browser that consented, `wave` what it consented to answer."""

    id: str
    speaker: str
    made_at: str
    expires_at: str
    revoked_at: str | None = None
    browser: str | None = None
    wave: str | None = None
    done_at: str | None = None

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= now()


@dataclass(frozen=True, slots=True)
class Account:
    """A researcher or a leader; `password` is an argon2 hash."""

    name: str
    role: Role
    password: str
    made_at: str


class Access:
    """Links, accounts and sessions of one study."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # -- links

    def add_invite(self, invite: Invite, token: str) -> None:
        """Keep a link under the hash of its secret; links of this speaker from before are revoked."""
        table = schema.invite
        with self._engine.begin() as connection:
            connection.execute(
                update(table)
                .where(table.c.speaker == invite.speaker, table.c.revoked_at.is_(None))
                .values(revoked_at=invite.made_at)
            )
            values = {field.name: getattr(invite, field.name) for field in fields(Invite)}
            connection.execute(insert(table).values(**values, token=token))

    def invite_of_token(self, token: str) -> Invite | None:
        """The link whose secret has this hash."""
        return next(iter(self._invites(schema.invite.c.token == token)), None)

    def invite(self, identifier: str) -> Invite | None:
        return next(iter(self._invites(schema.invite.c.id == identifier)), None)

    def invites(self) -> list[Invite]:
        """All links, the oldest first."""
        return self._invites(true())

    def _invites(self, condition: ColumnElement[bool]) -> list[Invite]:
        column = schema.invite.c
        wanted = select(*(column[field.name] for field in fields(Invite))).where(condition)
        with self._engine.connect() as connection:
            return [Invite(*row) for row in connection.execute(wanted.order_by(column.made_at, column.id))]

    def take_invite(self, identifier: str, browser: str, wave: str) -> bool:
        """Make a link this browser's; False where it is another's already."""
        table = schema.invite
        with self._engine.begin() as connection:
            done = connection.execute(
                update(table)
                .where(table.c.id == identifier, table.c.browser.is_(None))
                .values(browser=browser, wave=wave)
            )
        return bool(done.rowcount)

    def finish_invite(self, identifier: str, at: str | None) -> None:
        """Keep when a speaker was done; None where they go on."""
        with self._engine.begin() as connection:
            connection.execute(update(schema.invite).where(schema.invite.c.id == identifier).values(done_at=at))

    def revoke_invites(self, speaker: str) -> int:
        """Let no link of a speaker work any more; returns how many did."""
        table = schema.invite
        with self._engine.begin() as connection:
            return connection.execute(
                update(table).where(table.c.speaker == speaker, table.c.revoked_at.is_(None)).values(revoked_at=now())
            ).rowcount

    # -- accounts

    def add_account(self, account: Account) -> bool:
        """Keep an account; False where the name is taken."""
        values = {field.name: getattr(account, field.name) for field in fields(Account)}
        with self._engine.begin() as connection:
            added = connection.execute(insert(schema.account).values(**values).on_conflict_do_nothing())
        return bool(added.rowcount)

    def account(self, name: str) -> Account | None:
        return next((account for account in self.accounts() if account.name == name), None)

    def accounts(self) -> list[Account]:
        column = schema.account.c
        wanted = select(*(column[field.name] for field in fields(Account))).order_by(column.name)
        with self._engine.connect() as connection:
            return [Account(*row) for row in connection.execute(wanted)]

    def set_password(self, name: str, password: str) -> None:
        """Set a new hash; whoever is logged in under the old one is not any more."""
        with self._engine.begin() as connection:
            connection.execute(update(schema.account).where(schema.account.c.name == name).values(password=password))
            connection.execute(delete(schema.session).where(schema.session.c.account == name))

    def remove_account(self, name: str) -> bool:
        """Remove an account with its sessions; False where there was none."""
        with self._engine.begin() as connection:
            return bool(connection.execute(delete(schema.account).where(schema.account.c.name == name)).rowcount)

    # -- sessions

    def add_session(self, token: str, account: str, expires_at: str) -> None:
        """Keep a session under the hash of its secret; those that are over are dropped."""
        table = schema.session
        with self._engine.begin() as connection:
            connection.execute(delete(table).where(table.c.expires_at <= now()))
            connection.execute(insert(table).values(token=token, account=account, expires_at=expires_at))

    def account_of_session(self, token: str) -> Account | None:
        """Who is logged in under this hash, as long as the session lasts."""
        table = schema.session
        wanted = select(table.c.account).where(table.c.token == token, table.c.expires_at > now())
        with self._engine.connect() as connection:
            name = connection.execute(wanted).scalar()
        return None if name is None else self.account(name)

    def end_session(self, token: str) -> None:
        with self._engine.begin() as connection:
            connection.execute(delete(schema.session).where(schema.session.c.token == token))
