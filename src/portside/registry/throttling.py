"""How often an account may ask: rates by action, held by token buckets (ECR service quotas).

ECR gives each account in each region a bucket an action, which fills at a steady rate and holds a
burst. Here the operator names the actions and their rates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from portside.names.errors import Refusal
from portside.registry.wildcards import matches

RATES_MAX = 100
_RATE = re.compile(
    r"(?P<actions>[A-Za-z0-9:*]{1,100})=(?P<rate>[0-9]{1,6}(?:\.[0-9]{1,3})?)(?::(?P<burst>[0-9]{1,6}))?"
)


class Throttled(Refusal):
    """Somebody asked more often than they may; ``wait_seconds`` until there is room again."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(f"wait {wait_seconds} seconds")
        self.wait_seconds = wait_seconds


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests a second, and so many at once, to the actions that a pattern names."""

    actions: str
    per_second: float
    burst: int


@dataclass(slots=True)
class Bucket:
    """What is left of a burst at a moment, in seconds of any clock that never goes back."""

    rate: Rate
    left: float
    at: float

    def take(self, now: float) -> float:
        """Take one request out; 0, or the seconds to wait where nothing is left to take."""
        filled = self.left + max(0.0, now - self.at) * self.rate.per_second
        self.left = min(float(self.rate.burst), filled)
        self.at = now
        if self.left >= 1:
            self.left -= 1
            return 0.0
        return (1 - self.left) / self.rate.per_second


def find_rate(rates: Sequence[Rate], action: str) -> Rate | None:
    """The first rate whose pattern names the action, or ``None``: no limit."""
    return next((rate for rate in rates if matches(rate.actions, action)), None)


def parse_rates(text: str) -> tuple[Rate, ...]:
    """Read ``ecr:PutImage=10:20,ecr:*=100``: actions, requests a second, and a burst.

    The burst is a second's requests, at least one, where it is not given.

    Raises:
        ValueError: with what is allowed.
    """
    parts = [part.strip() for part in text.split(",")]
    found = [_RATE.fullmatch(part) for part in parts]
    rates = tuple(_rate(one) for one in found if one)
    if len(rates) < len(parts) or len(rates) > RATES_MAX or any(r.per_second <= 0 for r in rates):
        raise ValueError("ACTIONS=RATE[:BURST] with commas between, such as ecr:PutImage=10:20")
    return rates


def _rate(found: re.Match[str]) -> Rate:
    rate = float(found["rate"])
    return Rate(found["actions"], rate, int(found["burst"] or max(1, round(rate))) or 1)
