"""Rows of leases: who may do alone what only one may do, and until when."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, func, select

from portside.metadata.database import Transaction
from portside.metadata.statements import upsert
from portside.metadata.tables import leases


def find_holder(tx: Transaction, name: str, now: datetime) -> str | None:
    """Who has a lease now, or ``None``."""
    query = select(leases.c.holder).where(leases.c.name == name, leases.c.expires_at > now)
    return tx.execute(query).scalar_one_or_none()


def put_lease(tx: Transaction, name: str, holder: str, until: datetime) -> None:
    """Let somebody have a lease until then, whoever has it now."""
    values = {"holder": holder, "expires_at": until}
    tx.execute(
        upsert(leases)
        .values(name=name, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )


def release_lease(tx: Transaction, name: str, holder: str) -> None:
    """Give a lease back, if it is still this holder's."""
    tx.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def release_leases(tx: Transaction, holder_prefix: str) -> None:
    """Give back what holders of this prefix had: they are known to be dead."""
    held = func.substr(leases.c.holder, 1, len(holder_prefix)) == holder_prefix
    tx.execute(delete(leases).where(held))
