"""Which services the tasks have; the tables of what they do are in ``tasks/``."""

from __future__ import annotations

import random
import time
from datetime import timedelta
from functools import partial
from uuid import uuid4

from portside.metadata.caches import RepositoryCache
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness
from portside.registry.work import Retries
from portside.server.clock import now
from portside.server.preparation import open_scanning
from portside.server.stores import make_stores
from portside.services.expiry import Expiry, Pace
from portside.services.outbox import Outbox
from portside.services.work import Work
from portside.settings import Settings
from portside.tasks.deeds import Deeds
from portside.tasks.reactions import reactions
from portside.tasks.runner import Equipment
from portside.tasks.schedules import Intervals, schedules


def make_work(database: Database) -> Work:
    """The service of tasks."""
    return Work(database, now, random.random, Retries())


def make_outbox(settings: Settings, database: Database) -> Outbox:
    """The service of events."""
    return Outbox(database, now, retention=timedelta(days=settings.event_retention_days))


def make_expiry(database: Database) -> Expiry:
    """The service that applies lifecycle policies, leaving the database to pushes in between."""
    return Expiry(database, now, lambda: str(uuid4()), Pace(time.sleep, time.monotonic))


def equip(settings: Settings, database: Database) -> Equipment:
    """What one thread of the tasks works with."""
    outbox = make_outbox(settings, database)
    cache = RepositoryCache(database, Freshness(database.path))
    stores = make_stores(settings, database, cache)
    deeds = Deeds(
        outbox=outbox,
        scanning=open_scanning(settings, database),
        replication=stores.replication,
        backfills=stores.backfills,
        expiry=make_expiry(database),
    )
    intervals = Intervals(lifecycle=timedelta(seconds=settings.lifecycle_interval))
    return Equipment(
        work=make_work(database),
        dispatch=outbox.dispatch,
        reactions=reactions(deeds),
        schedules=schedules(deeds, intervals),
    )


def equipper(settings: Settings, database: Database) -> partial[Equipment]:
    """Makes a thread's equipment; all threads of the process share the database."""
    return partial(equip, settings, database)
