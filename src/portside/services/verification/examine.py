"""Looking at one thing: a blob's bytes, or an image's rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from portside.blobs.store import BlobStore
from portside.manifests import checks, documents
from portside.manifests.documents import Manifest
from portside.metadata.wholeness import ImageRow
from portside.names.digests import Digest
from portside.names.errors import Refusal
from portside.registry.faults import Fault
from portside.services.staging import RunningDigest

Advance = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """A fault as it was seen."""

    fault: Fault
    detail: str = ""


def examine_blob(
    store: BlobStore,
    digest: Digest,
    size_bytes: int,
    *,
    reads: bool = True,
    advance: Advance = lambda _: None,
) -> Seen | None:
    """What is wrong with a blob's bytes, if anything; ``reads`` tells whether they are hashed.

    ``advance`` is told how many bytes were read, again and again.
    """
    try:
        seen = _compare_sizes(store.size(digest), size_bytes)
        if seen is None and reads:
            return _read(store, digest, size_bytes, advance)
        advance(size_bytes)
    except FileNotFoundError:
        return Seen(Fault.BLOB_GONE)
    except EOFError:
        return Seen(Fault.BLOB_CORRUPT, "it ends early")
    except OSError as error:
        return Seen(Fault.BLOB_UNREADABLE, str(error))
    return seen


def _compare_sizes(held: int, size_bytes: int) -> Seen | None:
    if held == 0 and size_bytes > 0:
        return Seen(Fault.BLOB_GONE)
    if held != size_bytes:
        return Seen(Fault.BLOB_CORRUPT, f"{held} bytes instead of {size_bytes}")
    return None


def _read(store: BlobStore, digest: Digest, size_bytes: int, advance: Advance) -> Seen | None:
    running = RunningDigest(digest.algorithm)
    for piece in store.read(digest, 0, size_bytes - 1):
        running.update(piece)
        advance(len(piece))
    actual = running.digest()
    return None if actual == digest else Seen(Fault.BLOB_CORRUPT, f"it is {actual}")


def examine_image(row: ImageRow, *, may_lack: bool) -> Iterator[tuple[Seen, str]]:
    """What is wrong with an image's rows: each fault, and the digest of what it is about.

    ``may_lack`` tells that its repository takes images before all that they name.
    """
    if row.tagged != row.has_tags:
        yield Seen(Fault.TAGGED_WRONG), row.digest
    manifest = _parse(row)
    if isinstance(manifest, Seen):
        yield manifest, row.digest
        return
    if named(manifest) != (row.blobs, row.children):
        yield Seen(Fault.NAMED_WRONG), row.digest
    if may_lack:
        return
    for fault, missing in (
        (Fault.LAYER_MISSING, row.missing_blobs),
        (Fault.CHILD_MISSING, row.missing_children),
    ):
        for digest in sorted(missing):
            yield Seen(fault, f"image {row.digest}"), digest


def named(manifest: Manifest) -> tuple[frozenset[str], frozenset[str]]:
    """The digests of the blobs and of the children that an image needs."""
    required = (checks.required_blobs(manifest), checks.required_images(manifest))
    blobs, children = (frozenset(digest.text for digest in digests) for digests in required)
    return blobs, children


def _parse(row: ImageRow) -> Manifest | Seen:
    if row.body is None:
        return Seen(Fault.MANIFEST_GONE)
    actual = Digest.of(row.body, Digest(row.digest).algorithm)
    if actual.text != row.digest:
        return Seen(Fault.MANIFEST_CORRUPT, f"it is {actual}")
    try:
        return documents.parse(row.body, row.media_type)
    except Refusal as refusal:
        return Seen(Fault.MANIFEST_CORRUPT, str(refusal) or type(refusal).__name__)
