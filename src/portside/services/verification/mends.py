"""Mending what verification found, while everything goes on."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from portside.blobs.store import BlobStore
from portside.manifests import documents
from portside.metadata import mending, uploads, wholeness
from portside.metadata.database import Database
from portside.metadata.wholeness import ImageRow
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.registry.faults import Fault, Outcome
from portside.services.collection import Collection
from portside.services.leases import LeaseHeld
from portside.services.verification.examine import Seen, examine_blob, named

Refetch = Callable[[RegistryId, str, Digest], bool]
"""Fetches a blob for a repository from the upstream registry that a rule names; whether it came."""


class Quarantine:
    """A folder in which wrong bytes are kept, for whoever wants to look at them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, store: BlobStore, digest: Digest) -> None:
        """Keep a copy of a blob's bytes, durably."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = self.folder / f"{digest.algorithm}-{digest.encoded}"
        with target.open("wb") as file:
            for piece in store.read(digest, 0, store.size(digest) - 1):
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())


class Mends:
    """What can be done about faults."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        clock: Callable[[], datetime],
        collection: Collection,
        quarantine: Quarantine,
        refetch: Refetch,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._collection = collection
        self._quarantine = quarantine
        self._refetch = refetch

    def mend_blob(self, digest: Digest) -> Outcome | None:
        """Let the registry say that a blob is not there whose bytes are gone or wrong, or fetch it.

        ``None`` where nothing is wrong after all: somebody may have pushed it again, or it was
        collected.
        """
        with self._store.removing([digest]) as lock:
            with self._database.read() as tx:
                size = wholeness.find_size(tx, digest.text)
                holders = wholeness.list_holders(tx, digest.text)
            seen = None if size is None else examine_blob(self._store, digest, size)
            if seen is None:
                return None
            if seen.fault is Fault.BLOB_UNREADABLE:
                # Another look may succeed: nothing is thrown away for a disk that hiccups.
                return Outcome.FOUND
            if seen.fault is Fault.BLOB_CORRUPT:
                self._quarantine.put(self._store, digest)
            # The rows first, as in collection: a crash in between leaves bytes that nobody knows.
            with self._database.write() as tx:
                mending.forget_blob(tx, digest.text)
            lock.confirm()
            self._store.delete(digest)
        if not any(self._refetch(registry, name, digest) for _, registry, name in holders):
            return Outcome.SET_ASIDE
        for repository_id, _, _ in holders:
            self._restore(repository_id, digest)
        return Outcome.MENDED

    def mend_image(self, row: ImageRow, seen: Seen, digest: Digest) -> Outcome:
        """Mend a fault of an image's rows, as far as that can be done."""
        if seen.fault is Fault.LAYER_MISSING:
            there = self._restore(row.repository_id, digest) or self._refetch(
                row.registry, row.repository, digest
            )
            return Outcome.MENDED if there else Outcome.FOUND
        if seen.fault is Fault.TAGGED_WRONG:
            with self._database.write() as tx:
                mending.mark_tagged(tx, row.id)
            return Outcome.MENDED
        if seen.fault is Fault.NAMED_WRONG and row.body is not None:
            needs = named(documents.parse(row.body, row.media_type))
            with self._database.write() as tx:
                mending.replace_named(tx, row.id, row.repository_id, needs)
            return Outcome.MENDED
        return Outcome.FOUND

    def delete_tag(self, repository_id: int, tag: str) -> Outcome:
        """Remove a tag that names nothing."""
        with self._database.write() as tx:
            mending.delete_tag(tx, repository_id, tag)
        return Outcome.MENDED

    def recount(self) -> Outcome:
        """Count everything anew."""
        with self._database.write() as tx:
            mending.recount(tx)
        return Outcome.MENDED

    def delete_upload(self, upload_id: str) -> Outcome:
        """Forget an upload without bytes."""
        with self._database.write() as tx:
            uploads.delete_upload(tx, upload_id)
        return Outcome.MENDED

    def sweep(self) -> Outcome:
        """Free the bytes that nobody knows of."""
        try:
            self._collection.sweep_all()
        except LeaseHeld:
            return Outcome.FOUND
        return Outcome.MENDED

    def _restore(self, repository_id: int, digest: Digest) -> bool:
        with self._database.write() as tx:
            return mending.restore_membership(tx, repository_id, digest.text, self._clock())
