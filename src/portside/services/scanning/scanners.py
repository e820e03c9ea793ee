"""What a scanner is, and the built-in one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from portside.registry.images import Image
from portside.registry.repositories import Repository
from portside.vulnerabilities.matching import Located

UNSUPPORTED: Final = (
    "UnsupportedImageError: The operating system and/or package manager are not supported."
)
COMPLETED: Final = "The scan was completed successfully."


class ScanFailed(Exception):  # noqa: N818 - named for what it tells
    """An image that cannot be scanned; the message says why, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a scan found, and with which advisories."""

    found: list[Located]
    identity: str
    updated_at: datetime | None = None
    description: str = COMPLETED


class Scanner(Protocol):
    """Scans images. Belongs to one thread; may block for as long as a scan takes."""

    def identity(self) -> str | None:
        """Names the advisories of now: images that others were used for are to be scanned again.

        ``None`` where there are none.
        """
        ...

    def scan(self, repository: Repository, image: Image) -> Outcome:
        """The findings of an image, or of an index's images for platforms.

        Raises:
            ScanFailed: it cannot be scanned.
        """
        ...


def once(found: Iterable[Located]) -> list[Located]:
    """Each weakness of a package at a version once, whichever platforms have it."""
    kept: dict[tuple[str, str, str], Located] = {}
    for located in found:
        package = located.finding.package
        key = (located.finding.advisory.name, package.name, package.version)
        kept.setdefault(key, located)
    return list(kept.values())
