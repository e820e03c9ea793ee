"""Rows of accounts, and their aliases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update

from portside.metadata.database import Transaction
from portside.metadata.principals import touch_identity
from portside.metadata.tables import accounts
from portside.names.accounts import AccountId


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account, with the name that may stand for its digits."""

    id: AccountId
    alias: str | None
    created_at: datetime


def list_accounts(tx: Transaction) -> list[Account]:
    """Every account, by id."""
    query = select(accounts).order_by(accounts.c.id)
    return [
        Account(id=AccountId(row.id), alias=row.alias, created_at=row.created_at)
        for row in tx.execute(query)
    ]


def find_alias(tx: Transaction, account: AccountId) -> str | None:
    """The account's alias, or ``None``."""
    alias: str | None = tx.scalar(select(accounts.c.alias).where(accounts.c.id == account.text))
    return alias


def find_account_of_alias(tx: Transaction, alias: str) -> AccountId | None:
    """The account of this alias, or ``None``."""
    found = tx.scalar(select(accounts.c.id).where(accounts.c.alias == alias))
    return AccountId(found) if found else None


def put_alias(tx: Transaction, account: AccountId, alias: str | None) -> None:
    """Set or remove the account's alias; the caller has made sure that it is free."""
    tx.execute(update(accounts).where(accounts.c.id == account.text).values(alias=alias))
    touch_identity(tx)
