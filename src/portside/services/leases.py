"""Doing alone what only one may do at a time, whichever process of whichever node it is in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from portside.metadata import leases
from portside.metadata.database import Database
from portside.names.errors import Refusal

LEASE = timedelta(seconds=60)
RENEWED_EVERY_SECONDS = 15.0
_JOIN_SECONDS = 5.0


@dataclass(eq=False)
class LeaseHeld(Refusal):
    """Another process is at it; ``name`` says at what."""

    name: str


class Leases:
    """Leases in the database, with an end: who dies without giving one back loses it by itself.

    ``holder`` names this process among all of them; ``is_dead`` tells of such a name that its
    process is known to be no more, so that nobody need wait for the end of its leases.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        holder: str,
        is_dead: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._database = database
        self._clock = clock
        self._holder = holder
        self._is_dead = is_dead

    @contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Hold a lease while the block runs, however long that is.

        Raises:
            LeaseHeld: another process has it.
        """
        # Each holding is its own holder, so that two threads of a process do not share one.
        holder = f"{self._holder}/{threading.get_ident()}"
        if not self._take(name, holder):
            raise LeaseHeld(name)
        over = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(name, holder, over), daemon=True)
        renewing.start()
        try:
            yield
        finally:
            over.set()
            renewing.join(_JOIN_SECONDS)
            with self._database.write_progress() as tx:
                leases.release_lease(tx, name, holder)

    def _renew(self, name: str, holder: str, over: threading.Event) -> None:
        while not over.wait(RENEWED_EVERY_SECONDS):
            self._take(name, holder)

    def _take(self, name: str, holder: str) -> bool:
        now = self._clock()
        with self._database.write_progress() as tx:
            found = leases.find_holder(tx, name, now)
            if found not in (None, holder) and not self._is_dead(found):
                return False
            leases.put_lease(tx, name, holder, now + LEASE)
        return True
