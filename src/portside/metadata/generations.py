"""Counters that grow with each change of what they stand for, and so prove caches fresh.

They grow only here: on PostgreSQL, other processes are told which of them did.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, update

from portside.metadata.database import Transaction, note_change, note_repository_change
from portside.metadata.statements import upsert
from portside.metadata.tables import generations, repositories


def grow(tx: Transaction, name: str) -> None:
    """Make every cache that is bound to this generation stale."""
    note_change(tx, name)
    tx.execute(
        upsert(generations)
        .values(name=name, value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": generations.c.value + 1})
    )


def grow_repositories(tx: Transaction, which: ColumnElement[bool]) -> None:
    """Make every cache of these repositories stale."""
    grown = (
        update(repositories)
        .where(which)
        .values(generation=repositories.c.generation + 1)
        .returning(repositories.c.id)
    )
    for repository_id in tx.scalars(grown):
        note_repository_change(tx, repository_id)
