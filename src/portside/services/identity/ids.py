"""Unique ids and access keys as IAM makes them (IAM user guide, "Unique identifiers")."""

from __future__ import annotations

import secrets
from typing import Final

from portside.identity.identities import UNIQUE_ID_PREFIXES

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_UNIQUE_LENGTH: Final = 17
_KEY_LENGTH: Final = 16
_SECRET_BYTES: Final = 30


def unique_id(kind: str) -> str:
    """An id that is never given to another: its kind's prefix and chance."""
    return UNIQUE_ID_PREFIXES[kind] + _random(_UNIQUE_LENGTH)


def access_key_pair() -> tuple[str, str]:
    """An access key's id and secret."""
    return "AKIA" + _random(_KEY_LENGTH), secrets.token_urlsafe(_SECRET_BYTES)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
