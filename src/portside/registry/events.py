"""What happened in a registry: the rows of the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portside.names.accounts import RegistryId


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
    """An image, or another tag for one, was pushed, or came from another registry."""

    repository: str
    digest: str
    media_type: str
    tags: tuple[str, ...]
    replicated: bool = False
    """Whether replication did it: what came so goes no further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDeleted:
    """An image, or only some tags of it, was deleted."""

    repository: str
    digest: str
    tags: tuple[str, ...]
    image_gone: bool
    replicated: bool = False
    """Whether replication did it, as with pushes."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequested:
    """An image waits for a scan."""

    repository: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageScanned:
    """A scan of an image ended; ``counts`` are its findings by severity."""

    repository: str
    digest: str
    tags: tuple[str, ...]
    status: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageExpired:
    """A lifecycle policy had an image go; :class:`ImageDeleted` tells of the same image before."""

    repository: str
    digest: str
    tags: tuple[str, ...]
    rule_priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReplicated:
    """An image was copied to this registry, or could not be; one event for each of its tags."""

    repository: str
    digest: str
    tag: str | None
    source_account: str
    source_region: str
    failure_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillDue:
    """There is more to do for a backfill of this registry."""

    backfill_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PullThroughCacheAction:
    """A copy was made from an upstream registry, or could not be renewed (``failure`` says why)."""

    repository: str
    prefix: str
    upstream_url: str
    digest: str | None
    tag: str | None
    failure: str | None


Event = (
    RepositoryCreated
    | RepositoryDeleted
    | ImagePushed
    | ImageDeleted
    | ImageArchived
    | ImageActivated
    | ScanRequested
    | ImageScanned
    | ImageExpired
    | ImageReplicated
    | BackfillDue
    | PullThroughCacheAction
)


def render_event(event: Event) -> tuple[str, dict[str, Any]]:
    """An event's kind and its document, for storage."""
    fields = {name: getattr(event, name) for name in event.__slots__}
    document = {k: list(v) if isinstance(v, tuple) else v for k, v in fields.items()}
    return type(event).__name__, document


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """An event as it stands in the outbox; ``id`` grows in the order in which events came."""

    id: int
    registry: RegistryId
    kind: str
    document: Mapping[str, Any]
    occurred_at: datetime

    @property
    def lane(self) -> str:
        """Within what reactions run one after the other: the event's repository.

        An event that concerns no repository has its registry for a lane.
        """
        where = f"{self.registry.account.text}/{self.registry.region.text}"
        repository = self.document.get("repository")
        return f"{where}/{repository}" if repository else where
