"""Caches: what they hold, what they forget, and that they never serve a stale repository."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.stores.databases import open_database

from portside.metadata import exclusions, principals, repositories
from portside.metadata.caches import ExclusionCache, GenerationCache, RepositoryCache
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness
from portside.metadata.migrations import upgrade
from portside.metadata.principals import Principal
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import root_arn
from portside.names.repositories import RepositoryName
from portside.registry.exclusions import PullTimeExclusion
from portside.registry.mutability import MutabilityMode, TagMutability
from portside.registry.repositories import Repository, RepositorySettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))
NAME = RepositoryName("team/app")


def repository(generation: int, repository_id: int = 1) -> Repository:
    return Repository(
        id=repository_id,
        registry=REGISTRY,
        name=NAME,
        created_at=NOW,
        settings=RepositorySettings(),
        generation=generation,
    )


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(tmp_path / "test.sqlite3")
    upgrade(made)
    account = REGISTRY.account
    root = Principal(arn=root_arn(account), account=account, kind="root", unique_id="A")
    with made.write() as tx:
        principals.insert_account(tx, root, NOW)
        repositories.insert_repository(tx, REGISTRY, NAME, RepositorySettings(), NOW)
    yield made
    made.close()


@pytest.fixture
def freshness(database: Database) -> Iterator[Freshness]:
    made = database.freshness()
    yield made
    made.close()


def test_a_change_is_seen_by_the_next_request(database: Database, freshness: Freshness) -> None:
    cache = RepositoryCache(database, freshness)
    before = cache.find(REGISTRY, NAME)
    assert before is not None
    assert cache.find(REGISTRY, NAME) is before
    with database.write() as tx:
        repositories.set_mutability(tx, before, TagMutability(MutabilityMode.IMMUTABLE))
    freshness.renew()
    after = cache.find(REGISTRY, NAME)
    assert after is not None
    assert after.settings.mutability.mode is MutabilityMode.IMMUTABLE
    assert after.generation == before.generation + 1


def test_a_change_elsewhere_keeps_what_is_remembered(
    database: Database, freshness: Freshness
) -> None:
    cache = RepositoryCache(database, freshness)
    before = cache.find(REGISTRY, NAME)
    with database.write() as tx:
        other = RepositoryName("team/other")
        repositories.insert_repository(tx, REGISTRY, other, RepositorySettings(), NOW)
    freshness.renew()
    assert cache.find(REGISTRY, NAME) is before


def test_a_repository_that_went_and_came_back_is_another(
    database: Database, freshness: Freshness
) -> None:
    cache = RepositoryCache(database, freshness)
    before = cache.find(REGISTRY, NAME)
    assert before is not None
    with database.write() as tx:
        repositories.delete_repository(tx, before)
    freshness.renew()
    assert cache.find(REGISTRY, NAME) is None
    with database.write() as tx:
        repositories.insert_repository(tx, REGISTRY, NAME, RepositorySettings(), NOW)
    freshness.renew()
    after = cache.find(REGISTRY, NAME)
    assert after is not None
    assert after.id != before.id


def test_identity_changes_are_counted(database: Database, freshness: Freshness) -> None:
    before = freshness.identity_generation()
    with database.write() as tx:
        principals.touch_identity(tx)
    assert freshness.identity_generation() == before + 1


def test_a_transaction_that_raises_changes_nothing(
    database: Database, freshness: Freshness
) -> None:
    def fail() -> None:
        with database.write() as tx:
            principals.touch_identity(tx)
            raise LookupError

    before = freshness.identity_generation()
    with pytest.raises(LookupError):
        fail()
    assert freshness.identity_generation() == before


def test_values_hold_for_one_generation() -> None:
    cache: GenerationCache[str] = GenerationCache(10)
    cache.put(repository(1), "k", "value")
    assert cache.find(repository(1), "k") == "value"
    assert cache.find(repository(1, repository_id=2), "k") is None
    assert cache.find(repository(2), "k") is None
    assert cache.find(repository(1), "k") is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 12)), max_size=40))
def test_the_weight_stays_within_the_limit(puts: list[tuple[str, int]]) -> None:
    cache: GenerationCache[int] = GenerationCache(10)
    latest: dict[str, int] = {}
    for key, weight in puts:
        cache.put(repository(1), key, weight, weight)
        latest[key] = weight
        held = {one: cache.find(repository(1), one) for one in latest}
        assert sum(value for value in held.values() if value is not None) <= 10
        assert all(value in (None, latest[one]) for one, value in held.items())
        assert (held[key] is None) is (weight > 10)


def test_exclusions_are_seen_by_the_next_request(database: Database, freshness: Freshness) -> None:
    cache = ExclusionCache(database, freshness)
    elsewhere = RegistryId(REGISTRY.account, Region("eu-west-1"))
    scanner = PullTimeExclusion(principal="arn:aws:iam::123456789012:role/s", created_at=NOW)
    assert cache.find(REGISTRY) == frozenset()
    with database.write() as tx:
        exclusions.insert_exclusion(tx, REGISTRY, scanner)
    assert cache.find(REGISTRY) == frozenset()
    freshness.renew()
    assert cache.find(REGISTRY) == {scanner.principal}
    assert cache.find(elsewhere) == frozenset()
    with database.write() as tx:
        repositories.touch(tx, repository(1))
    freshness.renew()
    assert cache.find(REGISTRY) == {scanner.principal}
    with database.write() as tx:
        exclusions.delete_exclusion(tx, REGISTRY, scanner.principal)
    freshness.renew()
    assert cache.find(REGISTRY) == frozenset()
