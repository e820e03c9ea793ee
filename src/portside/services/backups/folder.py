"""The folder of a backup: its snapshots, their rows, and the blobs that they share."""

from __future__ import annotations

import base64
import fcntl
import gzip
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from portside.access.sealing import KEY_BYTES
from portside.blobs.folder import FolderBlobStore
from portside.names.digests import Digest
from portside.registry.backups import (
    MalformedSnapshot,
    Snapshot,
    TableFile,
    newest,
    parse_snapshot,
)

DOCUMENT: Final = "snapshot.json"
KEY_FILE: Final = "secrets.key"
_DOCUMENT_BYTES_MAX: Final = 64 * 1024 * 1024
_COMPRESSION: Final = 6


class BackupUnusable(OSError):  # noqa: N818 - named for what it tells
    """The folder is no backup, not whole, or not as it was written; the message says which."""


class BackupFolder:
    """A folder with snapshots. One command writes to it at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = FolderBlobStore(root / "blobs")
        self._snapshots = root / "snapshots"

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the folder for writing while the block runs; it is made if it is not there.

        What a command that died has left half done is gone.

        Raises:
            BackupUnusable: another command writes to it, or it holds something else.
            OSError: it cannot be written.
        """
        self._make()
        descriptor = os.open(self._snapshots, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BackupUnusable(f"another command writes to {self.root}") from error
            self.store.prepare()
            for staged in self.store.list_staged():
                self.store.discard(staged.upload_id)
            whole = set(self.list_snapshots())
            for entry in list(self._snapshots.iterdir()):
                if entry.name not in whole:
                    shutil.rmtree(entry)
            yield
        finally:
            os.close(descriptor)

    def _make(self) -> None:
        foreign = self.root.exists() and not self._snapshots.is_dir() and any(self.root.iterdir())
        if foreign:
            raise BackupUnusable(f"{self.root} holds something else than a backup")
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._snapshots.mkdir(exist_ok=True, mode=0o700)
        sync_folder(self.root)

    def list_snapshots(self) -> list[str]:
        """The names of all snapshots that are whole."""
        if not self._snapshots.is_dir():
            return []
        return sorted(
            entry.name for entry in self._snapshots.iterdir() if (entry / DOCUMENT).is_file()
        )

    def get_snapshot(self, name: str | None = None) -> Snapshot:
        """What a snapshot says of itself; the newest one without a name.

        Raises:
            BackupUnusable: there is none, or its document is none of ours.
        """
        present = self.list_snapshots()
        chosen = newest(present) if name is None else name
        if chosen is None or chosen not in present:
            what = "no snapshot that is whole" if name is None else f"no whole snapshot {name}"
            raise BackupUnusable(f"{self.root} has {what}")
        with (self._snapshots / chosen / DOCUMENT).open("rb") as file:
            content = file.read(_DOCUMENT_BYTES_MAX)
        try:
            return parse_snapshot(content)
        except MalformedSnapshot as error:
            raise BackupUnusable(f"the snapshot {chosen} cannot be used: {error}") from error

    def begin(self, name: str) -> None:
        """Make a snapshot's folder."""
        (self._snapshots / name / "rows").mkdir(parents=True, mode=0o700)

    def write_rows(
        self, name: str, table: str, columns: tuple[str, ...], rows: Iterable[list[Any]]
    ) -> TableFile:
        """Write the rows of a table, durably."""
        path = self._rows(name, table)
        count = 0
        with path.open("xb") as raw, gzip.GzipFile("", "wb", _COMPRESSION, raw, mtime=0) as packed:
            for row in rows:
                packed.write(json.dumps(row, separators=(",", ":")).encode() + b"\n")
                count += 1
        sync_file(path)
        return TableFile(table=table, columns=columns, row_count=count, sha256=_hash(path))

    def write_key(self, name: str, key: bytes) -> None:
        """Put the key that opens the secrets beside them, durably, for its owner's eyes only."""
        write_private(self._snapshots / name / KEY_FILE, base64.b64encode(key) + b"\n")

    def finish(self, snapshot: Snapshot) -> None:
        """Write the document that makes the snapshot whole, durably, by one rename."""
        folder = self._snapshots / snapshot.name
        for part in (folder / "rows", folder):
            sync_folder(part)
        sync_folder(self._snapshots)
        unfinished = folder / f"{DOCUMENT}.new"
        write_private(unfinished, snapshot.render())
        unfinished.rename(folder / DOCUMENT)
        sync_folder(folder)

    def delete_snapshot(self, name: str) -> None:
        """Remove a snapshot; its blobs stay. Cut short, it is no snapshot any more."""
        folder = self._snapshots / name
        (folder / DOCUMENT).unlink()
        sync_folder(folder)
        shutil.rmtree(folder)

    def find_key(self, name: str) -> bytes | None:
        """The key that opens a snapshot's secrets, where it is with them.

        Raises:
            BackupUnusable: its file holds no key.
        """
        path = self._snapshots / name / KEY_FILE
        if not path.exists():
            return None
        try:
            key = base64.b64decode(path.read_bytes().strip(), validate=True)
        except ValueError:
            key = b""
        if len(key) != KEY_BYTES:
            raise BackupUnusable(f"{path} holds no key")
        return key

    def read_rows(self, name: str, table: str) -> Iterator[list[Any]]:
        """The rows of a table, as they were written.

        Raises:
            BackupUnusable: they cannot be read.
        """
        try:
            with gzip.open(self._rows(name, table), "rb") as lines:
                for line in lines:
                    yield json.loads(line)
        except (ValueError, EOFError, gzip.BadGzipFile) as error:
            raise BackupUnusable(f"the rows of {table} in {name} cannot be read") from error

    def read_blobs(self, snapshot: Snapshot) -> Iterator[tuple[Digest, int]]:
        """The blobs that a snapshot has, with their sizes; raises as :meth:`read_rows` does."""
        missing = set(snapshot.missing)
        for row in self.read_table(snapshot, "blobs"):
            if row["digest"] not in missing:
                yield Digest(row["digest"]), int(row["size_bytes"])

    def read_table(self, snapshot: Snapshot, table: str) -> Iterator[dict[str, Any]]:
        """The rows of one of a snapshot's tables by column; raises as :meth:`read_rows` does."""
        columns = next((file.columns for file in snapshot.tables if file.table == table), ())
        if columns:
            for row in self.read_rows(snapshot.name, table):
                yield dict(zip(columns, row, strict=True))

    def check_rows(self, snapshot: Snapshot) -> None:
        """Make sure that the rows are byte for byte what was written.

        Raises:
            BackupUnusable: they are not.
        """
        for file in snapshot.tables:
            path = self._rows(snapshot.name, file.table)
            if not path.is_file() or _hash(path) != file.sha256:
                raise BackupUnusable(f"{path} is not what was written")

    def _rows(self, name: str, table: str) -> Path:
        return self._snapshots / name / "rows" / f"{table}.jsonl.gz"


def write_private(path: Path, content: bytes) -> None:
    """Write a file, durably, that only its owner may read; nothing may be there yet."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_file(path: Path) -> None:
    """Wait until a file's bytes are on the disk."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
