"""Accounts of researchers and leaders: made on the command line, their passwords kept as argon2id hashes."""

from __future__ import annotations

import re
from datetime import timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from voicepulse.errors import AccessError
from voicepulse.secret import hash_of, new_secret
from voicepulse.storage.access import Access, Account, Role
from voicepulse.storage.clock import after, now

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")  # no space, so nobody can be called what speakers are kept as
SHORTEST_PASSWORD, LONGEST_PASSWORD = 12, 256  # NIST SP 800-63B: length counts, not kinds of characters
SESSION_LASTS = timedelta(hours=12)

_HASHER = PasswordHasher()  # argon2id with the parameters of RFC 9106's second choice
_NOBODY = _HASHER.hash(new_secret())  # checked for unknown names, so that the time tells nothing


def add_account(access: Access, name: str, role: Role, password: str) -> Account:
    """Make an account.

    Raises:
        AccessError: the name is none or taken, or the password is too short.
    """
    if not NAME.fullmatch(name):
        raise AccessError(f"'{name}' is no name of an account.", "Use letters, digits, dots, hyphens; no spaces.")
    account = Account(name, role, _hash(password), now())
    if not access.add_account(account):
        raise AccessError(
            f"There is an account '{name}' already.", f"Change its password: voicepulse account password STUDY {name}"
        )
    return account


def change_password(access: Access, name: str, password: str) -> None:
    """Set a password and end the account's sessions.

    Raises:
        AccessError: no such account, or the password is too short.
    """
    if access.account(name) is None:
        raise AccessError(f"There is no account '{name}'.", "List them: voicepulse account list STUDY")
    access.set_password(name, _hash(password))


def _hash(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise AccessError(
            f"The password has {len(password)} characters.",
            f"Take {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}; four or five random words do well.",
        )
    return _HASHER.hash(password)


def log_in(access: Access, name: str, password: str) -> str | None:
    """The secret of a new session, or None where name and password do not fit together."""
    account = access.account(name)
    try:
        _HASHER.verify(account.password if account else _NOBODY, password[: LONGEST_PASSWORD + 1])
    except (VerifyMismatchError, InvalidHashError):
        return None
    if account is None:
        return None
    secret = new_secret()
    access.add_session(hash_of(secret), account.name, after(SESSION_LASTS))
    return secret
