"""Rows of pull-through cache rules, upstream secrets, and of when upstreams were asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, delete, exists, func, insert, select
from sqlalchemy import update as change

from portside.metadata import generations, repositories
from portside.metadata import images as image_rows
from portside.metadata.database import Transaction
from portside.metadata.statements import upsert
from portside.metadata.tables import (
    image_blobs,
    image_children,
    images,
    pull_through_rules,
    repository_blobs,
    upstream_checks,
    upstream_secrets,
)
from portside.metadata.tables import repositories as repository_rows
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.registry.images import Image
from portside.registry.repositories import Repository
from portside.registry.upstreams import Rule, UpstreamKind

WHOLE_MAX = 100
"""How many images a blob can make whole at once."""

RULES = "pull-through-rules"
"""The generation that grows with every change of a rule."""

_COLUMNS = pull_through_rules.c
_FIND_CHECK = select(upstream_checks.c.checked_at).where(
    upstream_checks.c.repository_id == bindparam("repository"),
    upstream_checks.c.reference == bindparam("wanted"),
)


def list_rules(
    tx: Transaction,
    registry: RegistryId,
    *,
    keys: Sequence[str] | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[Rule]:
    """Rules behind the key ``after``, by key; with ``keys`` only those."""
    query = select(pull_through_rules).where(_of(registry), _COLUMNS.key > after)
    if keys is not None:
        query = query.where(_COLUMNS.key.in_(keys))
    return [_rule(row) for row in tx.execute(query.order_by(_COLUMNS.key).limit(limit))]


def count_rules(tx: Transaction, registry: RegistryId) -> int:
    """How many rules a registry has."""
    query = select(func.count()).select_from(pull_through_rules).where(_of(registry))
    return int(tx.execute(query).scalar_one())


def insert_rule(tx: Transaction, registry: RegistryId, rule: Rule) -> None:
    """Add a rule; the caller has made sure that its prefix is free."""
    named = {"account_id": registry.account.text, "region": registry.region.text}
    tx.execute(insert(pull_through_rules).values(**named, **_values(rule)))
    generations.grow(tx, RULES)


def update_rule(tx: Transaction, registry: RegistryId, rule: Rule) -> None:
    """Replace the rule of this prefix."""
    where = _of(registry) & (_COLUMNS.key == rule.key)
    tx.execute(change(pull_through_rules).where(where).values(**_values(rule)))
    generations.grow(tx, RULES)


def delete_rule(tx: Transaction, registry: RegistryId, key: str) -> None:
    """Remove the rule of this prefix; what was cached under it stays."""
    tx.execute(delete(pull_through_rules).where(_of(registry), _COLUMNS.key == key))
    generations.grow(tx, RULES)


def find_secret(tx: Transaction, arn: str) -> str | None:
    """The sealed credentials of this ARN, or ``None``."""
    query = select(upstream_secrets.c.sealed).where(upstream_secrets.c.arn == arn)
    sealed: str | None = tx.scalar(query)
    return sealed


def list_secrets(tx: Transaction) -> list[tuple[str, datetime]]:
    """The ARNs of all stored credentials, and when each was stored."""
    query = select(upstream_secrets.c.arn, upstream_secrets.c.updated_at)
    return [(row.arn, row.updated_at) for row in tx.execute(query.order_by(upstream_secrets.c.arn))]


def put_secret(tx: Transaction, arn: str, sealed: str, now: datetime) -> None:
    """Store sealed credentials under an ARN, in the place of any that were there."""
    values = {"sealed": sealed, "updated_at": now}
    tx.execute(
        upsert(upstream_secrets)
        .values(arn=arn, **values)
        .on_conflict_do_update(index_elements=["arn"], set_=values)
    )


def delete_secret(tx: Transaction, arn: str) -> bool:
    """Remove the credentials of an ARN; whether there were any."""
    gone = tx.execute(delete(upstream_secrets).where(upstream_secrets.c.arn == arn))
    return gone.rowcount > 0


def mark_pulls_through(tx: Transaction, repository: Repository) -> None:
    """Let pulls of this repository's tags look for newer ones upstream."""
    if not repository.pulls_through:
        tx.execute(
            change(repository_rows)
            .where(repository_rows.c.id == repository.id)
            .values(pulls_through=True)
        )
        repositories.touch(tx, repository)


def find_check(tx: Transaction, repository: Repository, reference: str) -> datetime | None:
    """When this reference was last looked up upstream, or ``None``."""
    wanted = {"repository": repository.id, "wanted": reference}
    checked: datetime | None = tx.scalar(_FIND_CHECK, wanted)
    return checked


def put_check(tx: Transaction, repository: Repository, reference: str, now: datetime) -> None:
    """Remember that this reference was looked up upstream now."""
    tx.execute(
        upsert(upstream_checks)
        .values(repository_id=repository.id, reference=reference, checked_at=now)
        .on_conflict_do_update(
            index_elements=["repository_id", "reference"], set_={"checked_at": now}
        )
    )


def grow_parents(tx: Transaction, repository: Repository, digest: Digest) -> None:
    """Let indexes that came before this child of theirs have its size, if it is the largest."""
    size = (
        select(images.c.image_bytes)
        .where(images.c.repository_id == repository.id, images.c.digest == digest.text)
        .scalar_subquery()
    )
    parents = select(image_children.c.image_id).where(
        image_children.c.repository_id == repository.id, image_children.c.digest == digest.text
    )
    tx.execute(
        change(images)
        .where(images.c.id.in_(parents), images.c.image_bytes < size)
        .values(image_bytes=size)
    )


def list_whole_images(
    tx: Transaction, repository: Repository, *, blob: Digest | None, image: Digest | None = None
) -> list[Image]:
    """The images that name a blob, or the one of a digest, of which nothing is missing."""
    missing = (
        select(image_blobs.c.digest)
        .outerjoin(
            repository_blobs,
            (repository_blobs.c.repository_id == image_blobs.c.repository_id)
            & (repository_blobs.c.digest == image_blobs.c.digest),
        )
        .where(image_blobs.c.image_id == images.c.id, repository_blobs.c.digest.is_(None))
    )
    query = select(images.c.digest).where(
        images.c.repository_id == repository.id, ~missing.exists()
    )
    if blob is not None:
        naming = select(image_blobs.c.image_id).where(
            image_blobs.c.repository_id == repository.id, image_blobs.c.digest == blob.text
        )
        query = query.where(images.c.id.in_(naming))
    if image is not None:
        query = query.where(images.c.digest == image.text)
    found = [
        image_rows.find_image(tx, repository, Digest(text))
        for text in tx.scalars(query.limit(WHOLE_MAX))
    ]
    return [one for one in found if one is not None]


def names_blob(tx: Transaction, repository: Repository, digest: Digest) -> bool:
    """Whether an image of this repository names the blob, which need not be there."""
    named = exists().where(
        image_blobs.c.repository_id == repository.id, image_blobs.c.digest == digest.text
    )
    return bool(tx.scalar(select(named)))


def _of(registry: RegistryId) -> ColumnElement[bool]:
    return and_(
        _COLUMNS.account_id == registry.account.text, _COLUMNS.region == registry.region.text
    )


def _values(rule: Rule) -> dict[str, Any]:
    return {
        "key": rule.key,
        "prefix": rule.prefix,
        "url": rule.url,
        "kind": rule.kind.value if rule.kind else None,
        "credential_arn": rule.credential_arn,
        "custom_role_arn": rule.custom_role_arn,
        "upstream_prefix": rule.upstream_prefix,
        "created_at": rule.created_at,
        "updated_at": rule.updated_at,
    }


def _rule(row: Row[Any]) -> Rule:
    return Rule(
        prefix=row.prefix,
        url=row.url,
        kind=UpstreamKind(row.kind) if row.kind else None,
        credential_arn=row.credential_arn,
        custom_role_arn=row.custom_role_arn,
        upstream_prefix=row.upstream_prefix,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
