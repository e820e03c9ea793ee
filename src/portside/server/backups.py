"""What ``portside backup`` and ``portside restore`` are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from uuid import uuid4

from portside.metadata.migrations import upgrade
from portside.metadata.sqlite import FILE_NAME
from portside.registry.backups import Snapshot
from portside.server.clock import now
from portside.server.equipment import command_holder, command_is_dead
from portside.server.preparation import make_folder, open_database, open_present, open_store
from portside.server.secrets_key import changing_key, find_key
from portside.services.backups import (
    BackupFolder,
    Backups,
    Restoring,
    TargetNotEmpty,
    check_snapshot,
    choose_key,
    is_empty,
)
from portside.services.backups.restore import Restored
from portside.services.leases import Leases
from portside.services.watching import Watch
from portside.settings import Settings


@dataclass(frozen=True, slots=True)
class BackingUp:
    """The service that ``portside backup`` calls, and the key that opens the secrets."""

    backups: Backups
    find_key: Callable[[], bytes | None]


@contextmanager
def open_backups(settings: Settings) -> Iterator[BackingUp]:
    """The service over a data folder, also beside a running server.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
    """
    with closing(open_present(settings)) as database:
        upgrade(database)
        leases = Leases(database, now, command_holder(), command_is_dead)
        store = open_store(settings)
        backups = Backups(database, store, leases, now, _new_id, version("portside"))
        yield BackingUp(backups, lambda: find_key(settings))


def check_backup(
    settings: Settings, source: Path, name: str | None, watch: Watch, *, reads: bool
) -> tuple[Snapshot, bytes | None]:
    """A snapshot that is proven to be whole, and the key that opens its secrets.

    Raises:
        BackupUnusable: it is not whole, or its secrets cannot be opened.
        OSError: it cannot be read.
    """
    folder = BackupFolder(source)
    snapshot = folder.get_snapshot(name)
    check_snapshot(folder, snapshot, watch, reads=reads)
    is_given = settings.secrets_key is not None or settings.secrets_key_file is not None
    given = find_key(settings) if is_given or not snapshot.has_key else None
    return snapshot, choose_key(folder, snapshot, given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """What ``portside restore`` is told."""

    source: Path
    name: str | None
    parallel: int
    replaces: bool


def restore(settings: Settings, wanted: Restore, watch: Watch) -> tuple[Snapshot, Restored]:
    """Bring a snapshot into a data folder; nothing is touched before the snapshot is proven.

    Raises:
        BackupUnusable: the snapshot is not whole, or its secrets cannot be opened.
        TargetNotEmpty: there is a registry already, and it was not to be replaced.
        LeaseHeld: another process collects there.
        OSError: it cannot be read, or the data folder not written.
    """
    snapshot, key = check_backup(settings, wanted.source, wanted.name, watch, reads=False)
    if not wanted.replaces and _holds_something(settings):
        raise TargetNotEmpty
    make_folder(settings)
    with closing(open_database(settings)) as database:
        upgrade(database)
        leases = Leases(database, now, command_holder(), command_is_dead)
        restoring = Restoring(database, open_store(settings), leases, _new_id)
        with nullcontext() if key is None else changing_key(settings, key):
            restored = restoring.run(
                BackupFolder(wanted.source),
                snapshot,
                watch,
                parallel=wanted.parallel,
                replaces=wanted.replaces,
            )
    return snapshot, restored


def _holds_something(settings: Settings) -> bool:
    if settings.database is None and not (settings.data / FILE_NAME).exists():
        return False
    # A node's own folder, which its connections to a server need.
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with closing(open_database(settings)) as database:
        return not is_empty(database)


def _new_id() -> str:
    return str(uuid4())
