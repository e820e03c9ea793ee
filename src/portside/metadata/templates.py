"""Rows of repository creation templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, insert, select, update

from portside.metadata.database import Transaction
from portside.metadata.tables import creation_templates
from portside.names.accounts import RegistryId
from portside.registry.mutability import MutabilityMode, TagMutability
from portside.registry.repositories import Encryption, RepositorySettings
from portside.registry.templates import Purpose, Template

_COLUMNS = creation_templates.c


def find_template(tx: Transaction, registry: RegistryId, key: str) -> Template | None:
    """The template of this prefix, or ``None``."""
    found = list_templates(tx, registry, keys=[key])
    return found[0] if found else None


def list_templates(
    tx: Transaction,
    registry: RegistryId,
    *,
    keys: Sequence[str] | None = None,
    after: str = "",
    limit: int | None = None,
) -> list[Template]:
    """Templates behind the key ``after``, by key; with ``keys`` only those."""
    query = select(creation_templates).where(_of(registry), _COLUMNS.key > after)
    if keys is not None:
        query = query.where(_COLUMNS.key.in_(keys))
    return [_template(row) for row in tx.execute(query.order_by(_COLUMNS.key).limit(limit))]


def count_templates(tx: Transaction, registry: RegistryId) -> int:
    """How many templates a registry has."""
    query = select(func.count()).select_from(creation_templates).where(_of(registry))
    return int(tx.execute(query).scalar_one())


def insert_template(tx: Transaction, registry: RegistryId, template: Template) -> None:
    """Add a template; the caller has made sure that its prefix is free."""
    named = {"account_id": registry.account.text, "region": registry.region.text}
    tx.execute(insert(creation_templates).values(**named, **_values(template)))


def update_template(tx: Transaction, registry: RegistryId, template: Template) -> None:
    """Replace the template of this prefix."""
    where = _of(registry) & (_COLUMNS.key == template.key)
    tx.execute(update(creation_templates).where(where).values(**_values(template)))


def delete_template(tx: Transaction, registry: RegistryId, key: str) -> None:
    """Remove the template of this prefix."""
    tx.execute(delete(creation_templates).where(_of(registry), _COLUMNS.key == key))


def _of(registry: RegistryId) -> ColumnElement[bool]:
    return and_(
        _COLUMNS.account_id == registry.account.text, _COLUMNS.region == registry.region.text
    )


def _values(template: Template) -> dict[str, Any]:
    settings = template.settings
    return {
        "key": template.key,
        "prefix": template.prefix,
        "description": template.description,
        "mutability": settings.mutability.mode.value,
        "mutability_exclusions": list(settings.mutability.exclusions),
        "encryption_type": settings.encryption.type,
        "kms_key": settings.encryption.kms_key,
        "resource_tags": [list(tag) for tag in template.resource_tags],
        "repository_policy": template.repository_policy,
        "lifecycle_policy": template.lifecycle_policy,
        "applied_for": [purpose.value for purpose in template.applied_for],
        "custom_role_arn": template.custom_role_arn,
        "created_at": template.created_at,
        "updated_at": template.updated_at,
    }


def _template(row: Row[Any]) -> Template:
    mutability = TagMutability(MutabilityMode(row.mutability), tuple(row.mutability_exclusions))
    return Template(
        prefix=row.prefix,
        applied_for=tuple(Purpose(text) for text in row.applied_for),
        created_at=row.created_at,
        updated_at=row.updated_at,
        description=row.description,
        settings=RepositorySettings(
            mutability=mutability,
            encryption=Encryption(type=row.encryption_type, kms_key=row.kms_key),
        ),
        resource_tags=tuple((key, value) for key, value in row.resource_tags),
        repository_policy=row.repository_policy,
        lifecycle_policy=row.lifecycle_policy,
        custom_role_arn=row.custom_role_arn,
    )
