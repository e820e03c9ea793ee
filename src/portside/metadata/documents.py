"""Rows of repository and registry policies, and of who set which document when."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, insert, select

from portside.metadata import principals, repositories
from portside.metadata.database import Transaction
from portside.metadata.statements import upsert
from portside.metadata.tables import document_changes, registry_policies, repository_policies
from portside.names.accounts import RegistryId
from portside.registry.documents import CHANGES_KEPT_MAX, DocumentChange, DocumentKind
from portside.registry.repositories import Repository

# Built once: authorization asks for both, and building one costs more than running it.
_FIND_REPOSITORY_POLICY = select(repository_policies.c.text).where(
    repository_policies.c.repository_id == bindparam("repository")
)
_FIND_REGISTRY_POLICY = select(registry_policies.c.text).where(
    registry_policies.c.account_id == bindparam("account"),
    registry_policies.c.region == bindparam("region"),
)


def find_repository_policy(tx: Transaction, repository: Repository) -> str | None:
    """The text of a repository's policy, or ``None``."""
    text: str | None = tx.scalar(_FIND_REPOSITORY_POLICY, {"repository": repository.id})
    return text


def put_repository_policy(tx: Transaction, repository: Repository, text: str) -> None:
    """Let this be the repository's policy; its caches become stale."""
    tx.execute(
        upsert(repository_policies)
        .values(repository_id=repository.id, text=text)
        .on_conflict_do_update(index_elements=["repository_id"], set_={"text": text})
    )
    repositories.touch(tx, repository)


def delete_repository_policy(tx: Transaction, repository: Repository) -> None:
    """Remove the repository's policy; its caches become stale."""
    tx.execute(
        delete(repository_policies).where(repository_policies.c.repository_id == repository.id)
    )
    repositories.touch(tx, repository)


def find_registry_policy(tx: Transaction, registry: RegistryId) -> str | None:
    """The text of a registry's policy, or ``None``."""
    text: str | None = tx.scalar(_FIND_REGISTRY_POLICY, _key(registry))
    return text


def put_registry_policy(tx: Transaction, registry: RegistryId, text: str) -> None:
    """Let this be the registry's policy; every authorization is decided anew."""
    tx.execute(
        upsert(registry_policies)
        .values(account_id=registry.account.text, region=registry.region.text, text=text)
        .on_conflict_do_update(index_elements=["account_id", "region"], set_={"text": text})
    )
    principals.touch_identity(tx)


def delete_registry_policy(tx: Transaction, registry: RegistryId) -> None:
    """Remove the registry's policy; every authorization is decided anew."""
    tx.execute(
        delete(registry_policies).where(
            registry_policies.c.account_id == registry.account.text,
            registry_policies.c.region == registry.region.text,
        )
    )
    principals.touch_identity(tx)


def insert_change(
    tx: Transaction, registry: RegistryId, repository: Repository | None, change: DocumentChange
) -> None:
    """Remember a change of a document; the oldest beyond :data:`CHANGES_KEPT_MAX` are forgotten."""
    tx.execute(
        insert(document_changes).values(
            account_id=registry.account.text,
            region=registry.region.text,
            repository_id=repository.id if repository else None,
            kind=change.kind.value,
            principal=change.principal,
            changed_at=change.changed_at,
            before=change.before,
            after=change.after,
        )
    )
    subject = _subject(registry, repository, change.kind)
    newest = (
        select(document_changes.c.id)
        .where(subject)
        .order_by(document_changes.c.id.desc())
        .limit(CHANGES_KEPT_MAX)
    )
    tx.execute(delete(document_changes).where(subject, document_changes.c.id.not_in(newest)))


def list_changes(
    tx: Transaction, registry: RegistryId, repository: Repository | None, kind: DocumentKind
) -> list[DocumentChange]:
    """The changes of a document of the repository, or of the registry itself; the newest first."""
    query = (
        select(document_changes)
        .where(_subject(registry, repository, kind))
        .order_by(document_changes.c.id.desc())
        .limit(CHANGES_KEPT_MAX)
    )
    return [
        DocumentChange(
            kind=DocumentKind(row.kind),
            principal=row.principal,
            changed_at=row.changed_at,
            before=row.before,
            after=row.after,
        )
        for row in tx.execute(query)
    ]


def _subject(
    registry: RegistryId, repository: Repository | None, kind: DocumentKind
) -> ColumnElement[bool]:
    of_kind = document_changes.c.kind == kind.value
    if repository is not None:
        return of_kind & (document_changes.c.repository_id == repository.id)
    return (
        of_kind
        & document_changes.c.repository_id.is_(None)
        & (document_changes.c.account_id == registry.account.text)
        & (document_changes.c.region == registry.region.text)
    )


def _key(registry: RegistryId) -> dict[str, Any]:
    return {"account": registry.account.text, "region": registry.region.text}
