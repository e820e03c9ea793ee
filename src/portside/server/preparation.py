"""Data folders: making them, opening them, and what the command line does in them."""

from __future__ import annotations

from portside.blobs.folder import FolderBlobStore
from portside.blobs.locks import BlobLocks, FileLocks, SharedLocks
from portside.blobs.store import BlobStore
from portside.metadata import opening
from portside.metadata.database import Database
from portside.metadata.migrations import upgrade
from portside.metadata.sqlite import FILE_NAME
from portside.names.accounts import AccountId, Region, RegistryId
from portside.server.buckets import open_bucket
from portside.server.clock import now
from portside.server.secrets_key import open_keys
from portside.services.advisories import Advisories
from portside.services.identity.accounts import Accounts, RootCredentials
from portside.services.uploads import distrust_digests
from portside.settings import Settings

_BLOBS = "blobs"
_LOCKS = "blobs.locks"
_ADVISORIES = "advisories.sqlite3"


def prepare(settings: Settings) -> RootCredentials | None:
    """Make or bring forward a data directory, and the default account's root user.

    Returns credentials only if they were made now.

    Raises:
        OSError: the data directory cannot be written, or holds no database of ours.
    """
    store = make_folder(settings)
    database = open_database(settings)
    try:
        upgrade(database)
        distrust_digests(database, store)
        opened = open_keys(settings, database)
        opened.keys.token_key(opened.seal)
        opened.keys.session_key(opened.seal)
        identity = Accounts(database, opened.seal, now)
        return identity.ensure_root(AccountId(settings.account), _preset(settings))
    finally:
        database.close()


def make_folder(settings: Settings) -> BlobStore:
    """Make a data directory, and the store of its blobs; the database has no schema yet.

    Raises:
        OSError: it cannot be written.
    """
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    if settings.database is None:
        # Secrets are in it: nobody else may read it, wherever the folder came from.
        (settings.data / FILE_NAME).touch(mode=0o600)
    store = open_store(settings)
    store.prepare()
    return store


def configure_registry(
    settings: Settings, account: str, region: str, oci_strict: bool | None
) -> bool:
    """Set whose rules a registry follows; whether there is such an account.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
    """
    database = open_present(settings)
    try:
        upgrade(database)
        registry = RegistryId(AccountId(account), Region(region))
        seal = open_keys(settings, database).seal
        return Accounts(database, seal, now).configure_registry(registry, oci_strict=oci_strict)
    finally:
        database.close()


def open_database(settings: Settings) -> Database:
    """The database that is set, or else the data folder's."""
    database = opening.open_database(
        settings.database, settings.data, connections=settings.database_connections
    )
    if settings.otlp_endpoint is None:
        return database
    from portside.server.tracing.stores import traced_database  # noqa: PLC0415 - loaded if asked for

    return traced_database(database)


def open_present(settings: Settings) -> Database:
    """The database, which must be there: commands make none in a folder that was mistyped.

    Raises:
        OSError: there is no such data directory, or no database in it.
    """
    (settings.data if settings.database else settings.data / FILE_NAME).stat()
    return open_database(settings)


def open_store(settings: Settings) -> BlobStore:
    """The blobs, in the data folder or in the bucket that is set."""
    store = _open_store(settings)
    if settings.otlp_endpoint is None:
        return store
    from portside.server.tracing.stores import traced_store  # noqa: PLC0415 - loaded if asked for

    return traced_store(store)


def _open_store(settings: Settings) -> BlobStore:
    if settings.blobs is None:
        return FolderBlobStore(settings.data / _BLOBS)
    return open_bucket(settings, settings.blobs, _open_locks(settings))


def _open_locks(settings: Settings) -> BlobLocks:
    # Who shares the database shares the bucket.
    if settings.database is None:
        return FileLocks(settings.data / _LOCKS)
    from portside.metadata.postgresql.locks import SessionLocks  # noqa: PLC0415 - loaded if needed

    return SharedLocks(SessionLocks(settings.database))


def open_advisories(settings: Settings) -> Advisories:
    """The advisory database, in the data folder unless another place is set."""
    return Advisories(settings.vulndb or settings.data / _ADVISORIES, now)


def _preset(settings: Settings) -> RootCredentials | None:
    if settings.root_access_key_id and settings.root_secret_access_key:
        return RootCredentials(settings.root_access_key_id, settings.root_secret_access_key)
    return None
