"""How much there is of what, at a moment: what operators watch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portside.names.accounts import RegistryId


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryLevel:
    """How many repositories and images a registry has."""

    registry: RegistryId
    repository_count: int
    image_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageLevels:
    """What is stored. ``scans`` counts images by the state of their newest scan."""

    registries: tuple[RegistryLevel, ...]
    blob_count: int
    blob_bytes: int
    manifest_bytes: int
    scans: Mapping[str, int]
    advisories_at: datetime | None
    """When the newest advisories were imported; ``None`` where there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkLevels:
    """What is to be done. Reactions are counted by their names.

    ``oldest_event_at`` is when the oldest event occurred to which somebody is still to react.
    """

    uploads_open: int
    events_waiting: int
    oldest_event_at: datetime | None
    reactions_waiting: Mapping[str, int]
    reactions_failed: Mapping[str, int]
    schedules_failing: int
