"""Image tags (distribution-spec "Pulling manifests")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portside.names.errors import MalformedName

_GRAMMAR = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}")


@dataclass(frozen=True, slots=True, order=True)
class Tag:
    """An image tag, as in ``latest``.

    Raises:
        MalformedName: the text is empty, longer than 128 characters or outside the grammar.
    """

    text: str

    def __post_init__(self) -> None:
        if not _GRAMMAR.fullmatch(self.text):
            raise MalformedName(
                "tag", self.text, "1 to 128 characters of letters, digits, . _ -, not first . or -"
            )

    def __str__(self) -> str:
        return self.text
