"""Rows of what is configured for a whole registry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, delete, select

from portside.metadata import principals
from portside.metadata.database import Transaction
from portside.metadata.statements import upsert
from portside.metadata.tables import registry_settings
from portside.names.accounts import RegistryId
from portside.registry import replication, scanning, signing
from portside.registry.account_settings import AccountSetting, default_value
from portside.registry.replication import ReplicationConfiguration
from portside.registry.scanning import ScanningConfiguration
from portside.registry.signing import SigningConfiguration

_REPLICATION: Final = "replication"
_SCANNING: Final = "scanning"
_SIGNING: Final = "signing"

# Built once: replication and scanning ask at every push.
_FIND = select(registry_settings.c.value, registry_settings.c.set_at).where(
    registry_settings.c.account_id == bindparam("account"),
    registry_settings.c.region == bindparam("region"),
    registry_settings.c.name == bindparam("wanted"),
)


@dataclass(frozen=True, slots=True)
class SigningSince:
    """A signing configuration, and the moment from which on it holds."""

    configuration: SigningConfiguration
    set_at: datetime


def get_replication(tx: Transaction, registry: RegistryId) -> ReplicationConfiguration:
    """The registry's replication configuration; one without rules where none was put."""
    row = _find(tx, registry, _REPLICATION)
    return replication.read_configuration(row.value) if row else ReplicationConfiguration()


def replication_set_at(tx: Transaction, registry: RegistryId) -> datetime | None:
    """Since when the registry's replication configuration holds; ``None`` where none was put."""
    row = _find(tx, registry, _REPLICATION)
    set_at: datetime | None = row.set_at if row else None
    return set_at


def put_replication(
    tx: Transaction, registry: RegistryId, configuration: ReplicationConfiguration, now: datetime
) -> None:
    """Let this be the registry's replication configuration."""
    _put(tx, registry, _REPLICATION, replication.render_configuration(configuration), now)


def get_scanning(tx: Transaction, registry: RegistryId) -> ScanningConfiguration:
    """The registry's scanning configuration; basic scanning without rules where none was put."""
    row = _find(tx, registry, _SCANNING)
    return scanning.read_configuration(row.value) if row else ScanningConfiguration()


def put_scanning(
    tx: Transaction, registry: RegistryId, configuration: ScanningConfiguration, now: datetime
) -> None:
    """Let this be the registry's scanning configuration."""
    _put(tx, registry, _SCANNING, scanning.render_configuration(configuration), now)


def find_signing(tx: Transaction, registry: RegistryId) -> SigningSince | None:
    """The registry's signing configuration, or ``None``."""
    row = _find(tx, registry, _SIGNING)
    return SigningSince(signing.read_configuration(row.value), row.set_at) if row else None


def put_signing(
    tx: Transaction, registry: RegistryId, configuration: SigningConfiguration, now: datetime
) -> None:
    """Let this be the registry's signing configuration."""
    _put(tx, registry, _SIGNING, signing.render_configuration(configuration), now)


def delete_signing(tx: Transaction, registry: RegistryId) -> None:
    """Remove the registry's signing configuration."""
    tx.execute(delete(registry_settings).where(_named(registry, _SIGNING)))


def get_account_setting(tx: Transaction, registry: RegistryId, setting: AccountSetting) -> str:
    """What an account setting is for the registry; its default where it was not put."""
    row = _find(tx, registry, setting.value)
    return str(row.value) if row else default_value(setting)


def put_account_setting(
    tx: Transaction, registry: RegistryId, setting: AccountSetting, value: str, now: datetime
) -> None:
    """Let this be what the setting is for the registry; authorizations are decided anew."""
    principals.touch_identity(tx)
    _put(tx, registry, setting.value, value, now)


def _find(tx: Transaction, registry: RegistryId, name: str) -> Any:
    return tx.execute(
        _FIND,
        {"account": registry.account.text, "region": registry.region.text, "wanted": name},
    ).one_or_none()


def _put(tx: Transaction, registry: RegistryId, name: str, value: Any, now: datetime) -> None:
    tx.execute(
        upsert(registry_settings)
        .values(
            account_id=registry.account.text,
            region=registry.region.text,
            name=name,
            value=value,
            set_at=now,
        )
        .on_conflict_do_update(
            index_elements=["account_id", "region", "name"], set_={"value": value, "set_at": now}
        )
    )


def _named(registry: RegistryId, name: str) -> ColumnElement[bool]:
    return (
        (registry_settings.c.account_id == registry.account.text)
        & (registry_settings.c.region == registry.region.text)
        & (registry_settings.c.name == name)
    )
