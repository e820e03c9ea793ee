"""What the command line needs to make and attach bills of materials."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from uuid import uuid4

from portside.metadata.caches import RepositoryCache
from portside.metadata.migrations import upgrade
from portside.server.clock import now
from portside.server.preparation import open_present
from portside.server.stores import make_stores
from portside.services.images import Images
from portside.services.scanning.boms import Boms
from portside.services.scanning.bounds import Limits
from portside.services.scanning.engine import Engine
from portside.services.scanning.turns import Turns
from portside.services.uploads import Uploads
from portside.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class BomServices:
    """The services that ``portside sbom`` calls."""

    boms: Boms
    images: Images
    uploads: Uploads


@contextmanager
def open_boms(settings: Settings) -> Iterator[BomServices]:
    """The services over a data folder, also beside a running server.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
    """
    database = open_present(settings)
    freshness = database.freshness()
    stores = make_stores(settings, database, RepositoryCache(database, freshness))
    engine = Engine(database, stores.blobs, now, Limits(), Turns())
    try:
        upgrade(database)
        yield BomServices(
            boms=Boms(database, engine, now, _new_id, version("portside")),
            images=stores.images,
            uploads=Uploads(database, stores.blobs, stores.repositories, now, _new_id),
        )
    finally:
        freshness.close()
        database.close()


def _new_id() -> str:
    return str(uuid4())
