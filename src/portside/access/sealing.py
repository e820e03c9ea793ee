"""Secrets at rest: sealed under a key that is kept elsewhere, so that their rows reveal nothing.

AES-256-GCM with a random nonce (NIST SP 800-38D). What a secret is for is authenticated with it: a
sealed value that is copied to another row does not open there.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


class SealBroken(Exception):  # noqa: N818 - named for what it tells
    """Not sealed under this key for this purpose, or changed since."""


class Seal:
    """Seals and opens under one key of 32 bytes."""

    OVERHEAD_BYTES: Final = _NONCE_BYTES + 16
    """By how much what is sealed is longer than what it was: nonce and tag."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, content: bytes, purpose: str) -> bytes:
        """The content sealed for one purpose; never the same bytes twice."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, content, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed for this purpose.

        Raises:
            SealBroken: it was not, or not under this key.
        """
        try:
            return self._cipher.decrypt(
                sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose.encode()
            )
        except (InvalidTag, ValueError) as error:
            raise SealBroken(purpose) from error

    def seal_text(self, text: str, purpose: str) -> str:
        """As :meth:`seal`, as printable text."""
        return to_text(self.seal(text.encode(), purpose))

    def open_text(self, sealed: str, purpose: str) -> str:
        """As :meth:`open`, of what :meth:`seal_text` made; raises as it does."""
        return self.open(from_text(sealed), purpose).decode()


def access_key_purpose(access_key_id: str) -> str:
    """For what the secret of an access key is sealed."""
    return f"access-key {access_key_id}"


def to_text(content: bytes) -> str:
    """Bytes as base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def from_text(text: str) -> bytes:
    """What :func:`to_text` was given.

    Raises:
        SealBroken: the text is no base64url.
    """
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error) as error:
        raise SealBroken("base64url") from error
