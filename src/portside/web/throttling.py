"""Holding accounts and principals to the rates that the operator has set.

The buckets are each worker's own: with several workers, an account may come to as many times its
rate, as its connections are spread. Sharing them would cost every request a write.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence

from portside.names.accounts import RegistryId
from portside.names.arns import Arn
from portside.registry.throttling import Bucket, Rate, Throttled, find_rate

BUCKETS_MAX = 10_000
"""The buckets that a worker remembers; the longest unused is forgotten, which fills it."""


class Throttle:
    """Counts requests by account, region and rate, and by principal. Belongs to one thread."""

    def __init__(
        self,
        rates: Sequence[Rate],
        seconds: Callable[[], float],
        of_principals: Sequence[Rate] = (),
    ) -> None:
        self._rates = rates
        self._of_principals = of_principals
        self._seconds = seconds
        self._buckets: OrderedDict[tuple[str, str, str], Bucket] = OrderedDict()

    def admit(self, registry: RegistryId, action: str | None, principal: Arn | None = None) -> None:
        """Count a request of the registry's account for this action, which may be nameless.

        ``principal`` is who asks, if anybody signed: a user, a root user, or the role of a session.

        Raises:
            Throttled: the account or the principal has none left.
        """
        region = registry.region.text
        # What a principal has too much of takes nothing from the others of its account.
        if self._of_principals and principal is not None:
            self._take(self._of_principals, action, principal.text, region)
        if self._rates:
            self._take(self._rates, action, registry.account.text, region)

    def _take(self, rates: Sequence[Rate], action: str | None, whose: str, region: str) -> None:
        rate = find_rate(rates, action or "")
        if rate is None:
            return
        key = (whose, region, rate.actions)
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
