"""What pulls through are made of, and the credentials that the command line stores for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from portside.access.sealing import Seal
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness
from portside.metadata.migrations import upgrade
from portside.registry.upstreams import parse_endpoints
from portside.server.clock import now
from portside.server.preparation import open_present
from portside.server.secrets_key import open_keys
from portside.services.repositories import Repositories
from portside.services.uploads import Uploads
from portside.services.upstreams.copies import Copies
from portside.services.upstreams.exchanges import Exchanges
from portside.services.upstreams.importing import Importing
from portside.services.upstreams.registries import Registries
from portside.services.upstreams.rules import Rules
from portside.services.upstreams.secrets import UpstreamSecrets
from portside.settings import Settings


def make_registries(settings: Settings) -> Registries:
    """The client of upstream registries."""
    allowed = parse_endpoints(settings.upstream_hosts) if settings.upstream_hosts else ()
    exchanges = Exchanges(
        allowed,
        ca_file=settings.upstream_ca_file,
        read_seconds=float(settings.upstream_timeout_seconds),
    )
    return Registries(exchanges)


def make_rules(
    settings: Settings,
    database: Database,
    freshness: Freshness,
    seal: Seal,
    registries: Registries,
) -> Rules:
    """The pull-through cache rules of every registry."""
    allowed = parse_endpoints(settings.upstream_hosts) if settings.upstream_hosts else ()
    secrets = UpstreamSecrets(database, seal, now)
    return Rules(database, freshness, secrets, registries, now, allowed=allowed)


def make_copies(
    settings: Settings,
    freshness: Freshness,
    importing: Importing,
    kept: tuple[Database, Repositories, Uploads],
) -> Copies:
    """What makes copies of what upstream registries have; ``kept`` is where they are put."""
    database, repositories, uploads = kept
    return Copies(
        database,
        freshness,
        repositories,
        uploads,
        importing,
        refresh_after=timedelta(seconds=settings.upstream_refresh_seconds),
    )


@contextmanager
def upstream_secrets(settings: Settings) -> Iterator[UpstreamSecrets]:
    """The credentials for upstream registries in a data folder.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
    """
    database = open_present(settings)
    try:
        upgrade(database)
        yield UpstreamSecrets(database, open_keys(settings, database).seal, now)
    finally:
        database.close()
