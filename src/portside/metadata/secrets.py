"""Rows of secrets: the server's own, and those of access keys, each as it is sealed."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from portside.metadata.database import Transaction
from portside.metadata.tables import access_keys, secrets


def find_secret(tx: Transaction, name: str) -> bytes | None:
    """One of the server's own secrets, or ``None``."""
    value: bytes | None = tx.scalar(select(secrets.c.value).where(secrets.c.name == name))
    return value


def insert_secret(tx: Transaction, name: str, value: bytes) -> None:
    """Add one of the server's own secrets."""
    tx.execute(insert(secrets).values(name=name, value=value))


def replace_secret(tx: Transaction, name: str, value: bytes) -> None:
    """Give one of the server's own secrets another value."""
    tx.execute(update(secrets).where(secrets.c.name == name).values(value=value))


def list_secrets(tx: Transaction) -> list[tuple[str, bytes]]:
    """The names and values of all of the server's own secrets."""
    rows = tx.execute(select(secrets.c.name, secrets.c.value).order_by(secrets.c.name))
    return [(row.name, row.value) for row in rows]


def list_access_key_secrets(tx: Transaction) -> list[tuple[str, str]]:
    """The ids and secrets of all access keys."""
    rows = tx.execute(select(access_keys.c.id, access_keys.c.secret).order_by(access_keys.c.id))
    return [(row.id, row.secret) for row in rows]


def replace_access_key_secret(tx: Transaction, key_id: str, secret: str) -> None:
    """Give an access key's secret another form; the key stays the same."""
    tx.execute(update(access_keys).where(access_keys.c.id == key_id).values(secret=secret))
