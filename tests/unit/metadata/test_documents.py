"""Rows of policies: found, replaced, gone; their history is bounded and goes with its subject."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.stores.databases import open_database

from portside.metadata import documents, principals, repositories
from portside.metadata.database import Database
from portside.metadata.migrations import upgrade
from portside.metadata.principals import Principal
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import root_arn
from portside.names.repositories import RepositoryName
from portside.registry.documents import CHANGES_KEPT_MAX, DocumentChange, DocumentKind
from portside.registry.repositories import Repository, RepositorySettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))
ELSEWHERE = RegistryId(AccountId("123456789012"), Region("eu-west-1"))
POLICY = DocumentKind.REPOSITORY_POLICY


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(tmp_path / "test.sqlite3")
    upgrade(made)
    account = REGISTRY.account
    root = Principal(arn=root_arn(account), account=account, kind="root", unique_id="A")
    with made.write() as tx:
        principals.insert_account(tx, root, NOW)
        for name in ("app", "other"):
            settings = RepositorySettings()
            repositories.insert_repository(tx, REGISTRY, RepositoryName(name), settings, NOW)
    yield made
    made.close()


def repository(database: Database, name: str) -> Repository:
    with database.read() as tx:
        found = repositories.find_repository(tx, REGISTRY, RepositoryName(name))
    assert found is not None
    return found


def change(number: int, kind: DocumentKind = POLICY) -> DocumentChange:
    who = f"arn:aws:iam::123456789012:user/{number}"
    return DocumentChange(
        kind=kind, principal=who, changed_at=NOW, before=None, after=f"text {number}"
    )


def test_a_repository_policy_makes_the_repository_new(database: Database) -> None:
    app, other = repository(database, "app"), repository(database, "other")
    with database.write() as tx:
        documents.put_repository_policy(tx, app, "one")
        documents.put_repository_policy(tx, app, "two")
    with database.read() as tx:
        assert documents.find_repository_policy(tx, app) == "two"
        assert documents.find_repository_policy(tx, other) is None
    with database.write() as tx:
        documents.delete_repository_policy(tx, app)
        assert documents.find_repository_policy(tx, app) is None
    assert repository(database, "app").generation == app.generation + 3
    assert repository(database, "other").generation == other.generation


def test_a_registry_policy_makes_every_authorization_new(database: Database) -> None:
    freshness = database.freshness()
    before = freshness.identity_generation()
    with database.write() as tx:
        documents.put_registry_policy(tx, REGISTRY, "one")
        documents.put_registry_policy(tx, REGISTRY, "two")
        documents.put_registry_policy(tx, ELSEWHERE, "elsewhere")
        documents.delete_registry_policy(tx, ELSEWHERE)
    with database.read() as tx:
        assert documents.find_registry_policy(tx, REGISTRY) == "two"
        assert documents.find_registry_policy(tx, ELSEWHERE) is None
    assert freshness.identity_generation() == before + 4
    freshness.close()


def test_the_newest_changes_of_each_document_are_kept(database: Database) -> None:
    app, other = repository(database, "app"), repository(database, "other")
    lifecycle = change(-1, DocumentKind.LIFECYCLE_POLICY)
    in_registry = change(-2, DocumentKind.REGISTRY_POLICY)
    with database.write() as tx:
        documents.insert_change(tx, REGISTRY, other, change(-3))
        documents.insert_change(tx, REGISTRY, app, lifecycle)
        documents.insert_change(tx, REGISTRY, None, in_registry)
        for number in range(CHANGES_KEPT_MAX + 3):
            documents.insert_change(tx, REGISTRY, app, change(number))
    with database.read() as tx:
        kept = documents.list_changes(tx, REGISTRY, app, POLICY)
        assert kept == [change(number) for number in range(CHANGES_KEPT_MAX + 2, 2, -1)]
        assert documents.list_changes(tx, REGISTRY, other, POLICY) == [change(-3)]
        assert documents.list_changes(tx, REGISTRY, app, lifecycle.kind) == [lifecycle]
        assert documents.list_changes(tx, REGISTRY, None, in_registry.kind) == [in_registry]
        assert documents.list_changes(tx, ELSEWHERE, None, in_registry.kind) == []


def test_a_repository_takes_its_policy_and_history_along(database: Database) -> None:
    app = repository(database, "app")
    with database.write() as tx:
        documents.put_repository_policy(tx, app, "one")
        documents.insert_change(tx, REGISTRY, app, change(1))
        repositories.delete_repository(tx, app)
        repositories.insert_repository(tx, REGISTRY, app.name, RepositorySettings(), NOW)
    again = repository(database, "app")
    with database.read() as tx:
        assert documents.find_repository_policy(tx, again) is None
        assert documents.list_changes(tx, REGISTRY, again, POLICY) == []
        assert documents.list_changes(tx, REGISTRY, app, POLICY) == []
