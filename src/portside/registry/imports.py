"""Taking images over from another registry: which, under which names, and what became of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portside.names.errors import MalformedName
from portside.names.repositories import RepositoryName
from portside.registry.upstreams import Endpoint, parse_endpoint
from portside.registry.wildcards import matches

_SOURCE: Final = re.compile(r"((?:https?://)?[^/]+)(?:/(.*))?", re.IGNORECASE)


class Outcome(StrEnum):
    """What became of a tag."""

    COPIED = "copied"
    PRESENT = "present"
    WANTED = "wanted"
    """It would be copied, if this were no dry run."""
    CONFLICT = "conflict"
    """It names another image here, and may not move."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A tag, or a whole repository where there is no tag, and what became of it."""

    repository: str
    """As it is called here, or there where it cannot be called so here."""
    tag: str | None
    outcome: Outcome
    digest: str | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is taken over. Patterns may have ``*``; none of them means everything."""

    repositories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    into: str | None = None
    """A namespace that all repositories come into."""

    def wants_repository(self, name: str) -> bool:
        """Whether a repository of the source is wanted."""
        return _any_matches(self.repositories, name)

    def wants_tag(self, tag: str) -> bool:
        """Whether a tag is wanted."""
        return _any_matches(self.tags, tag)

    def name_here(self, name: str) -> RepositoryName:
        """What a repository of the source is called here.

        Raises:
            MalformedName: no repository can be called so.
        """
        return RepositoryName(f"{self.into.strip('/')}/{name}" if self.into else name)


def _any_matches(patterns: Sequence[str], text: str) -> bool:
    return not patterns or any(matches(pattern, text) for pattern in patterns)


def parse_source(text: str) -> tuple[Endpoint, str | None]:
    """The registry that an argument names, and the repository in it, if it names one.

    Raises:
        ValueError: it is not ``HOST[:PORT][/REPOSITORY]``, or that behind http:// or https://.
    """
    found = _SOURCE.fullmatch(text)
    if found is None:
        raise ValueError("expected HOST[:PORT][/REPOSITORY]")
    repository = (found[2] or "").strip("/")
    try:
        name = RepositoryName(repository).text if repository else None
    except MalformedName as error:
        raise ValueError(str(error)) from error
    return parse_endpoint(found[1])[1], name
