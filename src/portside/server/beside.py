"""What the command line does in a data folder, also beside a server that runs on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from portside.metadata.migrations import upgrade
from portside.server.clock import now
from portside.server.equipment import (
    command_holder,
    make_collection,
    make_expiry,
    make_outbox,
    make_work,
)
from portside.server.preparation import open_present
from portside.services.collection import Collection
from portside.services.expiry import Expiry
from portside.services.lifecycles import Lifecycles
from portside.services.outbox import Outbox
from portside.services.usage import Usages
from portside.services.work import Work
from portside.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The services that commands call."""

    collection: Collection
    usages: Usages
    outbox: Outbox
    work: Work
    expiry: Expiry
    lifecycles: Lifecycles


@contextmanager
def beside(settings: Settings) -> Iterator[Beside]:
    """The services over a data folder, while the block runs.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
    """
    database = open_present(settings)
    try:
        upgrade(database)
        yield Beside(
            collection=make_collection(settings, database, command_holder()),
            usages=Usages(database),
            outbox=make_outbox(settings, database),
            work=make_work(database),
            expiry=make_expiry(settings, database),
            lifecycles=Lifecycles(database, now),
        )
    finally:
        database.close()
