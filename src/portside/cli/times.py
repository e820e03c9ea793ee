"""Times on the command line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from portside.cli.exits import WRONG_USE, fail

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_time(flag: str, text: str | None) -> datetime | None:
    """The moment that an option names: a time in UTC, or how long ago; ends the command if none."""
    if text is None:
        return None
    try:
        if text[-1:] in _UNITS:
            from portside.server.clock import now  # noqa: PLC0415 - only here

            return now() - timedelta(**{_UNITS[text[-1]]: float(text[:-1])})
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        fail(
            f"{flag} is {text!r}, but must be a time such as 2026-11-24T12:00:00Z or 2h", WRONG_USE
        )
