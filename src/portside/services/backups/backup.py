"""Making a snapshot while everything goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from portside.access.sealing import Seal, SealBroken
from portside.blobs.store import BlobStore
from portside.metadata import migrations, rows, secrets
from portside.metadata.database import Database, Transaction
from portside.names.digests import Digest
from portside.registry.backups import Snapshot, TableFile, choose_outdated, name_snapshot
from portside.services.backups.folder import BackupFolder, BackupUnusable
from portside.services.collection import LEASE_NAME
from portside.services.copying import Copied, Copying
from portside.services.keys import SEALING_KEY
from portside.services.leases import Leases
from portside.services.watching import Watch


@dataclass(frozen=True, slots=True)
class Made:
    """A snapshot that is whole, what copying its blobs came to, and what went for it."""

    snapshot: Snapshot
    copied: Copied
    outdated: list[str]
    freed_blobs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How a backup is made. ``keep``: so many snapshots stay; all where it is ``None``."""

    key: bytes | None
    """The key that opens the secrets; without one the backup has none."""
    parallel: int = 4
    keep: int | None = None


class Backups:
    """Makes backups of one registry's stores."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        leases: Leases,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        version: str,
    ) -> None:
        self._database = database
        self._store = store
        self._leases = leases
        self._clock = clock
        self._new_id = new_id
        self._version = version

    def run(self, folder: BackupFolder, wishes: Wishes, watch: Watch) -> Made:
        """Add a snapshot to a folder, and remove outdated ones.

        A command that dies before it returns leaves no snapshot; the blobs that it copied are
        passed over by the next one.

        Raises:
            LeaseHeld: another process collects, or makes a backup.
            BackupUnusable: the folder cannot be used, or the key does not open the secrets.
            OSError: it cannot be written.
        """
        with folder.writing(), self._leases.hold(LEASE_NAME):
            name = name_snapshot(self._clock(), folder.list_snapshots())
            folder.begin(name)
            unfinished = self._write_rows(folder, name, wishes.key, watch)
            copied = self._copy_blobs(folder, unfinished, wishes, watch)
            missing = tuple(digest.text for digest, _ in copied.failed)
            snapshot = replace(unfinished, missing=missing)
            folder.finish(snapshot)
            outdated = _outdated(folder, wishes.keep)
            freed = _remove(folder, outdated)
        return Made(snapshot, copied, outdated, freed)

    def _write_rows(
        self, folder: BackupFolder, name: str, key: bytes | None, watch: Watch
    ) -> Snapshot:
        made_at = self._clock()
        tables: list[TableFile] = []
        watch.total("rows", rows.count_tables())
        with self._database.read() as tx:
            if key is not None:
                _check_key(tx, key)
            for table in rows.read_all(tx):
                tables.append(folder.write_rows(name, table.table, table.columns, table.rows))
                watch.advance("rows", 1)
            count, size = rows.measure_blobs(tx)
            sequences = rows.read_sequences(tx)
        if key is not None:
            folder.write_key(name, key)
        return Snapshot(
            name=name,
            made_at=made_at.isoformat(timespec="seconds"),
            version=self._version,
            revision=migrations.HEAD,
            tables=tuple(tables),
            sequences=sequences,
            blob_count=count,
            blob_bytes=size,
            missing=(),
            has_key=key is not None,
        )

    def _copy_blobs(
        self, folder: BackupFolder, snapshot: Snapshot, wishes: Wishes, watch: Watch
    ) -> Copied:
        watch.total("blobs", snapshot.blob_bytes)
        copying = Copying(self._store, folder.store, self._new_id, parallel=wishes.parallel)
        return copying.run(
            folder.read_blobs(snapshot), lambda size_bytes: watch.advance("blobs", size_bytes)
        )


def _check_key(tx: Transaction, key: bytes) -> None:
    sealed = secrets.find_secret(tx, SEALING_KEY)
    if sealed is not None and not opens(key, sealed):
        raise BackupUnusable("the secrets key was changed meanwhile: begin again")


def opens(key: bytes, sealed: bytes) -> bool:
    """Whether the secrets key opens the sealing key."""
    try:
        Seal(key).open(sealed, SEALING_KEY)
    except SealBroken:
        return False
    return True


def _outdated(folder: BackupFolder, keep: int | None) -> list[str]:
    return [] if keep is None else choose_outdated(folder.list_snapshots(), keep)


def _remove(folder: BackupFolder, outdated: list[str]) -> int:
    """Remove snapshots, and the blobs that no other one has; how many blobs went."""
    if not outdated:
        return 0
    for name in outdated:
        folder.delete_snapshot(name)
    needed: set[Digest] = set()
    for name in folder.list_snapshots():
        needed |= {digest for digest, _ in folder.read_blobs(folder.get_snapshot(name))}
    freed = 0
    for part in folder.store.parts():
        for digest in list(folder.store.list_part(part)):
            if digest not in needed:
                folder.store.delete(digest)
                freed += 1
    return freed
