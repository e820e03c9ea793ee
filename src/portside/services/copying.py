"""Copying blobs from one store to another, each proven on the way; what is there is passed over."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from portside.blobs.store import BlobStore, StagedBytes
from portside.names.digests import Digest
from portside.services.ahead import ahead
from portside.services.staging import RunningDigest

Advance = Callable[[int], None]
"""Is told how many bytes more are done; from several threads, one at a time."""


class CopyTorn(Exception):  # noqa: N818 - named for what it tells
    """The source has other bytes than it should; the message says what it has."""


@dataclass(slots=True)
class Copied:
    """What a copy came to. ``failed`` are those that the source has lost, and why."""

    copied: int = 0
    copied_bytes: int = 0
    present: int = 0
    failed: list[tuple[Digest, str]] = field(default_factory=list)


class Copying:
    """Copies between two stores, a few blobs at a time."""

    def __init__(
        self,
        source: BlobStore,
        target: BlobStore,
        new_id: Callable[[], str],
        *,
        parallel: int,
    ) -> None:
        self._source = source
        self._target = target
        self._new_id = new_id
        self._parallel = parallel

    def run(self, blobs: Iterable[tuple[Digest, int]], advance: Advance) -> Copied:
        """Copy these blobs, given with their sizes.

        Raises:
            OSError: the target cannot be written. What was copied stays, and is passed over when
                this is called again.
            StoreUnavailable: one of them does not answer; as above.
        """
        lock = threading.Lock()

        def tell(size_bytes: int) -> None:
            with lock:
                advance(size_bytes)

        copied = Copied()

        def copy(blob: tuple[Digest, int]) -> str | None:
            return self._copy(*blob, tell)

        for (digest, size_bytes), outcome in ahead(blobs, copy, self._parallel):
            if outcome is None:
                copied.copied += 1
                copied.copied_bytes += size_bytes
            elif outcome:
                copied.failed.append((digest, outcome))
            else:
                copied.present += 1
        return copied

    def _copy(self, digest: Digest, size_bytes: int, tell: Advance) -> str | None:
        """``None``: it was copied; empty: it was there; else why it could not be read."""
        # An empty blob and none look alike, and cost nothing to copy.
        if size_bytes > 0 and self._target.size(digest) == size_bytes:
            tell(size_bytes)
            return ""
        upload_id = self._new_id()
        self._target.begin(upload_id)
        staged = self._target.stage(upload_id)
        try:
            staged.resume(0, "")
            self._fill(staged, digest, size_bytes, tell)
            with self._target.keeping(digest):
                self._target.commit(upload_id, staged, digest)
        except CopyTorn as error:
            self._target.discard(upload_id)
            return str(error)
        except BaseException:
            self._target.discard(upload_id)
            raise
        finally:
            staged.close()
        return None

    def _fill(self, staged: StagedBytes, digest: Digest, size_bytes: int, tell: Advance) -> None:
        running = RunningDigest(digest.algorithm)
        pieces = iter(self._source.read(digest, 0, size_bytes - 1))
        while True:
            try:
                piece = next(pieces, b"")
            except FileNotFoundError as error:
                raise CopyTorn("its bytes are gone") from error
            except (EOFError, OSError) as error:
                raise CopyTorn(f"it cannot be read: {error}") from error
            if not piece:
                break
            staged.write(piece)
            running.update(piece)
            tell(len(piece))
        if running.digest() != digest:
            raise CopyTorn(f"its bytes are {running.digest()}")
