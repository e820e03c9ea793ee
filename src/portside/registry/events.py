"""What happened in a registry: the rows of the outbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryCreated:
    """A repository came to be."""

    repository: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryDeleted:
    """A repository went, with everything in it."""

    repository: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePushed:
    """An image, or another tag for one, was pushed."""

    repository: str
    digest: str
    media_type: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDeleted:
    """An image, or only some tags of it, was deleted."""

    repository: str
    digest: str
    tags: tuple[str, ...]
    image_gone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageArchived:
    """An image was moved to the archive; it cannot be pulled until it comes back."""

    repository: str
    digest: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageActivated:
    """An image came back from the archive without being pushed."""

    repository: str
    digest: str
    tags: tuple[str, ...]


Event = (
    RepositoryCreated
    | RepositoryDeleted
    | ImagePushed
    | ImageDeleted
    | ImageArchived
    | ImageActivated
)


def render_event(event: Event) -> tuple[str, dict[str, Any]]:
    """An event's kind and its document, for storage."""
    fields = {name: getattr(event, name) for name in event.__slots__}
    document = {k: list(v) if isinstance(v, tuple) else v for k, v in fields.items()}
    return type(event).__name__, document
