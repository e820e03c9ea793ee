"""What ``portside verify`` is made of."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from portside.metadata.caches import RepositoryCache
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness
from portside.metadata.migrations import upgrade
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.names.errors import Refusal
from portside.names.repositories import RepositoryName
from portside.server.clock import now
from portside.server.equipment import command_holder, make_collection
from portside.server.preparation import open_present, open_store
from portside.server.secrets_key import open_keys
from portside.server.stores import make_stores
from portside.server.upstreams import make_copies, make_registries, make_rules
from portside.services.uploads import Uploads
from portside.services.upstreams.copies import Copies, Puller
from portside.services.upstreams.importing import Importing
from portside.services.upstreams.registries import Registries
from portside.services.verification import Mends, Quarantine, Verification
from portside.settings import Settings

_QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifying:
    """The services that ``portside verify`` calls."""

    verification: Verification
    mends: Mends
    quarantine: Path


@contextmanager
def open_verification(settings: Settings) -> Iterator[Verifying]:
    """The services over a data folder, also beside a running server.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
    """
    database = open_present(settings)
    freshness = database.freshness()
    registries = make_registries(settings)
    try:
        upgrade(database)
        store = open_store(settings)
        quarantine = settings.data / _QUARANTINE
        refetching = _Refetching(settings, database, freshness, registries)
        yield Verifying(
            verification=Verification(
                database, store, now, random.random, oci_strict=settings.oci_strict
            ),
            mends=Mends(
                database,
                store,
                now,
                make_collection(settings, database, command_holder()),
                Quarantine(quarantine),
                refetching.fetch,
            ),
            quarantine=quarantine,
        )
    finally:
        registries.close()
        freshness.close()
        database.close()


class _Refetching:
    """Fetches blobs from upstream registries; its parts are made when the first one is wanted."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        freshness: Freshness,
        registries: Registries,
    ) -> None:
        self._settings = settings
        self._database = database
        self._freshness = freshness
        self._registries = registries
        self._copies: Copies | None = None

    def fetch(self, registry: RegistryId, name: str, digest: Digest) -> bool:
        """Whether a rule covers the repository and its upstream gave the blob."""
        self._freshness.renew()
        puller = Puller(registry, RepositoryName(name), lambda _: True)
        copies = self._copies = self._copies or self._make()
        try:
            return asyncio.run(copies.copy_blob(puller, digest))
        except Refusal:
            return False

    def _make(self) -> Copies:
        settings, database, freshness = self._settings, self._database, self._freshness
        seal = open_keys(settings, database).seal
        stores = make_stores(settings, database, RepositoryCache(database, freshness))
        uploads = Uploads(database, stores.blobs, stores.repositories, now, lambda: str(uuid4()))
        rules = make_rules(settings, database, freshness, seal, self._registries)
        importing = Importing(
            database, stores.repositories, stores.images, rules, self._registries, now
        )
        kept = (database, stores.repositories, uploads)
        return make_copies(settings, freshness, importing, kept)
