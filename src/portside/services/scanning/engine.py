"""The built-in scanner: an image's layers, read once, laid upon one another, and matched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from portside.blobs.store import BlobStore
from portside.manifests import documents
from portside.manifests.documents import Manifest
from portside.metadata import blobs, images, scans
from portside.metadata.advisories import AdvisoryFile
from portside.metadata.database import Database, Transaction
from portside.names.digests import Digest
from portside.registry.images import Image
from portside.registry.repositories import Repository
from portside.services.scanning.bounds import Bounds, LayerUnreadable, Limits
from portside.services.scanning.contents import READER, parse, render
from portside.services.scanning.reading import read_layer
from portside.services.scanning.scores import severity_of
from portside.vulnerabilities.ecosystems import SYSTEM_KINDS, is_supported
from portside.vulnerabilities.layers import ImageContents, Installed, LayerContents, merge
from portside.vulnerabilities.matching import Finding, match

UNSUPPORTED: Final = (
    "UnsupportedImageError: The operating system and/or package manager are not supported."
)
CHILDREN_MAX: Final = 64


class ScanFailed(Exception):  # noqa: N818 - named for what it tells
    """An image that cannot be scanned; the message says why, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A finding with the file and layer that brought the package."""

    finding: Finding
    installed: Installed


class Engine:
    """Scans images of any repository. May be used from several threads."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        clock: Callable[[], datetime],
        limits: Limits,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._limits = limits

    def contents(self, repository: Repository, image: Image) -> list[ImageContents]:
        """What an image holds; of an index, what each of its images for a platform holds.

        Raises:
            ScanFailed: a layer cannot be read, or is not there.
        """
        return [
            merge([self._layer(repository, layer) for layer in layers])
            for layers in self._layers(repository, image)
        ]

    def scan(self, repository: Repository, image: Image, advisories: AdvisoryFile) -> list[Located]:
        """The findings of an image, each weakness of a package once.

        Raises:
            ScanFailed: a layer cannot be read, or nothing in the image is known to any advisory.
        """
        found: dict[tuple[str, str, str], Located] = {}
        contents = self.contents(repository, image)
        if not any(_is_supported(one) for one in contents):
            raise ScanFailed(UNSUPPORTED)
        for one in contents:
            for located in _match(one, advisories):
                package = located.finding.package
                key = (located.finding.advisory.name, package.name, package.version)
                found.setdefault(key, located)
        return list(found.values())

    def _layers(self, repository: Repository, image: Image) -> list[list[Digest]]:
        with self._database.read() as tx:
            manifest = _manifest(tx, image)
            if not manifest.is_index:
                return [[layer.digest for layer in manifest.layers]]
            children = [
                images.find_image(tx, repository, child.digest)
                for child in manifest.children[:CHILDREN_MAX]
            ]
            manifests = [_manifest(tx, child) for child in children if child is not None]
        return [[layer.digest for layer in one.layers] for one in manifests if not one.is_index]

    def _layer(self, repository: Repository, digest: Digest) -> LayerContents:
        with self._database.read() as tx:
            known = scans.find_layer_documents(tx, [digest], READER)
            size = blobs.find_blob_size(tx, repository, digest)
        if digest.text in known:
            return parse(digest.text, known[digest.text])
        if size is None:
            raise ScanFailed(f"the layer {digest} is not in the repository")
        return self._read(digest, size)

    def _read(self, digest: Digest, size: int) -> LayerContents:
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


def _manifest(tx: Transaction, image: Image) -> Manifest:
    return documents.parse(images.get_manifest_body(tx, image), image.media_type)


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
