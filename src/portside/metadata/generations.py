"""Counters that grow with each change of what they stand for, and so prove caches fresh."""

from __future__ import annotations

from sqlalchemy.dialects.sqlite import insert as upsert

from portside.metadata.database import Transaction
from portside.metadata.tables import generations


def grow(tx: Transaction, name: str) -> None:
    """Make every cache that is bound to this generation stale."""
    tx.execute(
        upsert(generations)
        .values(name=name, value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": generations.c.value + 1})
    )
