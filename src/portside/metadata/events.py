"""The outbox: events wait here until they are delivered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import insert

from portside.metadata.database import Transaction
from portside.metadata.tables import events
from portside.names.accounts import RegistryId
from portside.registry.events import Event, render_event


def insert_event(tx: Transaction, registry: RegistryId, event: Event, now: datetime) -> None:
    """Write an event in the transaction of the change that it tells of."""
    kind, document = render_event(event)
    tx.execute(
        insert(events).values(
            account_id=registry.account.text,
            region=registry.region.text,
            kind=kind,
            document=document,
            occurred_at=now,
        )
    )
