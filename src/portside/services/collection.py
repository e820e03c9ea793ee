"""Collection: the bytes of blobs that nothing needs come back, while everything goes on.

A blob goes in two steps. Its membership in a repository ends once no image of the repository has
needed it for a grace period; in the same transaction it is noted if that was the last one. Then,
under the store's lock, which no upload of the same blob can hold meanwhile, a transaction makes
sure that still nobody has it and removes its row, durably, before its bytes go. A crash in between
leaves bytes without a row, which are noted still and go with the next collection. A row without
bytes there is never.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portside.blobs.store import BlobStore, StagedBytesLocked, StagedBytesMissing
from portside.metadata import unreferenced, uploads
from portside.metadata.database import Database
from portside.names.digests import Digest
from portside.services.leases import LeaseHeld, Leases

LEASE_NAME = "collection"
MEMBERSHIPS_AT_ONCE = 200
BLOBS_AT_ONCE = 64
UPLOADS_AT_ONCE = 10_000
SWEEPS_A_DAY = 24
UNCLAIMED_AFTER = timedelta(seconds=10)
"""So old are staged bytes of no upload when a sweep takes them: a request has locked its own."""
_HOUR = 3600


@dataclass(slots=True, kw_only=True)
class Collected:
    """What a collection came to, or has so far."""

    memberships: int = 0
    blobs: int = 0
    bytes: int = 0
    uploads: int = 0


Report = Callable[[Collected], None]


class Collection:
    """Frees what nothing needs. One process collects at a time."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        leases: Leases,
        clock: Callable[[], datetime],
        *,
        grace: timedelta,
        upload_lifetime: timedelta,
    ) -> None:
        self._database = database
        self._store = store
        self._leases = leases
        self._clock = clock
        self._grace = grace
        self._upload_lifetime = upload_lifetime

    def run(self) -> None:
        """Collect, unless somebody else is at it."""
        with contextlib.suppress(LeaseHeld):
            self.collect()

    def collect(self, grace: timedelta | None = None, report: Report = lambda _: None) -> Collected:
        """Free what has been needless for the grace period, and abandoned uploads.

        ``grace`` goes before the server's; none collects whatever nothing refers to at this moment.
        ``report`` is told again and again how far it is.

        Raises:
            LeaseHeld: another process collects.
        """
        wanted = self._grace if grace is None else grace
        collected = Collected()
        with self._leases.hold(LEASE_NAME):
            self._end_memberships(self._clock() - wanted, collected, report)
            self._remove_orphans(collected, report)
            self._purge_uploads(collected, report)
        return collected

    def preview(self, grace: timedelta | None = None) -> Collected:
        """What :meth:`collect` would do now."""
        now = self._clock()
        before = now - (self._grace if grace is None else grace)
        with self._database.read() as tx:
            memberships, blobs, size = unreferenced.count_collectable(tx, before)
            abandoned = uploads.list_abandoned(tx, now - self._upload_lifetime, UPLOADS_AT_ONCE)
        return Collected(memberships=memberships, blobs=blobs, bytes=size, uploads=len(abandoned))

    def sweep(self) -> None:
        """Look through a part of the store for bytes that nobody knows of; all of it in a day.

        A crash between the rename of an upload and its transaction leaves such bytes.
        """
        hour = int(self._clock().astimezone(UTC).timestamp()) // _HOUR
        parts = self._store.parts()[hour % SWEEPS_A_DAY :: SWEEPS_A_DAY]
        with contextlib.suppress(LeaseHeld), self._leases.hold(LEASE_NAME):
            for part in parts:
                self._sweep_part(part)
            self._remove_orphans(Collected(), lambda _: None)

    def sweep_all(self, report: Report = lambda _: None) -> Collected:
        """Look through the whole store for bytes that nobody knows of, and free them.

        Those are blobs without a row, and staged bytes that no open upload holds.

        Raises:
            LeaseHeld: another process collects.
        """
        collected = Collected()
        with self._leases.hold(LEASE_NAME):
            for part in self._store.parts():
                self._sweep_part(part)
                self._remove_orphans(collected, report)
            before = self._clock() - self._upload_lifetime
            for upload_id in self._list_unclaimed(before):
                if self._purge(upload_id, before):
                    collected.uploads += 1
                    report(collected)
            self._store.abort_unfinished(before)
        return collected

    def preview_sweep(self) -> Collected:
        """What :meth:`sweep_all` would do now; what is just being uploaded may be counted, too."""
        found = Collected()
        for part in self._store.parts():
            unknown = self._list_unknown(part)
            found.blobs += len(unknown)
            found.bytes += sum(self._store.size(Digest(text)) for text in unknown)
        found.uploads = len(self._list_unclaimed(self._clock() - self._upload_lifetime))
        return found

    def _list_unclaimed(self, before: datetime) -> list[str]:
        settled = self._clock() - UNCLAIMED_AFTER
        staged = [one.upload_id for one in self._store.list_staged() if one.changed_at <= settled]
        with self._database.read() as tx:
            return [one for one in staged if uploads.is_abandoned(tx, one, before)]

    def _list_unknown(self, part: str) -> set[str]:
        there = {digest.text for digest in self._store.list_part(part)}
        if not there:
            return there
        with self._database.read() as tx:
            known = unreferenced.list_known(tx, part, f"{part}g")
        return there - known

    def _sweep_part(self, part: str) -> None:
        unknown = self._list_unknown(part)
        with self._database.read() as tx:
            unknown |= unreferenced.list_unheld(tx, part, f"{part}g")
        if not unknown:
            return
        # An upload that is just becoming a blob may be among them: whether somebody has it is
        # asked again where no upload can be under way.
        with self._database.write_progress() as tx:
            unreferenced.add_orphans(tx, unknown)

    def _end_memberships(self, before: datetime, collected: Collected, report: Report) -> None:
        seen = MEMBERSHIPS_AT_ONCE
        while seen >= MEMBERSHIPS_AT_ONCE:
            # Without a flush: the commit that lets bytes go flushes what came before it.
            with self._database.write_progress() as tx:
                seen = unreferenced.end_memberships(tx, before, MEMBERSHIPS_AT_ONCE)
            collected.memberships += seen
            report(collected)

    def _remove_orphans(self, collected: Collected, report: Report) -> None:
        while True:
            with self._database.read() as tx:
                digests = [Digest(text) for text in unreferenced.list_orphans(tx, BLOBS_AT_ONCE)]
            if not digests:
                return
            texts = [digest.text for digest in digests]
            with self._store.removing(digests) as lock:
                with self._database.write() as tx:
                    gone = unreferenced.delete_orphan_blobs(tx, texts)
                for digest in digests:
                    if digest.text in gone:
                        collected.bytes += self._store.size(digest)
                        lock.confirm()
                        self._store.delete(digest)
            with self._database.write_progress() as tx:
                unreferenced.forget_orphans(tx, list(gone))
            collected.blobs += len(gone)
            report(collected)

    def _purge_uploads(self, collected: Collected, report: Report) -> None:
        before = self._clock() - self._upload_lifetime
        with self._database.read() as tx:
            abandoned = set(uploads.list_abandoned(tx, before, UPLOADS_AT_ONCE))
        # Bytes without a row, too: of blobs that came in one request and of an upload's beginning.
        old = {one.upload_id for one in self._store.list_staged() if one.changed_at <= before}
        for upload_id in abandoned | old:
            if self._purge(upload_id, before):
                collected.uploads += 1
                report(collected)
        self._store.abort_unfinished(before)

    def _purge(self, upload_id: str, before: datetime) -> bool:
        try:
            staged = self._store.stage(upload_id)
        except StagedBytesLocked:
            return False
        except StagedBytesMissing:
            staged = None
        try:
            with self._database.write_progress() as tx:
                # Asked while the bytes are held: a part may just have come.
                if not uploads.is_abandoned(tx, upload_id, before):
                    return False
                uploads.delete_upload(tx, upload_id)
            self._store.purge(upload_id)
        finally:
            if staged is not None:
                staged.close()
        return True
