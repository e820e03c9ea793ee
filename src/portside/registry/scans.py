"""Scans of images and their findings, as they are stored and shown (ECR API, ImageScanFindings)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from portside.registry.refusals import RepositoryRefusal

SCANS_APART: Final = timedelta(hours=24)
"""How long after a scan the next one of the same image may be asked for (ECR: once a day)."""

IMAGE_CONFIGS: Final = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)
"""The configs of images that can hold packages; whatever has another is an artifact."""


class ScanState(StrEnum):
    """How far a scan has come."""

    WAITING = "WAITING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do."""
        return self in (ScanState.COMPLETE, ScanState.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The newest scan of an image. Of a scan under way, the findings are those of the one before.

    ``database`` names the advisories that it was matched with; ``counts`` are findings by severity.
    """

    image_id: int
    state: ScanState
    description: str
    requested_at: datetime
    completed_at: datetime | None = None
    source_updated_at: datetime | None = None
    database: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFinding:
    """One finding of a scan, in the order of gravity; ``document`` has what both shapes show."""

    position: int
    severity: str
    document: dict[str, Any]


def may_scan_again(scan: Scan | None, now: datetime, apart: timedelta = SCANS_APART) -> bool:
    """Whether another scan may be asked for: none was lately, or the last one failed."""
    if scan is None or scan.state is ScanState.FAILED or scan.completed_at is None:
        return True
    return now - scan.completed_at >= apart


@dataclass(eq=False)
class ScanNotFound(RepositoryRefusal):
    """The image was never scanned."""

    digest: str | None
    tag: str | None


@dataclass(eq=False)
class ScanQuotaExceeded(RepositoryRefusal):
    """The image was scanned within the last day."""


@dataclass(eq=False)
class ImageTypeUnsupported(RepositoryRefusal):
    """An artifact that holds no packages: a chart, a signature, an SBOM."""

    digest: str


@dataclass(eq=False)
class ArchivedImageNotScanned(RepositoryRefusal):
    """The image lies in the archive, and archived images are not scanned."""

    digest: str
