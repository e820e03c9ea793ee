"""Scans: asking for them, running those that wait, and showing what they found."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from portside.metadata import events, images, registry_settings, repositories, scans
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.registry.events import ImageScanned, Occurrence, ScanRequested
from portside.registry.images import Image, StorageClass, Target
from portside.registry.repositories import Repository
from portside.registry.scanning import RepositoryScanning, ScanType, scanning_of
from portside.registry.scans import (
    IMAGE_CONFIGS,
    SCANS_APART,
    ArchivedImageNotScanned,
    ImageTypeUnsupported,
    Scan,
    ScanNotFound,
    ScanQuotaExceeded,
    ScanState,
    StoredFinding,
    may_scan_again,
)
from portside.services.repositories import require
from portside.services.scanning.findings import FINDINGS_MAX, count, date, store
from portside.services.scanning.scanners import ScanFailed, Scanner
from portside.services.targets import get_target

RENEWED_AT_ONCE: Final = 200

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An image with its scan and a page of what it found."""

    image: Image
    scan: Scan
    findings: list[StoredFinding]
    enhanced: bool
    """Whether the registry has enhanced scanning, whose findings have another shape."""
    continuous: bool
    """Whether the image is scanned again whenever there are new advisories."""


class Scanning:
    """Scans the images of every registry with one scanner."""

    def __init__(
        self,
        database: Database,
        scanner: Scanner,
        clock: Callable[[], datetime],
        *,
        apart: timedelta = SCANS_APART,
    ) -> None:
        self._database = database
        self._scanner = scanner
        self._clock = clock
        self._apart = apart
        self._renewed = ""

    async def start(self, registry: RegistryId, name: RepositoryName, target: Target) -> Image:
        """Ask for a scan of an image (ECR StartImageScan); it runs in the background.

        Raises:
            RepositoryNotFound: there is no such repository.
            ImageNotFound: there is no such image.
            ImageTagDoesNotMatchDigest: tag and digest name different images.
            ArchivedImageNotScanned: it lies in the archive.
            ImageTypeUnsupported: it is an artifact that holds no packages.
            ScanQuotaExceeded: it was scanned within the last day.
        """
        return await asyncio.to_thread(self._start, registry, name, target)

    def _start(self, registry: RegistryId, name: RepositoryName, target: Target) -> Image:
        with self._database.write() as tx:
            repository = require(tx, registry, name)
            image = get_target(tx, repository, target)
            where = (registry, name.text)
            if image.storage_class is StorageClass.ARCHIVE:
                raise ArchivedImageNotScanned(*where, image.digest.text)
            if not can_hold_packages(image):
                raise ImageTypeUnsupported(*where, image.digest.text)
            known = scans.find_scan(tx, image)
            over = known is None or known.state.is_over
            if over and not may_scan_again(known, self._clock(), self._apart):
                raise ScanQuotaExceeded(*where)
            self._request(tx, repository, image)
        return image

    def scan_pushed(self, occurrence: Occurrence) -> None:
        """Ask for a scan of an image that was pushed, where its repository is scanned on push."""
        name = RepositoryName(occurrence.document["repository"])
        digest = Digest(occurrence.document["digest"])
        with self._database.write() as tx:
            repository = repositories.find_repository(tx, occurrence.registry, name)
            image = images.find_image(tx, repository, digest) if repository else None
            if repository is None or image is None or not can_be_scanned(image):
                return
            if _scanning(tx, repository).on_push:
                self._request(tx, repository, image)

    def _request(self, tx: Transaction, repository: Repository, image: Image) -> None:
        known = scans.find_scan(tx, image)
        if known is not None and not known.state.is_over:
            return
        now = self._clock()
        scans.request_scan(tx, image.id, now)
        event = ScanRequested(repository=repository.name.text, digest=image.digest.text)
        events.insert_event(tx, repository.registry, event, now)

    async def findings(
        self,
        registry: RegistryId,
        name: RepositoryName,
        target: Target,
        *,
        after: int,
        limit: int,
    ) -> Shown:
        """An image's newest scan with up to ``limit`` findings behind a position.

        Raises:
            RepositoryNotFound, ImageNotFound, ImageTagDoesNotMatchDigest: as :meth:`start`.
            ScanNotFound: it was never scanned.
        """

        def look() -> Shown:
            with self._database.read() as tx:
                repository = require(tx, registry, name)
                image = get_target(tx, repository, target)
                scan = scans.find_scan(tx, image)
                if scan is None:
                    identifier = target.identifier
                    raise ScanNotFound(registry, name.text, identifier.digest, identifier.tag)
                found = scans.list_findings(tx, image, after=after, limit=limit)
                configuration = registry_settings.get_scanning(tx, registry)
                continuous = _scanning(tx, repository).continuously
            return Shown(
                image=image,
                scan=scan,
                findings=found,
                enhanced=configuration.type is ScanType.ENHANCED,
                continuous=continuous,
            )

        return await asyncio.to_thread(look)

    async def find_scans(self, shown: Sequence[Image]) -> dict[int, Scan]:
        """The newest scans of images that were scanned, by the images' ids."""

        def look() -> dict[int, Scan]:
            with self._database.read() as tx:
                return scans.find_scans(tx, [image.id for image in shown])

        return await asyncio.to_thread(look)

    def run(self, occurrence: Occurrence) -> None:
        """Scan the image that a request names, unless that was done; takes as long as it takes."""
        name = RepositoryName(occurrence.document["repository"])
        with self._database.read() as tx:
            repository = repositories.find_repository(tx, occurrence.registry, name)
            if repository is None:
                return
            image = images.find_image(tx, repository, Digest(occurrence.document["digest"]))
            scan = scans.find_scan(tx, image) if image is not None else None
        if image is not None and scan is not None and not scan.state.is_over:
            self._run(repository, image)

    def renew(self) -> int:
        """Ask for scans of images that were matched with other advisories; how many.

        Only images of repositories that are scanned continuously are; what their layers hold is
        known to the built-in scanner, so that costs no reading. Looks through all scans once for
        each new database.
        """
        identity = self._scanner.identity()
        if identity is None or identity == self._renewed:
            return 0
        after = asked = 0
        while batch := self._outdated(identity, after):
            with self._database.write() as tx:
                for image_id, repository_id in batch:
                    repository = repositories.find_repository_by_id(tx, repository_id)
                    if repository is None or not _scanning(tx, repository).continuously:
                        continue
                    found = images.find_image_by_id(tx, image_id)
                    if found is not None and can_be_scanned(found[1]):
                        self._request(tx, repository, found[1])
                        asked += 1
            after = batch[-1][0]
        self._renewed = identity
        return asked

    def _outdated(self, identity: str, after: int) -> list[tuple[int, int]]:
        with self._database.read() as tx:
            return scans.list_outdated(tx, identity, after=after, limit=RENEWED_AT_ONCE)

    def _run(self, repository: Repository, image: Image) -> None:
        try:
            scan, found = self._scan(repository, image)
        except ScanFailed as failure:
            scan, found = self._failed(image, str(failure)), []
        except Exception:  # noqa: BLE001 - a fault of ours ends this scan, and no other
            _log.exception("scan failed", repository=repository.name.text, image=image.digest.text)
            scan, found = self._failed(image, "internal error"), []
        self._keep(repository, image, scan, found)

    def _scan(self, repository: Repository, image: Image) -> tuple[Scan, list[StoredFinding]]:
        outcome = self._scanner.scan(repository, image)
        found = store(outcome.found)
        scan = Scan(
            image_id=image.id,
            state=ScanState.COMPLETE,
            description=outcome.description,
            requested_at=self._clock(),
            completed_at=self._clock(),
            source_updated_at=outcome.updated_at,
            database=outcome.identity,
            counts=count(found),
        )
        return scan, found

    def _failed(self, image: Image, reason: str) -> Scan:
        return Scan(
            image_id=image.id,
            state=ScanState.FAILED,
            description=reason,
            requested_at=self._clock(),
            completed_at=self._clock(),
        )

    def _keep(
        self, repository: Repository, image: Image, scan: Scan, found: list[StoredFinding]
    ) -> None:
        with self._database.write() as tx:
            # The image may have been deleted while it was read.
            if images.find_image(tx, repository, image.digest) is None:
                return
            before = scans.list_findings(tx, image, after=0, limit=FINDINGS_MAX)
            scans.put_result(tx, scan, date(found, before, self._clock()))
            event = ImageScanned(
                repository=repository.name.text,
                digest=image.digest.text,
                tags=tuple(tag.text for tag in image.tags),
                status=scan.state.value,
                counts=dict(scan.counts),
            )
            events.insert_event(tx, repository.registry, event, self._clock())


def _scanning(tx: Transaction, repository: Repository) -> RepositoryScanning:
    configuration = registry_settings.get_scanning(tx, repository.registry)
    own = repository.settings.scan_on_push
    return scanning_of(configuration, repository.name, scan_on_push=own)


def can_be_scanned(image: Image) -> bool:
    """Whether an image is at hand, and one that can hold packages."""
    return image.storage_class is not StorageClass.ARCHIVE and can_hold_packages(image)


def can_hold_packages(image: Image) -> bool:
    """Whether an image is one for a platform, or an index of such, and no other artifact."""
    if image.artifact_type is not None:
        return False
    return image.config_media_type is None or image.config_media_type in IMAGE_CONFIGS
