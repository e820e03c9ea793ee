"""Rows of repositories, their resource tags and registries' settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from portside.metadata import generations, unreferenced
from portside.metadata.database import Transaction, note_repository_change
from portside.metadata.statements import upsert
from portside.metadata.tables import registries, repositories, resource_tags
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.repositories import RepositoryName
from portside.registry.mutability import MutabilityMode, TagMutability
from portside.registry.repositories import Encryption, Repository, RepositorySettings

# Built once: building one costs more than running it.
_EVERY = select(repositories, registries.c.oci_strict).outerjoin(
    registries,
    (registries.c.account_id == repositories.c.account_id)
    & (registries.c.region == repositories.c.region),
)
_ALL = _EVERY.where(
    repositories.c.account_id == bindparam("account"),
    repositories.c.region == bindparam("region"),
)
_FIND = _ALL.where(repositories.c.name == bindparam("wanted"))
_PAGE = (
    _ALL.where(repositories.c.name > bindparam("after"))
    .order_by(repositories.c.name)
    .limit(bindparam("rows"))
)


def find_repository(
    tx: Transaction, registry: RegistryId, name: RepositoryName
) -> Repository | None:
    """The repository of this name, or ``None``."""
    wanted = {**_of(registry), "wanted": name.text}
    row = tx.execute(_FIND, wanted).one_or_none()
    return _repository(row) if row else None


def find_repository_by_id(tx: Transaction, repository_id: int) -> Repository | None:
    """The repository of this id, or ``None``."""
    row = tx.execute(_EVERY.where(repositories.c.id == repository_id)).one_or_none()
    return _repository(row) if row else None


def list_repositories(
    tx: Transaction, registry: RegistryId, *, after: str, limit: int
) -> list[Repository]:
    """Up to ``limit`` repositories behind the name ``after``, by name."""
    wanted = {**_of(registry), "after": after, "rows": limit}
    return [_repository(row) for row in tx.execute(_PAGE, wanted)]


def insert_repository(
    tx: Transaction,
    registry: RegistryId,
    name: RepositoryName,
    settings: RepositorySettings,
    created_at: datetime,
) -> None:
    """Add a repository; the caller has made sure that the name is free."""
    tx.execute(
        insert(repositories).values(
            account_id=registry.account.text,
            region=registry.region.text,
            name=name.text,
            created_at=created_at,
            scan_on_push=settings.scan_on_push,
            encryption_type=settings.encryption.type,
            kms_key=settings.encryption.kms_key,
            generation=1,
            **_mutability_values(settings.mutability),
        )
    )
    _count(tx, registry, 1)


def set_mutability(tx: Transaction, repository: Repository, mutability: TagMutability) -> None:
    """Change which tags may move."""
    tx.execute(
        update(repositories)
        .where(repositories.c.id == repository.id)
        .values(**_mutability_values(mutability))
    )
    touch(tx, repository)


def set_scan_on_push(tx: Transaction, repository: Repository, *, scan_on_push: bool) -> None:
    """Change whether images that are pushed are scanned."""
    tx.execute(
        update(repositories)
        .where(repositories.c.id == repository.id)
        .values(scan_on_push=scan_on_push)
    )
    touch(tx, repository)


def touch(tx: Transaction, repository: Repository) -> None:
    """Make every cache of this repository stale: call it in the transaction of each change."""
    generations.grow_repositories(tx, repositories.c.id == repository.id)


def delete_repository(tx: Transaction, repository: Repository) -> None:
    """Remove a repository with its images, tags, uploads and memberships."""
    note_repository_change(tx, repository.id)
    unreferenced.note_repository_goes(tx, repository.id)
    gone = tx.execute(delete(repositories).where(repositories.c.id == repository.id))
    _count(tx, repository.registry, -gone.rowcount)


def count_repositories(tx: Transaction, registry: RegistryId) -> int:
    """How many repositories the registry holds."""
    query = select(registries.c.repository_count).where(
        registries.c.account_id == registry.account.text,
        registries.c.region == registry.region.text,
    )
    return tx.scalar(query) or 0


def _count(tx: Transaction, registry: RegistryId, more: int) -> None:
    row = {"account_id": registry.account.text, "region": registry.region.text}
    tx.execute(
        upsert(registries)
        .values(**row, repository_count=more)
        .on_conflict_do_update(
            index_elements=list(row),
            set_={"repository_count": registries.c.repository_count + more},
        )
    )


def get_resource_tags(tx: Transaction, repository: Repository) -> dict[str, str]:
    """The repository's resource tags, by key."""
    query = (
        select(resource_tags.c.key, resource_tags.c.value)
        .where(resource_tags.c.repository_id == repository.id)
        .order_by(resource_tags.c.key)
    )
    return {row.key: row.value for row in tx.execute(query)}


def put_resource_tags(tx: Transaction, repository: Repository, held: Mapping[str, str]) -> None:
    """Make these the repository's resource tags, all of them; its caches become stale."""
    touch(tx, repository)
    tx.execute(delete(resource_tags).where(resource_tags.c.repository_id == repository.id))
    rows = [{"repository_id": repository.id, "key": k, "value": v} for k, v in held.items()]
    if rows:
        tx.execute(insert(resource_tags), rows)


def remove_resource_tags(tx: Transaction, repository: Repository, keys: Sequence[str]) -> None:
    """Remove the resource tags of these keys, as far as they are there; caches become stale."""
    touch(tx, repository)
    tx.execute(
        delete(resource_tags).where(
            resource_tags.c.repository_id == repository.id, resource_tags.c.key.in_(keys)
        )
    )


def put_registry_strictness(
    tx: Transaction, registry: RegistryId, *, oci_strict: bool | None
) -> None:
    """Set whether a registry follows OCI's rules where ECR's differ; ``None`` is the default."""
    row = {"account_id": registry.account.text, "region": registry.region.text}
    values = {"oci_strict": oci_strict}
    tx.execute(
        upsert(registries)
        .values(**row, **values)
        .on_conflict_do_update(index_elements=list(row), set_=values)
    )
    generations.grow_repositories(
        tx,
        (repositories.c.account_id == registry.account.text)
        & (repositories.c.region == registry.region.text),
    )


def find_registry_strictness(tx: Transaction, registry: RegistryId) -> bool | None:
    """What was set by :func:`put_registry_strictness`, or ``None``."""
    query = select(registries.c.oci_strict).where(
        registries.c.account_id == registry.account.text,
        registries.c.region == registry.region.text,
    )
    strict: bool | None = tx.scalar(query)
    return strict


def _of(registry: RegistryId) -> dict[str, str]:
    return {"account": registry.account.text, "region": registry.region.text}


def _mutability_values(mutability: TagMutability) -> dict[str, Any]:
    return {
        "mutability": mutability.mode.value,
        "mutability_exclusions": list(mutability.exclusions),
    }


def _repository(row: Row[Any]) -> Repository:
    return Repository(
        id=row.id,
        registry=RegistryId(AccountId(row.account_id), Region(row.region)),
        name=RepositoryName(row.name),
        created_at=row.created_at,
        settings=RepositorySettings(
            mutability=TagMutability(
                MutabilityMode(row.mutability), tuple(row.mutability_exclusions)
            ),
            scan_on_push=row.scan_on_push,
            encryption=Encryption(type=row.encryption_type, kms_key=row.kms_key),
        ),
        generation=row.generation,
        oci_strict=row.oci_strict,
        image_count=row.image_count,
        pulls_through=row.pulls_through,
    )
