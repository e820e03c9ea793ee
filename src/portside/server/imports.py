"""What ``portside import`` is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

from portside.metadata.caches import RepositoryCache
from portside.metadata.migrations import upgrade
from portside.names.accounts import AccountId, Region, RegistryId
from portside.registry.upstreams import Endpoint, Upstream, parse_endpoints
from portside.server.clock import now
from portside.server.preparation import open_present
from portside.server.stores import make_stores
from portside.services.imports import Keeping, Origin
from portside.services.imports.ecr import ECR
from portside.services.imports.listings import list_repositories
from portside.services.uploads import Uploads
from portside.services.upstreams.exchanges import Exchanges
from portside.services.upstreams.registries import Registries
from portside.services.upstreams.sources import Credentials, Source
from portside.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class From:
    """The registry to import from; ``ecr`` is its API, where it has ECR's."""

    endpoint: Endpoint
    repository: str | None
    credentials: Credentials | None
    ecr: ECR | None


@dataclass(frozen=True, slots=True)
class Importing:
    """Where images come from and where they go."""

    origin: Origin
    keeping: Keeping


@contextmanager
def open_import(settings: Settings, from_: From) -> Iterator[Importing]:
    """The services over a data folder, also beside a running server.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
        UpstreamDenied: the registry's API gives no credentials.
    """
    credentials = from_.ecr.credentials() if from_.ecr else from_.credentials
    database = open_present(settings)
    freshness = database.freshness()
    registries = _registries(settings, from_.endpoint)
    try:
        upgrade(database)
        stores = make_stores(settings, database, RepositoryCache(database, freshness))
        uploads = Uploads(database, stores.blobs, stores.repositories, now, lambda: str(uuid4()))
        registry = RegistryId(AccountId(settings.account), Region(settings.region))
        source = Source(Upstream(from_.endpoint, None, is_trusted=True), "", credentials)
        yield Importing(
            Origin(registries=registries, source=source, names=_names(registries, source, from_)),
            Keeping(registry, database, freshness, stores.repositories, stores.images, uploads),
        )
    finally:
        registries.close()
        freshness.close()
        database.close()


def _names(registries: Registries, source: Source, from_: From) -> Callable[[], Iterable[str]]:
    repository, ecr = from_.repository, from_.ecr
    if repository is not None:
        return lambda: [repository]
    if ecr is not None:
        return ecr.list_repositories
    return lambda: list_repositories(registries, source)


def _registries(settings: Settings, endpoint: Endpoint) -> Registries:
    # Whoever may give commands here may name any registry; what that one redirects to may lie in
    # private networks only where the settings allow it.
    allowed = parse_endpoints(settings.upstream_hosts) if settings.upstream_hosts else ()
    exchanges = Exchanges(
        (endpoint, *allowed),
        ca_file=settings.upstream_ca_file,
        read_seconds=float(settings.upstream_timeout_seconds),
    )
    return Registries(exchanges)
