"""What every blob store promises; a store is added to STORES and passes all of it."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from obstore.store import MemoryStore
from tests.stores import postgresql, s3

from portside.blobs.bucket import BucketBlobStore
from portside.blobs.clouds import ObstoreObjects
from portside.blobs.folder import FolderBlobStore
from portside.blobs.locks import BlobLocks, FileLocks, SharedLocks
from portside.blobs.s3 import Place, S3Objects
from portside.blobs.store import BlobStore, StagedBytesLocked, StagedBytesMissing
from portside.metadata.postgresql.locks import SessionLocks
from portside.names.digests import Digest


def folder(root: Path) -> BlobStore:
    store = FolderBlobStore(root / "blobs")
    store.prepare()
    store.prepare()
    return store


def bucket(root: Path, locks: BlobLocks | None = None) -> BlobStore:
    server = s3.session_server()
    where = Place(
        bucket=s3.BUCKET,
        prefix=uuid4().hex,
        endpoint=server.endpoint,
        region=s3.REGION,
        access_key_id=s3.ACCESS_KEY_ID,
        secret_access_key=s3.SECRET_ACCESS_KEY,
    )
    return BucketBlobStore(S3Objects(where), locks or FileLocks(root / "locks"))


def bucket_of_nodes(root: Path) -> BlobStore:
    url = postgresql.session_server().make_database("locks")
    return bucket(root, SharedLocks(SessionLocks(url)))


def cloud(root: Path) -> BlobStore:
    """A store of obstore's own kind, as Google's and Azure's are."""
    return BucketBlobStore(ObstoreObjects(MemoryStore()), FileLocks(root / "locks"))


MIB = 1024 * 1024

STORES: list[Callable[[Path], BlobStore]] = [folder, bucket, bucket_of_nodes, cloud]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BlobStore]:
    made: BlobStore = request.param(tmp_path)
    yield made
    made.close()


def put(store: BlobStore, content: bytes, upload_id: str = "u") -> Digest:
    store.begin(upload_id)
    staged = store.stage(upload_id)
    staged.resume(0, "")
    staged.write(content)
    digest = Digest.of(content)
    store.commit(upload_id, staged, digest)
    staged.kept()
    staged.close()
    return digest


def staged_bytes(store: BlobStore, content: bytes, upload_id: str = "u") -> str:
    """An upload that has come so far and was let go of; its receipt."""
    store.begin(upload_id)
    staged = store.stage(upload_id)
    staged.resume(0, "")
    staged.write(content)
    receipt = staged.settle()
    staged.kept()
    staged.close()
    return receipt


def wait_until_gone(store: BlobStore, upload_id: str) -> None:
    """A store may remove in the background what nobody needs."""
    end = time.monotonic() + 10
    while upload_id in {one.upload_id for one in store.list_staged()}:
        assert time.monotonic() < end
        time.sleep(0.02)


def content_of(store: BlobStore, digest: Digest, first: int, last: int) -> bytes:
    return b"".join(store.read(digest, first, last))


@pytest.mark.parametrize("size", [0, 1, 1000, 3 * MIB + 1, 16 * MIB, 16 * MIB + 1])
def test_what_was_committed_is_read(store: BlobStore, size: int) -> None:
    content = (bytes(range(251)) * (size // 251 + 1))[:size]
    digest = put(store, content)
    assert content_of(store, digest, 0, size - 1) == content
    if size > 10:
        assert content_of(store, digest, 5, size - 3) == content[5:-2]


def test_bytes_beyond_the_acknowledged_are_dropped(store: BlobStore) -> None:
    store.begin("u")
    staged = store.stage("u")
    staged.resume(0, "")
    staged.write(b"kept")
    receipt = staged.settle()
    staged.kept()
    staged.write(b"lost")
    staged.close()
    again = store.stage("u")
    again.resume(4, receipt)
    again.write(b"!")
    assert again.digest("sha256") == Digest.of(b"kept!")
    assert again.digest("sha512") == Digest.of(b"kept!", "sha512")
    again.close()


def test_fewer_bytes_than_acknowledged_are_told(store: BlobStore) -> None:
    store.begin("u")
    staged = store.stage("u")
    staged.resume(0, "")
    staged.write(b"1234")
    receipt = staged.settle()
    staged.close()
    again = store.stage("u")
    with pytest.raises(StagedBytesMissing):
        again.resume(5, receipt)
    again.close()


def test_one_writer_at_a_time(store: BlobStore) -> None:
    store.begin("u")
    staged = store.stage("u")
    with pytest.raises(StagedBytesLocked):
        store.stage("u")
    store.begin("other")
    store.stage("other").close()
    staged.close()
    store.stage("u").close()


def test_an_upload_is_gone_when_it_was_committed(store: BlobStore) -> None:
    receipt = staged_bytes(store, b"content")
    staged = store.stage("u")
    staged.resume(7, receipt)
    store.commit("u", staged, Digest.of(b"content"))
    staged.kept()
    staged.close()
    wait_until_gone(store, "u")
    assert content_of(store, Digest.of(b"content"), 0, 6) == b"content"
    assert reads_no_more(store, "u", 7, receipt)


def reads_no_more(store: BlobStore, upload_id: str, size: int, receipt: str) -> bool:
    try:
        staged = store.stage(upload_id)
    except StagedBytesMissing:
        return True
    try:
        staged.resume(size, receipt)
        staged.digest("sha256")
    except StagedBytesMissing:
        return True
    finally:
        staged.close()
    return False


@pytest.mark.parametrize("purged", [False, True])
def test_an_upload_that_was_dropped_is_gone(store: BlobStore, purged: bool) -> None:
    receipt = staged_bytes(store, b"content")
    assert not reads_no_more(store, "u", 7, receipt)
    if purged:
        store.purge("u")
    else:
        store.discard("u", receipt)
    assert list(store.list_staged()) == []
    assert reads_no_more(store, "u", 7, receipt)
    store.discard("u", receipt)
    store.purge("u")


def test_a_receipt_of_another_kind_is_no_upload(store: BlobStore) -> None:
    """What only a store of another kind could have written tells of no bytes here."""
    store.begin("u")
    staged = store.stage("u")
    with pytest.raises(StagedBytesMissing):
        staged.resume(5, "rubbish")
    staged.close()
    store.discard("u", "rubbish")


def test_committing_the_same_content_twice(store: BlobStore) -> None:
    assert put(store, b"same", "one") == put(store, b"same", "two")
    assert content_of(store, Digest.of(b"same"), 0, 3) == b"same"


def test_an_upload_discarded_while_held_cannot_be_committed(store: BlobStore) -> None:
    receipt = staged_bytes(store, b"x")
    staged = store.stage("u")
    staged.resume(1, receipt)
    store.discard("u", receipt)
    with pytest.raises(StagedBytesMissing):
        store.commit("u", staged, Digest.of(b"x"))
    staged.close()


def test_deleting(store: BlobStore) -> None:
    digest = put(store, b"content")
    assert store.size(digest) == len(b"content")
    store.delete(digest)
    store.delete(digest)
    assert store.size(digest) == 0
    with pytest.raises(FileNotFoundError):
        content_of(store, digest, 0, 6)


def test_a_blob_that_ends_early_is_an_error(store: BlobStore) -> None:
    digest = put(store, b"content")
    with pytest.raises(EOFError):
        content_of(store, digest, 0, 100)


def test_a_removal_waits_for_those_who_keep(store: BlobStore) -> None:
    """Many keep a blob at once; whoever removes it waits for all, and lets nobody in meanwhile."""
    digest, log = put(store, b"content"), []
    inside = threading.Event()

    def remove() -> None:
        with store.removing([digest, Digest.of(b"other"), digest]):
            log.append("removing")
            inside.set()
            time.sleep(0.05)
            log.append("removed")

    with store.keeping(digest), store.keeping(digest):
        remover = threading.Thread(target=remove)
        remover.start()
        assert not inside.wait(0.1)
        log.append("kept")
    assert inside.wait(10)
    with store.keeping(digest):
        log.append("kept again")
    remover.join()
    assert log == ["kept", "removing", "removed", "kept again"]


def test_staged_uploads_are_listed(store: BlobStore) -> None:
    """What lies in staging is listed with the time of its last change, until it is a blob."""
    before = datetime.now(UTC) - timedelta(seconds=2)
    staged_bytes(store, b"first", "waiting")
    put(store, b"content", "done")
    wait_until_gone(store, "done")
    (listed,) = store.list_staged()
    assert listed.upload_id == "waiting"
    assert before <= listed.changed_at <= datetime.now(UTC) + timedelta(seconds=2)


def test_every_blob_is_in_one_part(store: BlobStore) -> None:
    """The parts together list every blob once, and nothing else."""
    digests = [put(store, bytes([number])) for number in range(40)]
    listed = [digest for part in store.parts() for digest in store.list_part(part)]
    assert sorted(listed) == sorted(digests)
    assert all(
        digest.text.startswith(part) for part in store.parts() for digest in store.list_part(part)
    )


def test_files_of_others_are_no_blobs(tmp_path: Path) -> None:
    """A file that somebody else put into the folder is not listed, so it is never removed."""
    store = folder(tmp_path)
    (tmp_path / "blobs" / "sha256" / "00" / "notes.txt").write_text("mine")
    assert [digest for part in store.parts() for digest in store.list_part(part)] == []


def test_a_check_leaves_nothing_behind(store: BlobStore) -> None:
    """Trying whether the store can be written adds no upload."""
    store.check()
    assert list(store.list_staged()) == []
