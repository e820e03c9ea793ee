"""Repository names (distribution-spec "Pulling manifests"; ECR CreateRepository)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from portside.names.errors import MalformedName

LENGTH_MIN: Final = 2
LENGTH_MAX: Final = 256

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_GRAMMAR = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")


@dataclass(frozen=True, slots=True, order=True)
class RepositoryName:
    """A repository's name with its namespaces, as in ``team-a/web-app``.

    The grammar is the distribution specification's, of which ECR's is a part; the length is ECR's.

    Raises:
        MalformedName: the text is too short, too long or outside the grammar.
    """

    text: str

    def __post_init__(self) -> None:
        if not LENGTH_MIN <= len(self.text) <= LENGTH_MAX or not _GRAMMAR.fullmatch(self.text):
            raise MalformedName(
                "repository name",
                self.text,
                "2 to 256 characters of lower-case letters, digits and single separators . _ - /",
            )

    def __str__(self) -> str:
        return self.text
