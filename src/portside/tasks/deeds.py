"""The services that tasks call; the composition root fills this in, once for each thread."""

from __future__ import annotations

from dataclasses import dataclass

from portside.services.backfills import Backfills
from portside.services.collection import Collection
from portside.services.deliveries import Delivery
from portside.services.expiry import Expiry
from portside.services.outbox import Outbox
from portside.services.replication import Replication
from portside.services.scanning.scans import Scanning


@dataclass(frozen=True, slots=True, kw_only=True)
class Deeds:
    """What tasks may ask for. Methods that tasks call are no coroutines and may block."""

    outbox: Outbox
    scanning: Scanning
    replication: Replication
    backfills: Backfills
    expiry: Expiry
    collection: Collection
    deliveries: tuple[Delivery, ...]
