"""Rows of OpenID Connect providers: the issuers of identity tokens that an account trusts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, insert, select

from portside.identity.credentials import OIDCProvider
from portside.metadata.database import Transaction
from portside.metadata.principals import touch_identity
from portside.metadata.tables import oidc_providers
from portside.names.accounts import AccountId


def put_provider(tx: Transaction, provider: OIDCProvider) -> None:
    """Add a provider, or replace the one of its ARN."""
    tx.execute(delete(oidc_providers).where(oidc_providers.c.arn == provider.arn.text))
    tx.execute(
        insert(oidc_providers).values(
            arn=provider.arn.text,
            account_id=provider.account.text,
            url=provider.url,
            client_ids=list(provider.client_ids),
            thumbprints=list(provider.thumbprints),
            tags=dict(provider.tags),
            created_at=provider.created_at,
        )
    )
    touch_identity(tx)


def find_provider(tx: Transaction, arn: str) -> OIDCProvider | None:
    """The provider of this ARN, or ``None``."""
    row = tx.execute(select(oidc_providers).where(oidc_providers.c.arn == arn)).one_or_none()
    return _provider(row) if row else None


def list_providers(tx: Transaction, account: AccountId) -> list[OIDCProvider]:
    """The account's providers, by URL."""
    query = (
        select(oidc_providers)
        .where(oidc_providers.c.account_id == account.text)
        .order_by(oidc_providers.c.url)
    )
    return [_provider(row) for row in tx.execute(query)]


def delete_provider(tx: Transaction, arn: str) -> None:
    """Remove a provider."""
    tx.execute(delete(oidc_providers).where(oidc_providers.c.arn == arn))
    touch_identity(tx)


def _provider(row: Any) -> OIDCProvider:
    return OIDCProvider(
        account=AccountId(row.account_id),
        url=row.url,
        client_ids=tuple(row.client_ids),
        thumbprints=tuple(row.thumbprints),
        tags=dict(row.tags),
        created_at=row.created_at,
    )
