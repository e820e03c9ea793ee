"""The clock that is passed in everywhere."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(tz=UTC)  # noqa: TID251 - this is the clock that is passed in everywhere
