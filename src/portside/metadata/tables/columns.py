"""What every table is made with: the collection of all tables, and the kinds of columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, TypeDecorator
from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """A moment in UTC, kept as microseconds since 1970: exact, ordered, the same everywhere."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To microseconds."""
        del dialect
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From microseconds."""
        del dialect
        return None if value is None else _EPOCH + timedelta(microseconds=value)


metadata = MetaData()
RowId = BigInteger().with_variant(Integer, "sqlite")


def repository_id(*, key: bool = True) -> Column[Any]:
    """The repository that a row belongs to and goes with."""
    target = ForeignKey("repositories.id", ondelete="CASCADE")
    return Column("repository_id", RowId, target, primary_key=key, nullable=False)


def image_id(*, key: bool = True) -> Column[Any]:
    """The image that a row belongs to and goes with."""
    target = ForeignKey("images.id", ondelete="CASCADE")
    return Column("image_id", RowId, target, primary_key=key, nullable=False, index=not key)
