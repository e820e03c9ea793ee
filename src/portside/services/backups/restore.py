"""The way back: a snapshot's blobs first, each proven, then all rows in one transaction."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

from portside.blobs.store import BlobStore
from portside.metadata import mending, migrations, rows
from portside.metadata.database import Database, Transaction
from portside.names.digests import Digest
from portside.registry.backups import Snapshot
from portside.services.backups.backup import opens
from portside.services.backups.folder import BackupFolder, BackupUnusable
from portside.services.collection import LEASE_NAME
from portside.services.copying import Copied, Copying
from portside.services.keys import SEALING_KEY
from portside.services.leases import Leases
from portside.services.verification.examine import examine_blob
from portside.services.watching import Watch


class TargetNotEmpty(Exception):  # noqa: N818 - named for what it tells
    """There is a registry already where the snapshot should go."""


def is_empty(database: Database) -> bool:
    """Whether a database holds nothing that a restore would replace."""
    with database.read() as tx:
        return rows.is_empty(tx)


def check_snapshot(folder: BackupFolder, snapshot: Snapshot, watch: Watch, *, reads: bool) -> None:
    """Make sure that a snapshot is whole: its rows, its blobs and their sizes.

    With ``reads`` every blob is hashed; a restore does so while it copies.

    Raises:
        BackupUnusable: it is not; the message says what is wrong first.
    """
    if snapshot.revision > migrations.HEAD:
        raise BackupUnusable(
            f"the snapshot {snapshot.name} is of a newer version, {snapshot.version}"
        )
    folder.check_rows(snapshot)
    watch.total("check", snapshot.blob_bytes)
    for digest, size_bytes in folder.read_blobs(snapshot):
        seen = examine_blob(
            folder.store,
            digest,
            size_bytes,
            reads=reads,
            advance=lambda amount: watch.advance("check", amount),
        )
        if seen is not None:
            raise BackupUnusable(f"the blob {digest} of the backup is wrong: {seen.fault}")


def choose_key(folder: BackupFolder, snapshot: Snapshot, given: bytes | None) -> bytes | None:
    """The key that opens a snapshot's secrets: the one that is given, else the one beside them.

    ``None`` where the snapshot has no secrets.

    Raises:
        BackupUnusable: there is none, or it does not open them.
    """
    sealed = next(
        (
            base64.b64decode(row["value"])
            for row in folder.read_table(snapshot, "secrets")
            if row["name"] == SEALING_KEY
        ),
        None,
    )
    if sealed is None:
        return None
    key = given or folder.find_key(snapshot.name)
    if key is None:
        raise BackupUnusable(
            f"the snapshot {snapshot.name} was made without its secrets key: give the key that it "
            "was made with (--secrets-key-file or PORTSIDE_SECRETS_KEY)"
        )
    if not opens(key, sealed):
        whose = "that was given" if given else "of the backup"
        raise BackupUnusable(f"the secrets key {whose} does not open the snapshot's secrets")
    return key


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore came to."""

    copied: Copied
    row_count: int


class Restoring:
    """Puts snapshots into stores."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        leases: Leases,
        new_id: Callable[[], str],
    ) -> None:
        self._database = database
        self._store = store
        self._leases = leases
        self._new_id = new_id

    def run(
        self,
        folder: BackupFolder,
        snapshot: Snapshot,
        watch: Watch,
        *,
        parallel: int,
        replaces: bool,
    ) -> Restored:
        """Bring a checked snapshot back; until the rows commit, all at once, nothing is changed.

        A command that dies has copied some blobs, which the next one passes over.

        Raises:
            TargetNotEmpty: there is something, and it was not to be replaced.
            BackupUnusable: a blob of the backup is not what it should be.
            LeaseHeld: another process collects.
            OSError: the store cannot be written.
        """
        with self._leases.hold(LEASE_NAME):
            copied = self._copy_blobs(folder, snapshot, watch, parallel)
            row_count = self._load(folder, snapshot, watch, replaces=replaces)
        return Restored(copied, row_count)

    def _copy_blobs(
        self, folder: BackupFolder, snapshot: Snapshot, watch: Watch, parallel: int
    ) -> Copied:
        watch.total("blobs", snapshot.blob_bytes)
        copying = Copying(folder.store, self._store, self._new_id, parallel=parallel)
        copied = copying.run(
            folder.read_blobs(snapshot), lambda size_bytes: watch.advance("blobs", size_bytes)
        )
        if copied.failed:
            digest, reason = copied.failed[0]
            raise BackupUnusable(f"the blob {digest} of the backup cannot be used: {reason}")
        return copied

    def _load(
        self, folder: BackupFolder, snapshot: Snapshot, watch: Watch, *, replaces: bool
    ) -> int:
        watch.total("rows", sum(table.row_count for table in snapshot.tables))
        with self._database.write() as tx:
            if not (replaces or rows.is_empty(tx)):
                raise TargetNotEmpty
            return replace_rows(self._database, tx, folder, snapshot, watch)


def replace_rows(
    database: Database,
    tx: Transaction,
    folder: BackupFolder,
    snapshot: Snapshot,
    watch: Watch,
) -> int:
    """Let a snapshot's rows be all that a database holds; how many there are."""
    held = rows.newest_generations(tx)
    rows.drop_everything(tx)
    # The schema that the rows are of, and from there to the newest, as their own registry would.
    migrations.upgrade_within(database, tx, snapshot.revision)
    loading = rows.Loading(tx)
    count = 0
    for table in snapshot.tables:
        loaded = loading.load(
            table.table, table.columns, folder.read_rows(snapshot.name, table.table)
        )
        if loaded != table.row_count:
            raise BackupUnusable(f"{table.table} has {loaded} rows instead of {table.row_count}")
        count += loaded
        watch.advance("rows", loaded)
    loading.go_on_from(snapshot.sequences)
    migrations.upgrade_within(database, tx, migrations.HEAD)
    for digest in snapshot.missing:
        # Else the registry would say that it has what it has not, and no push would bring it.
        mending.forget_blob(tx, Digest(digest).text)
    rows.outgrow(tx, held)
    return count
