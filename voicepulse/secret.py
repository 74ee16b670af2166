"""Secrets that a browser holds: 256 random bits, kept here as a hash. A plain SHA-256 is enough for what cannot be guessed."""

from __future__ import annotations

import hashlib
import secrets


def new_secret() -> str:
    """43 characters that can stand in an address."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_token(secret: str) -> str:
    """What a form must bring along: whoever knows it has the session's secret or was sent the page."""
    return hash_of(f"csrf {secret}")
