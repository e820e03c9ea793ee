"""Which services the tasks have; the tables of what they do are in ``tasks/``."""

from __future__ import annotations

import hashlib
import os
import random
import socket
import time
from datetime import timedelta
from functools import partial
from uuid import uuid4

from portside.metadata.caches import RepositoryCache
from portside.metadata.database import Database
from portside.registry.work import Retries
from portside.server.audit import open_audit
from portside.server.clock import now
from portside.server.preparation import open_store
from portside.server.scanners import open_scanning, scans_at_once
from portside.server.stores import make_stores
from portside.services.collection import Collection
from portside.services.deliveries import AWSEndpoint, Delivery, JSONLines, Target, Webhook
from portside.services.expiry import Expiry, Pace
from portside.services.leases import Leases
from portside.services.outbox import Outbox
from portside.services.scanning.turns import Turns
from portside.services.work import Work
from portside.settings import Settings
from portside.tasks.deeds import Deeds
from portside.tasks.reactions import reactions
from portside.tasks.runner import Equipment
from portside.tasks.schedules import Intervals, schedules


def command_holder() -> str:
    """How a command of this process is named where it holds something alone."""
    return f"command@{socket.gethostname()}/{os.getpid()}"


def command_is_dead(holder: str) -> bool:
    """Whether this names a command of this node whose process is no more."""
    name, _, rest = holder.partition("/")
    pid = rest.partition("/")[0]
    return name == f"command@{socket.gethostname()}" and pid.isdecimal() and _is_dead(int(pid))


def run_id() -> str:
    """A new name for a run of this process; 64 characters at most, however long the node's name."""
    return f"{_node()}/{os.getpid()}/{uuid4().hex}"


def run_is_dead(run: str) -> bool:
    """Whether this names a run on this node whose process is no more."""
    node, pid, _ = f"{run}//".split("/", 2)
    return node == _node() and pid.isdecimal() and _is_dead(int(pid))


def _node() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:16]


def _is_dead(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def make_work(database: Database) -> Work:
    """The service of tasks."""
    return Work(database, now, random.random, Retries(attempts=20))


def make_outbox(settings: Settings, database: Database) -> Outbox:
    """The service of events."""
    return Outbox(database, now, retention=timedelta(days=settings.event_retention_days))


def make_expiry(settings: Settings, database: Database) -> Expiry:
    """The service that applies lifecycle policies, leaving the database to pushes in between."""
    pace = Pace(time.sleep, time.monotonic)
    expiry = Expiry(database, now, run_id, pace, is_dead=run_is_dead)
    expiry.record_in(open_audit(settings))
    return expiry


def make_collection(settings: Settings, database: Database, holder: str) -> Collection:
    """The service that frees space; ``holder`` names this process."""
    return Collection(
        database,
        open_store(settings),
        Leases(database, now, holder, command_is_dead),
        now,
        grace=timedelta(seconds=settings.gc_grace),
        upload_lifetime=timedelta(seconds=settings.upload_lifetime),
    )


def make_deliveries(settings: Settings) -> tuple[Delivery, ...]:
    """A delivery for each target that is set."""
    targets: list[Target] = [
        Webhook(url, settings.event_webhook_secret, now) for url in settings.event_webhooks or ()
    ]
    if settings.event_file is not None:
        targets.append(JSONLines(settings.event_file))
    for service, address in (("sqs", settings.event_queue), ("events", settings.event_bus)):
        if address is not None:
            targets.append(AWSEndpoint(service, address, settings.region, settings.event_endpoint))
    return tuple(Delivery(target, settings.event_source) for target in targets)


def equip(settings: Settings, database: Database, holder: str, turns: Turns) -> Equipment:
    """What one thread of the tasks works with."""
    outbox = make_outbox(settings, database)
    cache = RepositoryCache(database, database.freshness())
    stores = make_stores(settings, database, cache)
    deeds = Deeds(
        outbox=outbox,
        scanning=open_scanning(settings, database, turns),
        replication=stores.replication,
        backfills=stores.backfills,
        expiry=make_expiry(settings, database),
        collection=make_collection(settings, database, holder),
        deliveries=make_deliveries(settings),
    )
    intervals = Intervals(
        lifecycle=timedelta(seconds=settings.lifecycle_interval),
        collect=timedelta(seconds=settings.gc_interval),
    )
    equipment = Equipment(
        work=make_work(database),
        dispatch=outbox.dispatch,
        reactions=reactions(deeds, scans_at_once(settings)),
        schedules=schedules(deeds, intervals),
    )
    if settings.otlp_endpoint is None:
        return equipment
    from portside.server.tracing.tasks import traced_equipment  # noqa: PLC0415 - loaded if asked for

    return traced_equipment(equipment)


def equipper(settings: Settings, database: Database, holder: str) -> partial[Equipment]:
    """Makes a thread's equipment; all threads of the process share the database and the turns."""
    return partial(equip, settings, database, holder, Turns())
