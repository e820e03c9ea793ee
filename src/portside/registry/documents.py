"""Policies as documents: their kinds, the text that is shown, and who changed which when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from portside.names.accounts import RegistryId
from portside.names.errors import Refusal
from portside.registry.refusals import RepositoryRefusal

CHANGES_KEPT_MAX: Final = 100
"""How many changes of one document are remembered; the oldest go first."""


class DocumentKind(StrEnum):
    """What a document of a registry, or of one of its repositories, is for."""

    REPOSITORY_POLICY = "repository-policy"
    REGISTRY_POLICY = "registry-policy"
    LIFECYCLE_POLICY = "lifecycle-policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChange:
    """Who set or removed a document, when, and what it was before and after."""

    kind: DocumentKind
    principal: str
    changed_at: datetime
    before: str | None
    """``None`` where there was no document."""
    after: str | None
    """``None`` where the document was removed."""


@dataclass(eq=False)
class RepositoryPolicyNotFound(RepositoryRefusal):
    """The repository is there and has no policy."""


@dataclass(eq=False)
class RegistryPolicyNotFound(Refusal):
    """The registry has no policy."""

    registry: RegistryId


@dataclass(eq=False)
class InvalidRepositoryPolicy(Refusal):
    """The text is no policy that a repository can have; ``reason`` says what is wrong."""

    reason: str


@dataclass(eq=False)
class InvalidRegistryPolicy(Refusal):
    """The text is no policy that a registry can have; ``reason`` says what is wrong."""

    reason: str


@dataclass(eq=False)
class PolicyWouldLockOut(Refusal):
    """Whoever sets the policy could not set another one, and did not force it."""


def render_document(document: Any) -> str:
    """A JSON document as ECR shows policies: indented by two, lists on one line, ``key : value``.

    Source: ECR API, GetRepositoryPolicy, example. Nothing of the document is reordered or changed.
    """
    return "".join(_pieces(document, 1))


def _pieces(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _object(value, depth)
    elif isinstance(value, list):
        yield "["
        for at, entry in enumerate(value):
            yield ", " if at else " "
            yield from _pieces(entry, depth)
        yield " ]"
    else:
        yield json.dumps(value, ensure_ascii=False)


def _object(value: dict[str, Any], depth: int) -> Iterator[str]:
    if not value:
        yield "{ }"
        return
    yield "{"
    for at, (key, entry) in enumerate(value.items()):
        yield ",\n" if at else "\n"
        yield f"{'  ' * depth}{json.dumps(key, ensure_ascii=False)} : "
        yield from _pieces(entry, depth + 1)
    yield "\n" + "  " * (depth - 1) + "}"
