"""Files of stanzas, ``Name: value`` (deb822(5); RFC 822 without folding that matters here)."""

from __future__ import annotations

from collections.abc import Iterator

STANZAS_MAX = 200_000


def read_stanzas(text: str) -> Iterator[dict[str, str]]:
    """The fields of each stanza by name; lines that go on a field are left out."""
    fields: dict[str, str] = {}
    count = 0
    for line in text.splitlines():
        if not line.strip():
            if fields:
                yield fields
                count += 1
                fields = {}
            if count >= STANZAS_MAX:
                return
        elif not line[0].isspace():
            name, colon, value = line.partition(":")
            if colon:
                fields.setdefault(name, value.strip())
    if fields:
        yield fields
