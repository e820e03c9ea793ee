"""The key that seals the database's secrets: a setting, a file, or one made at the first start."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from portside.access.sealing import KEY_BYTES, Seal
from portside.metadata.database import Database
from portside.services.keys import Keys, SecretsKeyWrong, is_sealed
from portside.settings import Settings

FILE_NAME = "secrets.key"
_FILE_BYTES_MAX = 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """The keys of a database that the secrets key has opened."""

    keys: Keys
    seal: Seal


def open_keys(settings: Settings, database: Database) -> Opened:
    """Open the database's secrets, and seal them the first time.

    Raises:
        OSError: the key's file cannot be read, holds no key, or another key than the secrets'.
    """
    if settings.secrets_key is not None:
        return _open(database, settings.secrets_key)
    path = find_key_file(settings)
    if settings.secrets_key_file is None and not path.exists():
        if is_sealed(database):
            raise SecretsKeyWrong(
                f"its secrets are sealed, and {path} is not there: give the key that another node "
                "or an earlier start made (--secrets-key-file or PORTSIDE_SECRETS_KEY)"
            )
        _make_key_file(path)
    successor = find_successor(path)
    try:
        return _open(database, _read_key_file(path))
    except SecretsKeyWrong:
        if not successor.exists():
            raise
    # A change of the key that was cut short after the database had taken the new one.
    opened = _open(database, _read_key_file(successor))
    replace_key_file(path, successor)
    return opened


def change_secrets_key(settings: Settings, database: Database) -> Path:
    """Seal the secrets under a new key and put it in the place of the old one, in its file.

    Cut short at any point, the next start finds the key that opens them. Running servers go on.

    Raises:
        OSError: the key is no file's, or cannot be read or written.
    """
    if settings.secrets_key is not None:
        raise SecretsKeyWrong(
            "the secrets key is the setting secrets_key: put it into a file, give that with "
            "--secrets-key-file, and change it there"
        )
    opened = open_keys(settings, database)
    path = find_key_file(settings)
    successor = find_successor(path)
    successor.unlink(missing_ok=True)
    key = secrets.token_bytes(KEY_BYTES)
    write_key_file(successor, key)
    opened.keys.change_secrets_key(key)
    replace_key_file(path, successor)
    return path


def find_key(settings: Settings) -> bytes | None:
    """The secrets key as it is set or lies in its file; ``None`` where there is none yet.

    Raises:
        OSError: its file cannot be read, or holds no key.
    """
    if settings.secrets_key is not None:
        return settings.secrets_key
    path = find_key_file(settings)
    return _read_key_file(path) if path.exists() else None


@contextmanager
def changing_key(settings: Settings, key: bytes) -> Iterator[None]:
    """Let a key be the one in its file, for a block that lets the database hold what it opens.

    Where the block is cut short, the next start finds the key that opens the secrets.

    Raises:
        OSError: the file cannot be read or written.
    """
    path = find_key_file(settings)
    if settings.secrets_key is not None or (path.exists() and _read_key_file(path) == key):
        yield
        return
    successor = find_successor(path)
    if path.exists():
        successor.unlink(missing_ok=True)
        write_key_file(successor, key)
        yield
        replace_key_file(path, successor)
    else:
        write_key_file(path, key)
        yield


def find_successor(path: Path) -> Path:
    """Where a new key lies until the database has taken it."""
    return path.with_name(f"{path.name}.new")


def _open(database: Database, key: bytes) -> Opened:
    keys = Keys(database, key)
    return Opened(keys, keys.open_seal())


def _read_key_file(path: Path) -> bytes:
    with path.open("rb") as file:
        text = file.read(_FILE_BYTES_MAX)
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError as error:
        raise SecretsKeyWrong(f"{path} is no base64") from error
    if len(key) != KEY_BYTES:
        raise SecretsKeyWrong(f"{path} must hold {KEY_BYTES} bytes in base64")
    return key


def find_key_file(settings: Settings) -> Path:
    """Where the key's file is, or would be."""
    return settings.secrets_key_file or settings.data / FILE_NAME


def write_key_file(path: Path, key: bytes) -> None:
    """Write a key, durably, so that only its owner can read it; nothing may be there yet.

    Raises:
        OSError: it cannot be written, or is there.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(base64.b64encode(key) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    _flush_folder(path.parent)


def replace_key_file(path: Path, new: Path) -> None:
    """Put a new key's file in the place of the old one, durably."""
    new.replace(path)
    _flush_folder(path.parent)


def _make_key_file(path: Path) -> None:
    # Under a name of its own first: two servers may start in one folder, and a crash must not
    # leave half a key. The first link wins, and everybody reads that one.
    own = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    write_key_file(own, secrets.token_bytes(KEY_BYTES))
    try:
        os.link(own, path)
    except FileExistsError:
        pass
    finally:
        own.unlink()
    _flush_folder(path.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
