"""Statements that the databases say differently: the one door to their dialects."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, cast, func

# Both databases know the same ON CONFLICT, and either compiler renders PostgreSQL's construct: so
# a statement is built once, at import, for whichever database it meets.
from sqlalchemy.dialects.postgresql import Insert  # noqa: TID251 - the one door
from sqlalchemy.dialects.postgresql import insert as upsert  # noqa: TID251 - as above

__all__ = ["Insert", "total", "upsert"]


def total(column: Column[Any] | ColumnElement[Any]) -> ColumnElement[int]:
    """The sum of a column of whole numbers, a whole number; 0 where there is no row."""
    # PostgreSQL's sum of BIGINT is a NUMERIC, which Python gets as a Decimal.
    return cast(func.coalesce(func.sum(column), 0), BigInteger)
