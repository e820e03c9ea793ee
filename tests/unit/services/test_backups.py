"""Backups and restores over real stores: what comes back is what was there, or nothing at all."""

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from tests.unit.services.registry_in_a_folder import Clock, RegistryInAFolder

from portside.metadata import rows, tables
from portside.metadata.database import Database
from portside.names.digests import Digest
from portside.registry.backups import Snapshot
from portside.services.backups import (
    BackupFolder,
    Backups,
    BackupUnusable,
    Restoring,
    TargetNotEmpty,
    Wishes,
    check_snapshot,
    choose_key,
)
from portside.services.keys import Keys
from portside.services.leases import Leases

KEY = bytes(range(32))


class Quiet:
    """Nobody looks."""

    def total(self, stage: str, total: int) -> None:
        """Nothing."""

    def advance(self, stage: str, amount: int) -> None:
        """Nothing."""


def new_id() -> str:
    return str(uuid4())


def make_registry(folder: Path) -> RegistryInAFolder:
    folder.mkdir()
    made = RegistryInAFolder(folder, Clock())
    made.store.prepare()
    return made


@pytest.fixture
def source(tmp_path: Path) -> Iterator[RegistryInAFolder]:
    """A registry with images, a deleted one, an open upload, and sealed secrets."""
    made = make_registry(tmp_path / "source")
    for name in ("one", "two"):
        made.create(name)
        for content in (b"{}", name.encode()):
            made.put_blob(name, content)
        made.push(name, "v1", b"{}", name.encode())
    made.put_blob("one", b"gone")
    made.delete_image("one", made.push("one", "gone", b"{}", b"gone"))
    made.begin("one", b"half of an upload")
    Keys(made.database, KEY).token_key(Keys(made.database, KEY).open_seal())
    yield made
    made.close()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[RegistryInAFolder]:
    """A registry that is to be overwritten."""
    made = make_registry(tmp_path / "target")
    yield made
    made.close()


def back_up(source: RegistryInAFolder, folder: BackupFolder, **wishes: Any) -> Snapshot:
    leases = Leases(source.database, source.clock, "test")
    backups = Backups(source.database, source.store, leases, source.clock, new_id, "0")
    wanted = Wishes(**({"key": KEY} | wishes))
    return backups.run(folder, wanted, Quiet()).snapshot


def bring_back(
    target: RegistryInAFolder, folder: BackupFolder, snapshot: Snapshot, *, replaces: bool = True
) -> int:
    leases = Leases(target.database, target.clock, "test")
    restoring = Restoring(target.database, target.store, leases, new_id)
    return restoring.run(folder, snapshot, Quiet(), parallel=2, replaces=replaces).row_count


def all_rows(database: Database) -> dict[str, list[Any]]:
    with database.read() as tx:
        found = {one.table: list(one.rows) for one in rows.read_all(tx)}
    # These grow, so that nothing remembered of before is taken for fresh.
    del found["generations"]
    names = [column.name for column in tables.repositories.columns]
    for row in found["repositories"]:
        row[names.index("generation")] = 0
    return found


def test_what_comes_back_is_what_was_there(
    source: RegistryInAFolder, target: RegistryInAFolder, tmp_path: Path
) -> None:
    """Every row of every table but uploads and leases, every blob, and the ids that were used."""
    folder = BackupFolder(tmp_path / "backup")
    snapshot = back_up(source, folder)
    check_snapshot(folder, folder.get_snapshot(), Quiet(), reads=True)
    bring_back(target, folder, snapshot)
    assert all_rows(target.database) == all_rows(source.database)
    assert target.files() == source.files()
    with target.database.read() as tx:
        assert rows.read_sequences(tx) == snapshot.sequences
        assert tx.scalar(select(tables.uploads.c.id)) is None
    target.put_blob("one", b"new")
    target.push("one", "v2", b"{}", b"new")
    with target.database.read() as tx:
        ids = tx.scalars(select(tables.images.c.id)).all()
    # The deleted image's id does not come again.
    assert sorted(ids) == [1, 2, 4]


def test_only_new_blobs_are_copied_and_outdated_snapshots_go(
    source: RegistryInAFolder, tmp_path: Path
) -> None:
    folder = BackupFolder(tmp_path / "backup")
    first = back_up(source, folder)
    inodes = {path: path.stat().st_ino for path in (tmp_path / "backup" / "blobs").rglob("*")}
    source.collection.collect(source.clock() - source.clock())
    source.put_blob("one", b"added")
    source.push("one", "v2", b"{}", b"added")
    second = back_up(source, folder)
    assert folder.list_snapshots() == sorted([first.name, second.name])
    assert second.name == f"{first.name}-1"
    for path, inode in inodes.items():
        assert path.stat().st_ino == inode
    assert folder.store.size(Digest.of(b"gone")) == 4
    back_up(source, folder, keep=1)
    assert folder.list_snapshots() == [f"{first.name}-2"]
    assert folder.store.size(Digest.of(b"gone")) == 0
    assert folder.store.size(Digest.of(b"added")) == 5
    check_snapshot(folder, folder.get_snapshot(), Quiet(), reads=True)


def test_a_registry_that_is_there_is_not_replaced(
    source: RegistryInAFolder, target: RegistryInAFolder, tmp_path: Path
) -> None:
    folder = BackupFolder(tmp_path / "backup")
    snapshot = back_up(source, folder)
    target.create("mine")
    before = all_rows(target.database)
    with pytest.raises(TargetNotEmpty):
        bring_back(target, folder, snapshot, replaces=False)
    assert all_rows(target.database) == before


def test_caches_of_what_was_replaced_are_stale(
    source: RegistryInAFolder, target: RegistryInAFolder, tmp_path: Path
) -> None:
    """Repositories of the same id and generation are not taken for those of before."""
    folder = BackupFolder(tmp_path / "backup")
    snapshot = back_up(source, folder)
    target.create("mine")
    with target.database.read() as tx:
        before = rows.newest_generations(tx)
    bring_back(target, folder, snapshot)
    with target.database.read() as tx:
        highest, named = rows.newest_generations(tx)
        lowest = min(tx.scalars(select(tables.repositories.c.generation)))
    assert lowest > before[0]
    assert highest >= lowest
    assert all(named[name] > value for name, value in before[1].items())


def test_lost_blobs_are_told_and_a_push_heals_them(
    source: RegistryInAFolder, target: RegistryInAFolder, tmp_path: Path
) -> None:
    """A registry that has lost something is backed up all the same, and comes back honest."""
    lost, wrong = Digest.of(b"one"), Digest.of(b"two")
    source.store.delete(lost)
    source.store.find_path(wrong).write_bytes(b"owt")
    folder = BackupFolder(tmp_path / "backup")
    snapshot = back_up(source, folder)
    assert set(snapshot.missing) == {lost.text, wrong.text}
    check_snapshot(folder, snapshot, Quiet(), reads=True)
    bring_back(target, folder, snapshot)
    with target.database.read() as tx:
        held = set(tx.scalars(select(tables.repository_blobs.c.digest)))
    assert held & set(snapshot.missing) == set()
    target.put_blob("one", b"one")
    assert target.files() > {lost.text}


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        ("blobs", "is wrong: blob-corrupt"),
        ("short blob", "is wrong: blob-corrupt"),
        ("no blob", "is wrong: blob-gone"),
        ("rows", "images.jsonl.gz is not what was written"),
        ("no rows", "images.jsonl.gz is not what was written"),
        ("document", "cannot be used: it is no snapshot's document"),
        ("format", "it has the format 2, and this version knows 1"),
        ("name", "its name is none of a snapshot"),
        ("table", "a table of it is none"),
        ("revision", "is of a newer version, 0"),
        ("unfinished", "has no snapshot that is whole"),
    ],
)
def test_a_damaged_backup_is_refused(
    source: RegistryInAFolder, tmp_path: Path, damage: str, told: str
) -> None:
    root = tmp_path / "backup"
    folder = BackupFolder(root)
    snapshots = root / "snapshots" / back_up(source, folder).name
    blob = folder.store.find_path(Digest.of(b"one"))
    packed, document = snapshots / "rows" / "images.jsonl.gz", snapshots / "snapshot.json"
    held = json.loads(document.read_text())
    foreign = [held["tables"][0] | {"table": "../../etc/passwd"}]

    def rewrite(**changed: Any) -> None:
        document.write_text(json.dumps(held | changed))

    damages: dict[str, Callable[[], Any]] = {
        "blobs": lambda: blob.write_bytes(b"eno"),
        "short blob": lambda: blob.write_bytes(b"on"),
        "no blob": blob.unlink,
        "rows": lambda: packed.write_bytes(gzip.compress(b"[]\n")),
        "no rows": packed.unlink,
        "unfinished": document.unlink,
        "table": lambda: rewrite(tables=foreign),
        "document": lambda: rewrite(tables=1),
        "format": lambda: rewrite(format=2),
        "name": lambda: rewrite(name="../x"),
        "revision": lambda: rewrite(revision="9999"),
    }
    damages[damage]()
    with pytest.raises(BackupUnusable) as refused:
        check_snapshot(folder, folder.get_snapshot(), Quiet(), reads=True)
    assert told in str(refused.value)


def test_rows_that_cannot_be_loaded_change_nothing(
    source: RegistryInAFolder, target: RegistryInAFolder, tmp_path: Path
) -> None:
    """The rows come in one transaction: what fails in the middle leaves what was there."""
    folder = BackupFolder(tmp_path / "backup")
    snapshot = back_up(source, folder)
    packed = tmp_path / "backup" / "snapshots" / snapshot.name / "rows" / "tags.jsonl.gz"
    packed.write_bytes(b"this is not packed")
    target.create("mine")
    before = all_rows(target.database)
    with pytest.raises(BackupUnusable):
        bring_back(target, folder, snapshot)
    assert all_rows(target.database) == before


def test_keys(source: RegistryInAFolder, tmp_path: Path) -> None:
    """The key lies in the backup for its owner alone, or not at all; a wrong one is refused."""
    folder = BackupFolder(tmp_path / "backup")
    snapshot = back_up(source, folder)
    path = tmp_path / "backup" / "snapshots" / snapshot.name / "secrets.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o700
    assert choose_key(folder, snapshot, None) == KEY
    assert choose_key(folder, snapshot, KEY) == KEY
    with pytest.raises(BackupUnusable, match="that was given does not open"):
        choose_key(folder, snapshot, bytes(32))
    path.write_bytes(base64.b64encode(bytes(32)))
    with pytest.raises(BackupUnusable, match="of the backup does not open"):
        choose_key(folder, snapshot, None)
    path.write_bytes(b"short")
    with pytest.raises(BackupUnusable, match="holds no key"):
        choose_key(folder, snapshot, None)
    without = back_up(source, folder, key=None)
    assert not without.has_key
    with pytest.raises(BackupUnusable, match="made without its secrets key"):
        choose_key(folder, without, None)
    assert choose_key(folder, without, KEY) == KEY
    with pytest.raises(BackupUnusable, match="changed meanwhile"):
        back_up(source, folder, key=bytes(32))


def test_one_command_writes_at_a_time_and_only_to_its_own(
    source: RegistryInAFolder, tmp_path: Path
) -> None:
    foreign = tmp_path / "photos"
    foreign.mkdir()
    (foreign / "me.jpg").write_bytes(b"smile")
    with pytest.raises(BackupUnusable, match="something else than a backup"):
        back_up(source, BackupFolder(foreign))
    assert [file.name for file in foreign.iterdir()] == ["me.jpg"]
    folder = BackupFolder(tmp_path / "backup")
    with (
        folder.writing(),
        pytest.raises(BackupUnusable, match="another command writes"),
    ):
        back_up(source, BackupFolder(tmp_path / "backup"))


def test_what_a_killed_backup_left_is_gone_with_the_next(
    source: RegistryInAFolder, tmp_path: Path
) -> None:
    folder = BackupFolder(tmp_path / "backup")
    with folder.writing():
        folder.begin("20200101T000000Z")
        folder.store.begin("half")
    assert folder.list_snapshots() == []
    made = back_up(source, folder)
    assert [one.name for one in (tmp_path / "backup" / "snapshots").iterdir()] == [made.name]
    assert list(folder.store.list_staged()) == []


def test_an_older_schema_is_brought_forward(
    source: RegistryInAFolder, target: RegistryInAFolder, tmp_path: Path
) -> None:
    """A backup of an earlier version is loaded into its own schema and migrated from there."""
    folder = BackupFolder(tmp_path / "backup")
    snapshot = back_up(source, folder)
    document = tmp_path / "backup" / "snapshots" / snapshot.name / "snapshot.json"
    held = json.loads(document.read_text())
    # Revision 0012 knew nothing of what may be collected.
    later = {"unreferenced_blobs", "orphan_blobs"}
    held["revision"] = "0012"
    held["tables"] = [table for table in held["tables"] if table["table"] not in later]
    document.write_text(json.dumps(held))
    bring_back(target, folder, folder.get_snapshot())
    with target.database.read() as tx:
        assert tx.scalar(text("SELECT count(*) FROM unreferenced_blobs")) == 1
    target.collection.collect(target.clock() - target.clock())
    assert Digest.of(b"gone").text not in target.files()
