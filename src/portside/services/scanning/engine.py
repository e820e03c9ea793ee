"""The built-in scanner: an image's layers, read once, laid upon one another, and matched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from portside.blobs.store import BlobStore
from portside.metadata import blobs, scans
from portside.metadata.advisories import AdvisoryFile
from portside.metadata.database import Database
from portside.names.digests import Digest
from portside.registry.images import Image
from portside.registry.repositories import Repository
from portside.services.scanning.bounds import Bounds, LayerUnreadable, Limits
from portside.services.scanning.contents import READER, parse, render
from portside.services.scanning.platforms import list_platforms
from portside.services.scanning.reading import read_layer
from portside.services.scanning.scanners import UNSUPPORTED, ScanFailed, once
from portside.services.scanning.scores import severity_of
from portside.services.scanning.turns import Turns
from portside.vulnerabilities.ecosystems import SYSTEM_KINDS, is_supported
from portside.vulnerabilities.layers import ImageContents, LayerContents, merge
from portside.vulnerabilities.matching import Located, match


class Engine:
    """Scans images of any repository. May be used from several threads."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        clock: Callable[[], datetime],
        limits: Limits,
        turns: Turns,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._limits = limits
        self._turns = turns

    def contents(self, repository: Repository, image: Image) -> list[ImageContents]:
        """What an image holds; of an index, what each of its images for a platform holds.

        Raises:
            ScanFailed: a layer cannot be read, or is not there.
        """
        return [
            merge([self._layer(repository, layer.digest) for layer in platform.manifest.layers])
            for platform in list_platforms(self._database, repository, image)
        ]

    def scan(self, repository: Repository, image: Image, advisories: AdvisoryFile) -> list[Located]:
        """The findings of an image, each weakness of a package once.

        Raises:
            ScanFailed: a layer cannot be read, or nothing in the image is known to any advisory.
        """
        contents = self.contents(repository, image)
        if not any(_is_supported(one) for one in contents):
            raise ScanFailed(UNSUPPORTED)
        return once(located for one in contents for located in _match(one, advisories))

    def _layer(self, repository: Repository, digest: Digest) -> LayerContents:
        known = self._known(digest)
        if known is not None:
            return known
        with self._turns.of(digest.text):
            # Another scan may have read it while this one waited.
            return self._known(digest) or self._read(repository, digest)

    def _known(self, digest: Digest) -> LayerContents | None:
        with self._database.read() as tx:
            known = scans.find_layer_documents(tx, [digest], READER)
        return parse(digest.text, known[digest.text]) if digest.text in known else None

    def _read(self, repository: Repository, digest: Digest) -> LayerContents:
        with self._database.read() as tx:
            size = blobs.find_blob_size(tx, repository, digest)
        if size is None:
            raise ScanFailed(f"the layer {digest} is not in the repository")
        pieces = self._store.read(digest, 0, size - 1)
        try:
            contents = read_layer(digest.text, pieces, Bounds(self._limits, self._clock))
        except LayerUnreadable as error:
            raise ScanFailed(f"{digest}: {error}") from error
        except FileNotFoundError as error:
            raise ScanFailed(f"the layer {digest} is not in the store") from error
        with self._database.write() as tx:
            scans.put_layer_document(tx, digest, READER, render(contents), self._clock())
        return contents


def _is_supported(contents: ImageContents) -> bool:
    if contents.distribution is not None and is_supported(contents.distribution):
        return True
    return any(one.package.kind not in SYSTEM_KINDS for one in contents.installed)


def _match(contents: ImageContents, advisories: AdvisoryFile) -> Sequence[Located]:
    return [
        Located(finding=finding, installed=installed)
        for installed in contents.installed
        for finding in match(installed.package, contents.distribution, advisories.find, severity_of)
    ]
