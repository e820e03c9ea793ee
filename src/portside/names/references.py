"""What stands after ``manifests/`` in a path: a tag or a digest."""

from __future__ import annotations

from portside.names.digests import Digest
from portside.names.tags import Tag

Reference = Tag | Digest


def parse_reference(text: str) -> Reference:
    """Read a reference; whatever holds a colon is an attempt at a digest.

    Raises:
        MalformedName: neither a digest nor a tag.
    """
    return Digest(text) if ":" in text else Tag(text)
