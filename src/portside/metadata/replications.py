"""Rows of what was copied to which other registry."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from portside.metadata.database import Transaction
from portside.metadata.statements import upsert
from portside.metadata.tables import image_origins, image_replications
from portside.names.accounts import AccountId, Region, RegistryId
from portside.registry.images import Image
from portside.registry.replication import ImageReplication, ReplicationStatus


def put_replication(
    tx: Transaction, image: Image, replication: ImageReplication, now: datetime
) -> None:
    """Record how far the copying of an image to a destination has come."""
    values = {
        "status": replication.status.value,
        "failure_code": replication.failure_code,
        "changed_at": now,
    }
    tx.execute(
        upsert(image_replications)
        .values(
            image_id=image.id,
            destination_account=replication.destination.account.text,
            destination_region=replication.destination.region.text,
            **values,
        )
        .on_conflict_do_update(
            index_elements=["image_id", "destination_account", "destination_region"], set_=values
        )
    )


def list_replications(tx: Transaction, image: Image) -> list[ImageReplication]:
    """How far the copying of an image has come, by destination."""
    columns = image_replications.c
    query = (
        select(image_replications)
        .where(columns.image_id == image.id)
        .order_by(columns.destination_account, columns.destination_region)
    )
    return [
        ImageReplication(
            destination=RegistryId(
                AccountId(row.destination_account), Region(row.destination_region)
            ),
            status=ReplicationStatus(row.status),
            failure_code=row.failure_code,
        )
        for row in tx.execute(query)
    ]


def put_origin(tx: Transaction, image: Image, source: RegistryId) -> None:
    """Record that an image came from another registry, if nothing is recorded yet."""
    tx.execute(
        upsert(image_origins)
        .values(image_id=image.id, account_id=source.account.text, region=source.region.text)
        .on_conflict_do_nothing()
    )


def find_origin(tx: Transaction, image: Image) -> RegistryId | None:
    """The registry that an image came from; ``None`` where it was pushed."""
    row = tx.execute(
        select(image_origins).where(image_origins.c.image_id == image.id)
    ).one_or_none()
    return RegistryId(AccountId(row.account_id), Region(row.region)) if row else None
