"""A layer that two images have, scanned at once, is read once."""

import gzip
import io
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.unit.services.registry_in_a_folder import REGISTRY, Clock, RegistryInAFolder

from portside.blobs.folder import FolderBlobStore
from portside.metadata import images
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.services.repositories import require
from portside.services.scanning.bounds import Limits
from portside.services.scanning.engine import Engine
from portside.services.scanning.scanners import ScanFailed
from portside.services.scanning.turns import Turns


class CountingStore(FolderBlobStore):
    """Counts reads, and lets the first one go on only when a second scan is on its way."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.reads: list[str] = []
        self.both = threading.Barrier(2)

    def read(self, digest: Digest, first: int, last: int) -> Iterator[bytes]:
        self.reads.append(digest.text)
        return super().read(digest, first, last)


def layer(path: str, content: bytes) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        member = tarfile.TarInfo(path)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


BASE = layer("etc/os-release", b"ID=debian\nVERSION_ID=11\n")
OWN = [layer(f"app/node_modules/n{n}/package.json", b"{}") for n in range(2)]


def test_a_shared_layer_is_read_once(tmp_path: Path) -> None:
    """Each scan has the whole image, and the base was read by one of them only."""
    stores: list[CountingStore] = []

    def make(root: Path) -> FolderBlobStore:
        stores.append(CountingStore(root))
        return stores[-1]

    registry = RegistryInAFolder(tmp_path, Clock(), make)
    registry.store.prepare()
    registry.create("app")
    digests: list[Digest] = []
    for own in OWN:
        for content in (b"{}", BASE, own):
            registry.put_blob("app", content)
        digests.append(registry.push("app", f"v{len(digests)}", b"{}", BASE, own))
    turns = Turns()

    def scan(digest: Digest) -> str:
        engine = Engine(registry.database, stores[0], registry.clock, Limits(), turns)
        with registry.database.read() as tx:
            repository = require(tx, REGISTRY, RepositoryName("app"))
            image = images.find_image(tx, repository, digest)
        assert image is not None
        stores[0].both.wait(30)
        (contents,) = engine.contents(repository, image)
        assert contents.distribution is not None
        return contents.distribution.id

    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(scan, digests)) == ["debian", "debian"]
    expected = [Digest.of(content).text for content in (BASE, *OWN)]
    assert sorted(stores[0].reads) == sorted(expected)
    registry.close()


def test_turns() -> None:
    """One at a time by name, others at once, also after a failure; nothing is kept."""
    turns = Turns()
    inside: list[int] = []
    most: list[int] = []

    def enter(_: int) -> None:
        with turns.of("one"):
            inside.append(1)
            most.append(len(inside))
            inside.pop()

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(enter, range(200)))
    assert set(most) == {1}
    with turns.of("one"), turns.of("other"):
        pass
    with pytest.raises(ScanFailed), turns.of("one"):
        raise ScanFailed("for some reason")
    with turns.of("one"):
        pass
    assert turns._turns == {}
