"""Digests: the name of bytes (OCI image-spec, descriptor.md, section "Digests")."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from portside.names.errors import MalformedName

HEX_LENGTHS: Final = {"sha256": 64, "sha512": 128}
"""The registered algorithms, each with the length of its lower-case hexadecimal encoding."""

_GRAMMAR = re.compile(r"sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128}")


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """An algorithm and the hexadecimal digest that it gave, as in ``sha256:2c26…``.

    Raises:
        MalformedName: the text is no registered digest.
    """

    text: str

    def __post_init__(self) -> None:
        if len(self.text) > 135 or not _GRAMMAR.fullmatch(self.text):
            raise MalformedName("digest", self.text, "expected sha256:<64 hex> or sha512:<128 hex>")

    @property
    def algorithm(self) -> str:
        """``sha256`` or ``sha512``."""
        return self.text[:6]

    @property
    def encoded(self) -> str:
        """The hexadecimal part."""
        return self.text[7:]

    def __str__(self) -> str:
        return self.text

    @classmethod
    def of(cls, content: bytes, algorithm: str = "sha256") -> Digest:
        """The digest of these bytes under a registered algorithm."""
        return cls(f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}")
