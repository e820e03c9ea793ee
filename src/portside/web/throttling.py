"""Holding accounts to the rates that the operator has set.

The buckets are each worker's own: with several workers, an account may come to as many times its
rate, as its connections are spread. Sharing them would cost every request a write.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from portside.names.accounts import RegistryId
from portside.registry.throttling import Bucket, Rate, Throttled, find_rate

BUCKETS_MAX = 10_000
"""The buckets that a worker remembers; the longest unused is forgotten, which fills it."""


class Throttle:
    """Counts requests by account, region and rate. Belongs to one thread."""

    def __init__(self, rates: Sequence[Rate], seconds: Callable[[], float]) -> None:
        self._rates = rates
        self._seconds = seconds
        self._buckets: OrderedDict[tuple[str, str, str], Bucket] = OrderedDict()

    def admit(self, registry: RegistryId, action: str | None) -> None:
        """Count a request of the registry's account for this action, which may be nameless.

        Raises:
            Throttled: the account has none left.
        """
        if not self._rates:
            return
        rate = find_rate(self._rates, action or "")
        if rate is None:
            return
        key = (registry.account.text, registry.region.text, rate.actions)
        bucket = self._buckets.get(key)
        now = self._seconds()
        if bucket is None:
            bucket = self._buckets[key] = Bucket(rate, float(rate.burst), now)
            if len(self._buckets) > BUCKETS_MAX:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(key)
        wait = bucket.take(now)
        if wait:
            raise Throttled(wait)
