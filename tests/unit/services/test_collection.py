"""Collection: nothing that is needed ever goes, everything that is not goes after its grace."""

import atexit
import shutil
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import text
from tests.unit.services.registry_in_a_folder import GRACE, REGISTRY, Clock, RegistryInAFolder
from tests.unit.services.stage import by_count, rules

from portside.blobs.folder import FolderBlobStore
from portside.blobs.store import StagedBytes
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.registry.refusals import BlobsMissing, RepositoryNotFound, UploadNotFound
from portside.services.collection import UNCLAIMED_AFTER, Collected
from portside.services.expiry import Pace
from portside.services.leases import LeaseHeld
from portside.services.usage import Usages

REPOSITORIES = ("one", "two")
CONTENTS = tuple(f"blob {number}".encode() for number in range(5))
repositories = st.sampled_from(REPOSITORIES)
contents = st.sampled_from(CONTENTS)
NONE = timedelta(0)
MEMORY = Path("/dev/shm")  # noqa: S108 - folders in it are made by mkdtemp
"""Where a flush costs nothing; what dies here is a process, never the machine."""


def new_folder(prefix: str) -> Path:
    return Path(mkdtemp(prefix=prefix, dir=MEMORY if MEMORY.is_dir() else None))


T = TypeVar("T")


class CrashError(Exception):
    """The process dies here."""


class CrashingStore(FolderBlobStore):
    """A folder that dies just before or just after something, when told to.

    It has only those parts that the contents come to: the others would cost time and show nothing.
    """

    crash: str | None = None

    def prepare(self) -> None:
        for content in CONTENTS:
            self.find_path(Digest.of(content)).parent.mkdir(parents=True, exist_ok=True)
        self._uploads.mkdir()

    def parts(self) -> Sequence[str]:
        return sorted({Digest.of(content).text[: len("sha256:00")] for content in CONTENTS})

    def _die(self, where: str) -> None:
        if self.crash == where:
            self.crash = None
            raise CrashError(where)

    def delete(self, digest: Digest) -> None:
        self._die("before a file goes")
        super().delete(digest)
        self._die("after a file went")

    def commit(self, upload_id: str, staged: StagedBytes, digest: Digest) -> None:
        super().commit(upload_id, staged, digest)
        self._die("after a rename")


@cache
def template() -> Path:
    """A data folder to copy: migrations are made once."""
    folder = new_folder("portside-template-")
    atexit.register(shutil.rmtree, folder)
    made = RegistryInAFolder(folder, Clock(), CrashingStore)
    made.store.prepare()
    for name in REPOSITORIES:
        made.create(name)
    made.close()
    return folder


class Interrupting(Pace):
    """Does something else between two pieces of an expiry: after it looked, before it acts."""

    def __init__(self, deed: Callable[[], None]) -> None:
        super().__init__(lambda _: None, lambda: 0.0)
        self._pieces = 0
        self._deed = deed

    def __call__(self, work: Callable[[], T]) -> T:
        answer = super().__call__(work)
        self._pieces += 1
        if self._pieces == 2:
            self._deed()
        return answer


class Collecting(RuleBasedStateMachine):
    """Pushes, mounts, deletions, expiries, uploads, deaths and time; collections in between."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.folder = new_folder("portside-collecting-") / "data"
        shutil.copytree(template(), self.folder)
        self.registry = self.start()
        self.images: dict[tuple[str, Digest], tuple[bytes, ...]] = {}
        self.open: list[tuple[str, str, bytes]] = []
        self.crashed = False
        self.interrupted = False

    def start(self) -> RegistryInAFolder:
        return RegistryInAFolder(self.folder, self.clock, CrashingStore)

    @property
    def store(self) -> CrashingStore:
        assert isinstance(self.registry.store, CrashingStore)
        return self.registry.store

    def teardown(self) -> None:
        """Whatever happened: a day later one pass leaves exactly what is needed."""
        self.clock.time += GRACE
        self.registry.collection.collect()
        if self.crashed:
            self.registry.collection.sweep_all()
        assert self.files() == self.needed()
        self.registry.close()
        shutil.rmtree(self.folder.parent)

    def memberships(self) -> set[tuple[str, str]]:
        query = "SELECT name, digest FROM repository_blobs JOIN repositories ON id = repository_id"
        with self.registry.database.read() as tx:
            return {(row.name, row.digest) for row in tx.execute(text(query))}

    def files(self) -> set[str]:
        """Which of the blobs that there can be are there."""
        digests = [Digest.of(content) for content in CONTENTS]
        return {digest.text for digest in digests if self.store.find_path(digest).is_file()}

    def needed(self) -> set[str]:
        return {Digest.of(one).text for layers in self.images.values() for one in layers}

    @rule(name=repositories, content=contents)
    def upload(self, name: str, content: bytes) -> None:
        self.registry.put_blob(name, content)

    @rule(name=repositories, content=contents)
    def begin(self, name: str, content: bytes) -> None:
        self.open.append((self.registry.begin(name, content), name, content))

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        upload_id, name, content = self.open.pop(data.draw(st.integers(0, len(self.open) - 1)))
        self.registry.finish(name, upload_id, content)

    @rule(name=repositories, content=contents)
    def mount(self, name: str, content: bytes) -> None:
        digest = Digest.of(content)
        if self.registry.mount(name, digest):
            assert digest.text in self.files()

    @rule(name=repositories, layers=st.lists(contents, min_size=1, max_size=3, unique=True))
    def push(self, name: str, layers: list[bytes]) -> None:
        """A push is refused if a blob is gone by now, and whole if it is not refused."""
        try:
            digest = self.registry.push(name, "latest", *layers)
        except BlobsMissing:
            return
        self.images[(name, digest)] = tuple(layers)

    @rule(name=repositories, layers=st.lists(contents, min_size=1, max_size=3, unique=True))
    def push_whole(self, name: str, layers: list[bytes]) -> None:
        for layer in layers:
            self.registry.put_blob(name, layer)
        self.images[(name, self.registry.push(name, "latest", *layers))] = tuple(layers)

    @precondition(lambda self: self.images)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.images)))
        self.registry.delete_image(*key)
        del self.images[key]

    @rule(
        name=repositories,
        kept=st.integers(1, 2),
        meanwhile=st.sampled_from(["nothing", "a collection", "a push"]),
        layers=st.lists(contents, min_size=1, max_size=2, unique=True),
    )
    def expire(self, name: str, kept: int, meanwhile: str, layers: list[bytes]) -> None:
        """A policy has images go, also while others push or collect in the midst of its run."""
        deeds: dict[str, Callable[[], None]] = {
            "nothing": lambda: None,
            "a collection": lambda: self.collect(NONE),
            "a push": lambda: self.push_whole(name, layers),
        }
        self.registry.put_policy(name, rules(by_count(kept)))
        outcome = self.registry.expire(name, Interrupting(deeds[meanwhile]))
        assert outcome.finished
        for act in outcome.acts:
            del self.images[(name, act.digest)]
        left = [digest for where, digest in self.images if where == name]
        assert meanwhile == "a push" or len(left) <= kept

    @rule(name=repositories)
    def remove_repository(self, name: str) -> None:
        self.registry.remove(name)
        self.registry.create(name)
        self.images = {key: value for key, value in self.images.items() if key[0] != name}
        self.open = [one for one in self.open if one[1] != name]

    @rule(hours=st.integers(1, 23))
    def pass_time(self, hours: int) -> None:
        self.clock.time += timedelta(hours=hours)

    @rule(grace=st.sampled_from([NONE, GRACE]))
    def collect(self, grace: timedelta) -> None:
        """After a pass nothing is there that has been needless for the grace period."""
        preview = self.registry.collection.preview(grace)
        before = self.files()
        collected = self.registry.collection.collect(grace)
        after = self.files()
        assert len(before - after) <= collected.blobs
        if not self.crashed:
            assert collected.blobs == preview.blobs
            assert self.interrupted or collected.bytes == preview.bytes
            assert self.interrupted or len(before - after) == collected.blobs
        self.interrupted = False
        if grace == NONE and not self.crashed:
            assert after == self.needed()
        self.forget_abandoned()

    @rule()
    def collect_everything(self) -> None:
        """With no grace and a sweep nothing is left but what is needed, whoever died before."""
        self.registry.collection.collect(NONE)
        self.sweep()
        assert self.files() == self.needed()

    def forget_abandoned(self) -> None:
        """Uploads that a collection took away cannot be completed."""
        staged = self.registry.staged()
        for upload_id, name, content in [one for one in self.open if one[0] not in staged]:
            with pytest.raises(UploadNotFound):
                self.registry.finish(name, upload_id, content)
        self.open = [one for one in self.open if one[0] in staged]

    @rule(where=st.sampled_from(["before a file goes", "after a file went"]))
    def die_while_collecting(self, where: str) -> None:
        """Bytes that a dying collection left behind go with the next one; no sweep is needed."""
        self.store.crash = where
        try:
            self.registry.collection.collect(NONE)
        except CrashError:
            self.interrupted = True
            self.restart()
        self.store.crash = None

    @rule(name=repositories, content=contents)
    def die_while_uploading(self, name: str, content: bytes) -> None:
        """Bytes that a dying upload left under their digest: a sweep finds them."""
        self.store.crash = "after a rename"
        with pytest.raises(CrashError):
            self.registry.put_blob(name, content)
        self.crashed = True
        self.restart()

    @rule()
    def restart(self) -> None:
        self.registry.close()
        self.registry = self.start()

    @rule()
    def sweep(self) -> None:
        """What open uploads hold stays: they can be completed."""
        self.registry.collection.sweep_all()
        assert self.registry.collection.preview_sweep() == Collected()
        self.crashed = self.interrupted = False
        self.forget_abandoned()

    @invariant()
    def what_is_needed_is_there(self) -> None:
        """Every image's blobs are in the store, whole, and its repository has them."""
        for (name, _), layers in self.images.items():
            for content in layers:
                digest = Digest.of(content)
                assert b"".join(self.store.read(digest, 0, len(content) - 1)) == content
                assert (name, digest.text) in self.memberships()

    @invariant()
    def every_row_has_its_bytes(self) -> None:
        with self.registry.database.read() as tx:
            assert set(tx.scalars(text("SELECT digest FROM blobs"))) <= self.files()

    @invariant()
    def what_may_go_is_noted(self) -> None:
        """The list is exactly the memberships that no image needs, and the blobs nobody has."""
        query = (
            "SELECT repository_id, digest FROM repository_blobs m WHERE NOT EXISTS (SELECT 1 FROM"
            " image_blobs i WHERE i.repository_id = m.repository_id AND i.digest = m.digest)"
        )
        noted = "SELECT repository_id, digest FROM unreferenced_blobs"
        unheld = (
            "SELECT digest FROM blobs WHERE digest NOT IN (SELECT digest FROM repository_blobs)"
        )
        with self.registry.database.read() as tx:
            assert set(tx.execute(text(query))) == set(tx.execute(text(noted)))
            orphans = set(tx.scalars(text("SELECT digest FROM orphan_blobs")))
            assert set(tx.scalars(text(unheld))) <= orphans


Collecting.TestCase.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=set(Phase) - {Phase.explain},
)
TestCollecting = Collecting.TestCase


@pytest.fixture
def registry(tmp_path: Path) -> RegistryInAFolder:
    made = RegistryInAFolder(tmp_path, Clock())
    made.store.prepare()
    made.create("one")
    return made


def test_an_upload_of_the_same_blob_waits_for_its_removal(
    registry: RegistryInAFolder, tmp_path: Path
) -> None:
    """An upload that completes while the blob of the same digest is removed keeps its bytes."""
    digest = registry.put_blob("one", b"content")
    removing, pushed = threading.Event(), threading.Event()

    class SlowStore(FolderBlobStore):
        def delete(self, digest: Digest) -> None:
            removing.set()
            # Were there no lock, the upload would be through before the file goes.
            assert not pushed.wait(0.3)
            super().delete(digest)

    slow = registry.collector(SlowStore(tmp_path / "blobs"))
    collecting = threading.Thread(target=slow.collect, args=(NONE,))
    collecting.start()
    assert removing.wait(10)
    registry.put_blob("one", b"content")
    pushed.set()
    collecting.join()
    registry.push("one", "latest", b"content")
    assert b"".join(registry.store.read(digest, 0, 6)) == b"content"
    registry.close()


def test_one_collects_at_a_time(registry: RegistryInAFolder) -> None:
    """A second collection is told that one is running; the scheduled one passes in silence."""
    registry.put_blob("one", b"content")

    def second(_: object) -> None:
        other = threading.Thread(target=elsewhere)
        other.start()
        other.join()

    refused: list[str] = []

    def elsewhere() -> None:
        registry.collection.run()
        try:
            registry.collection.collect()
        except LeaseHeld as refusal:
            refused.append(refusal.name)

    registry.collection.collect(NONE, second)
    assert set(refused) == {"collection"}
    registry.close()


def test_an_abandoned_upload_goes_and_an_active_one_stays(registry: RegistryInAFolder) -> None:
    """An upload expires when nothing was added for its lifetime, and never while written to."""
    abandoned = registry.begin("one", b"abandoned")
    registry.clock.time += GRACE / 2
    active = registry.begin("one", b"active")
    held = registry.begin("one", b"held")
    registry.clock.time += GRACE / 2
    assert registry.collection.preview().uploads == 1
    assert registry.collection.collect().uploads == 1
    assert registry.staged() == {active, held}
    registry.clock.time += GRACE
    staged = registry.store.stage(held)
    assert registry.collection.collect().uploads == 1
    assert registry.staged() == {held}
    staged.close()
    registry.finish("one", held, b"held")
    with pytest.raises(UploadNotFound):
        registry.finish("one", abandoned, b"abandoned")
    registry.close()


def test_staged_bytes_without_a_row_go(registry: RegistryInAFolder) -> None:
    """What a killed server left of a blob that came in one request goes after the same time."""
    registry.store.begin("left-behind")
    registry.collection.collect(NONE)
    assert registry.staged() == {"left-behind"}
    registry.clock.time += GRACE + timedelta(minutes=1)
    registry.collection.collect()
    assert registry.staged() == set()
    registry.close()


def test_a_sweep_takes_what_nobody_holds(registry: RegistryInAFolder) -> None:
    """Bytes that dying uploads left go at once; what an open upload holds stays."""
    registry.store.begin("left-behind")
    staged = registry.store.stage("left-behind")
    unknown = Digest.of(b"unknown")
    staged.write(b"unknown")
    registry.store.commit("left-behind", staged, unknown)
    staged.close()
    held = registry.begin("one", b"held")
    registry.store.begin("just-begun")
    assert registry.collection.collect(NONE).blobs == 0
    expected = Collected(blobs=1, bytes=len(b"unknown"))
    assert registry.collection.preview_sweep() == expected
    assert registry.collection.sweep_all() == expected
    assert registry.files() == set()
    assert registry.staged() == {held, "just-begun"}
    registry.clock.time += UNCLAIMED_AFTER + timedelta(minutes=1)
    assert registry.collection.preview_sweep() == Collected(uploads=1)
    assert registry.collection.sweep_all() == Collected(uploads=1)
    assert registry.staged() == {held}
    registry.finish("one", held, b"held")
    registry.close()


def test_a_day_of_sweeps_looks_everywhere(registry: RegistryInAFolder) -> None:
    """Each hour's sweep looks at a part of the store; in a day all of it was looked at."""
    unknown = [Digest.of(bytes([number])) for number in range(64)]
    for digest in unknown:
        registry.store.begin("u")
        staged = registry.store.stage("u")
        registry.store.commit("u", staged, digest)
        staged.close()
    kept = registry.put_blob("one", b"kept")
    counts = []
    for _ in range(24):
        registry.collection.sweep()
        counts.append(len(registry.files()))
        registry.clock.time += timedelta(hours=1)
    assert counts[0] > 1
    assert registry.files() == {kept.text}
    registry.close()


def test_a_file_that_cannot_be_removed_is_tried_again(
    registry: RegistryInAFolder, tmp_path: Path
) -> None:
    """A store that fails leaves the note, and the next collection frees the bytes."""
    registry.put_blob("one", b"content")

    class FailingStore(FolderBlobStore):
        def delete(self, digest: Digest) -> None:
            raise OSError(f"read-only file system: {digest}")

    with pytest.raises(OSError, match="read-only"):
        registry.collector(FailingStore(tmp_path / "blobs")).collect(NONE)
    assert len(registry.files()) == 1
    assert registry.collection.collect().blobs == 1
    assert registry.files() == set()
    registry.close()


def test_a_needed_blob_that_comes_again_stays_needed(registry: RegistryInAFolder) -> None:
    """Blobs that are uploaded again while an image needs them are not noted as needless."""
    registry.put_blob("one", b"content")
    registry.push("one", "latest", b"content")
    registry.put_blob("one", b"content")
    assert registry.collection.preview(NONE).memberships == 0
    registry.close()


def test_usage_counts_images_whole_and_blobs_once(registry: RegistryInAFolder) -> None:
    """Two images that share a layer count it twice logically and once uniquely."""
    usages = Usages(registry.database)
    for content in (b"shared", b"first", b"second!", b"needed by nobody"):
        registry.put_blob("one", content)
    registry.push("one", "a", b"first", b"shared")
    registry.push("one", "b", b"second!", b"shared")
    (used,) = usages.of_registry(REGISTRY)
    shared, own, needless = len(b"shared"), len(b"first") + len(b"second!"), 16
    manifests = used.logical_bytes - (2 * shared + own)
    assert manifests > 500
    assert used.unique_bytes == manifests + shared + own + needless
    assert (used.repository, used.image_count) == ("one", 2)
    assert usages.stored() == used.unique_bytes
    assert usages.of_repository(REGISTRY, RepositoryName("one")) == used
    with pytest.raises(RepositoryNotFound):
        usages.of_repository(REGISTRY, RepositoryName("none"))
    registry.close()
