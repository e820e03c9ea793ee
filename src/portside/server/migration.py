"""What ``portside migrate`` is made of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from uuid import uuid4

from portside.metadata.migrations import upgrade
from portside.server.clock import now
from portside.server.equipment import command_holder, command_is_dead
from portside.server.preparation import make_folder, open_database, open_present, open_store
from portside.services.leases import Leases
from portside.services.migration import Migration, Stores
from portside.settings import Settings


@contextmanager
def open_migration(
    settings: Settings, database: str | None, blobs: str | None
) -> Iterator[Migration]:
    """The migration from the stores that are set to those that are named.

    ``None`` names the file or the folder of the data folder.

    Raises:
        OSError: a store cannot be used.
    """
    there = replace(settings, database=database, blobs=blobs)
    with closing(open_present(settings)) as source:
        upgrade(source)
        target_blobs = make_folder(there)
        with closing(open_database(there)) as target:
            upgrade(target)
            yield Migration(
                Stores(
                    database=source,
                    blobs=open_store(settings),
                    leases=Leases(source, now, command_holder(), command_is_dead),
                ),
                Stores(
                    database=target,
                    blobs=target_blobs,
                    leases=Leases(target, now, command_holder(), command_is_dead),
                ),
                now,
                lambda: str(uuid4()),
            )
