"""Whose pulls leave ``lastRecordedPullTime`` as it is (ECR …PullTimeUpdateExclusion)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from portside.metadata import exclusions
from portside.metadata.database import Database
from portside.names.accounts import RegistryId
from portside.registry.exclusions import (
    EXCLUSIONS_MAX,
    ExclusionAlreadyExists,
    ExclusionNotFound,
    PullTimeExclusion,
    TooManyExclusions,
)


class Exclusions:
    """The principals that each registry excludes from what counts as a pull."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def register(self, registry: RegistryId, principal: str) -> PullTimeExclusion:
        """Exclude a principal, whether it is there or not.

        Raises:
            ExclusionAlreadyExists: it is excluded already.
            TooManyExclusions: the registry excludes as many as it may.
        """

        def change() -> PullTimeExclusion:
            made = PullTimeExclusion(principal=principal, created_at=self._clock())
            with self._database.write() as tx:
                if exclusions.find_exclusion(tx, registry, principal) is not None:
                    raise ExclusionAlreadyExists(registry, principal)
                if exclusions.count_exclusions(tx, registry) >= EXCLUSIONS_MAX:
                    raise TooManyExclusions(EXCLUSIONS_MAX)
                exclusions.insert_exclusion(tx, registry, made)
            return made

        return await asyncio.to_thread(change)

    async def deregister(self, registry: RegistryId, principal: str) -> None:
        """Let a principal's pulls count again.

        Raises:
            ExclusionNotFound: it is not excluded.
        """

        def change() -> None:
            with self._database.write() as tx:
                if exclusions.find_exclusion(tx, registry, principal) is None:
                    raise ExclusionNotFound(registry, principal)
                exclusions.delete_exclusion(tx, registry, principal)

        await asyncio.to_thread(change)

    async def page(self, registry: RegistryId, after: str, limit: int) -> list[str]:
        """Up to ``limit`` excluded principals that follow ``after``, in order."""

        def look() -> list[str]:
            with self._database.read() as tx:
                return exclusions.list_exclusions(tx, registry, after=after, limit=limit)

        return await asyncio.to_thread(look)
