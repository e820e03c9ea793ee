"""Pulls are noted in memory and written later, and not lost where they cannot be written."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.stores.databases import open_database
from tests.unit.services.registry_in_a_folder import REGISTRY, Clock, RegistryInAFolder

from portside.metadata import images
from portside.metadata.caches import ExclusionCache
from portside.metadata.database import Database
from portside.names.arns import root_arn
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.services.pulls import Pulls

NAME = RepositoryName("app")


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[RegistryInAFolder]:
    made = RegistryInAFolder(tmp_path, Clock())
    made.store.prepare()
    made.create(NAME.text)
    yield made
    made.close()


def test_what_cannot_be_written_waits(registry: RegistryInAFolder, tmp_path: Path) -> None:
    for content in (b"{}", b"layer"):
        registry.put_blob(NAME.text, content)
    digest = registry.push(NAME.text, "v1", b"{}", b"layer")
    pulls = Pulls(
        registry.database,
        registry.store,
        registry.repositories,
        registry.clock,
        ExclusionCache(registry.database, registry.freshness),
        manifest_cache_bytes=1024 * 1024,
    )
    registry.freshness.renew()
    pulls.record(REGISTRY, pulls.manifest(REGISTRY, NAME, Tag("v1")), root_arn(REGISTRY.account))
    other = open_database(tmp_path / "db")
    rename(other, "images", "away")
    with pytest.raises(Exception, match="no such table"):
        asyncio.run(pulls.write_pulls())
    rename(other, "away", "images")
    asyncio.run(pulls.write_pulls())
    registry.freshness.renew()
    repository = registry.repositories.get(REGISTRY, NAME)
    with registry.database.read() as tx:
        found = images.find_image(tx, repository, digest)
    assert found is not None
    assert found.pulled_at == registry.clock()
    other.close()


def rename(database: Database, name: str, new: str) -> None:
    with database.write() as tx:
        tx.exec_driver_sql(f"ALTER TABLE {name} RENAME TO {new}")
