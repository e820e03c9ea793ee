"""Going through everything, beside a server that goes on serving.

Rows are read a page at a time, each page one consistent view. What looks wrong with a blob is asked
once more: it may have been collected in between.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portside.blobs.store import BlobStore
from portside.metadata import unreferenced, wholeness
from portside.metadata.database import Database
from portside.metadata.wholeness import ImageRow
from portside.names.digests import Digest
from portside.registry.faults import Fault, Finding, Findings, Outcome
from portside.services.ahead import ahead
from portside.services.verification.examine import Seen, examine_blob, examine_image
from portside.services.verification.mends import Mends
from portside.services.watching import Watch

IMAGES_AT_ONCE: Final = 200
BLOBS_AT_ONCE: Final = 500
LISTED_MAX: Final = 10_000
NAMES_MAX: Final = 5
SETTLED_AFTER: Final = timedelta(minutes=10)
"""So old are uploads when they are looked at: younger ones may be just coming or going."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What to look at."""

    after: str = ""
    """Go on behind the blob of this digest."""
    since: datetime | None = None
    """Only blobs that were added since then."""
    share: float = 1.0
    """Which share of the blobs is read, chosen at random; of the others only the size is asked."""
    parallel: int = 2


class Verification:
    """Looks for faults, and has them mended where ``mends`` is given."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        *,
        oci_strict: bool,
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._chance = chance
        self._oci_strict = oci_strict
        self.position = ""
        """All blobs up to this digest were looked at."""

    def run(self, wanted: Wanted, mends: Mends | None, watch: Watch) -> Findings:
        """Look at everything: first at rows, then at the store, then at each blob."""
        findings = Findings()
        if not wanted.after:
            for stage in (self._images, self._tags, self._counts, self._uploads, self._unknown):
                for finding in stage(mends, watch):
                    findings.add(finding)
        for finding in self._blobs(wanted, mends, watch):
            findings.add(finding)
        return findings

    def _images(self, mends: Mends | None, watch: Watch) -> Iterator[Finding]:
        with self._database.read() as tx:
            watch.total("images", wholeness.count_images(tx))
        after = 0
        while True:
            with self._database.read() as tx:
                page = wholeness.list_images(tx, after, IMAGES_AT_ONCE)
            if not page:
                return
            for row in page:
                may_lack = row.pulls_through or self._is_strict(row)
                for seen, digest in examine_image(row, may_lack=may_lack):
                    yield self._told(row, seen, digest, mends)
            watch.advance("images", len(page))
            after = page[-1].id

    def _is_strict(self, row: ImageRow) -> bool:
        return self._oci_strict if row.oci_strict is None else row.oci_strict

    def _told(self, row: ImageRow, seen: Seen, digest: str, mends: Mends | None) -> Finding:
        outcome = mends.mend_image(row, seen, Digest(digest)) if mends else Outcome.FOUND
        return Finding(
            fault=seen.fault,
            subject=digest,
            repository=row.repository,
            detail=seen.detail,
            outcome=outcome,
        )

    def _tags(self, mends: Mends | None, _watch: Watch) -> Iterator[Finding]:
        with self._database.read() as tx:
            dangling = wholeness.list_dangling_tags(tx, LISTED_MAX)
        for repository_id, name, tag in dangling:
            outcome = mends.delete_tag(repository_id, tag) if mends else Outcome.FOUND
            yield Finding(fault=Fault.TAG_DANGLING, subject=tag, repository=name, outcome=outcome)

    def _counts(self, mends: Mends | None, _watch: Watch) -> Iterator[Finding]:
        with self._database.read() as tx:
            wrong = wholeness.list_wrong_counts(tx, LISTED_MAX)
        outcome = mends.recount() if mends and wrong else Outcome.FOUND
        for count in wrong:
            yield Finding(
                fault=Fault.COUNT_WRONG,
                subject=count.repository or str(count.registry),
                repository=count.repository,
                detail=f"{count.noted} instead of {count.counted}",
                outcome=outcome,
            )

    def _uploads(self, mends: Mends | None, _watch: Watch) -> Iterator[Finding]:
        settled = self._clock() - SETTLED_AFTER
        with self._database.read() as tx:
            known = wholeness.list_uploads(tx, settled)
        staged = {one.upload_id: one.changed_at for one in self._store.list_staged()}
        for upload_id in known:
            if upload_id not in staged:
                outcome = mends.delete_upload(upload_id) if mends else Outcome.FOUND
                yield Finding(fault=Fault.UPLOAD_GONE, subject=upload_id, outcome=outcome)

    def _unknown(self, mends: Mends | None, watch: Watch) -> Iterator[Finding]:
        parts = self._store.parts()
        watch.total("store", len(parts))
        found = []
        for part in parts:
            found += [(Fault.BLOB_UNKNOWN, text) for text in self._unknown_in(part)]
            watch.advance("store", 1)
        found += [(Fault.STAGED_UNKNOWN, upload_id) for upload_id in self._unclaimed()]
        outcome = mends.sweep() if mends and found else Outcome.FOUND
        for fault, subject in found:
            yield Finding(fault=fault, subject=subject, outcome=outcome)

    def _unknown_in(self, part: str) -> list[str]:
        there = {digest.text for digest in self._store.list_part(part)}
        unknown = there - self._known(part) if there else set()
        if not unknown:
            return []
        # An upload may be just becoming a blob: asked again where none can be under way.
        with self._store.removing([Digest(text) for text in unknown]):
            return sorted(unknown - self._known(part))

    def _known(self, part: str) -> set[str]:
        with self._database.read() as tx:
            return unreferenced.list_known(tx, part, f"{part}g")

    def _unclaimed(self) -> list[str]:
        settled = self._clock() - SETTLED_AFTER
        staged = [one.upload_id for one in self._store.list_staged() if one.changed_at <= settled]
        with self._database.read() as tx:
            return [one for one in staged if not wholeness.has_upload(tx, one)]

    def _blobs(self, wanted: Wanted, mends: Mends | None, watch: Watch) -> Iterator[Finding]:
        with self._database.read() as tx:
            watch.total("blobs", wholeness.measure_blobs(tx, wanted.after, wanted.since)[1])
        lock = threading.Lock()

        def advance(size_bytes: int) -> None:
            with lock:
                watch.advance("blobs", size_bytes)

        def examine(blob: tuple[Digest, int]) -> Seen | None:
            reads = wanted.share >= 1 or self._chance() < wanted.share
            return examine_blob(self._store, *blob, reads=reads, advance=advance)

        for (digest, _), seen in ahead(self._listed(wanted), examine, wanted.parallel):
            if seen is not None:
                yield from self._confirmed(digest, seen, mends)
            self.position = digest.text

    def _listed(self, wanted: Wanted) -> Iterator[tuple[Digest, int]]:
        after = wanted.after
        while True:
            with self._database.read() as tx:
                page = wholeness.list_blobs(tx, after, wanted.since, BLOBS_AT_ONCE)
            if not page:
                return
            yield from ((Digest(text), size) for text, size in page)
            after = page[-1][0]

    def _confirmed(self, digest: Digest, seen: Seen, mends: Mends | None) -> Iterator[Finding]:
        with self._database.read() as tx:
            size = wholeness.find_size(tx, digest.text)
            holders = [name for _, _, name in wholeness.list_holders(tx, digest.text)]
        if size is None:
            return
        outcome = mends.mend_blob(digest) if mends else Outcome.FOUND
        if outcome is None:
            return
        yield Finding(
            fault=seen.fault,
            subject=digest.text,
            repository=_few(holders),
            detail=seen.detail,
            outcome=outcome,
        )


def _few(names: list[str]) -> str | None:
    more = f" and {len(names) - NAMES_MAX} more" if len(names) > NAMES_MAX else ""
    return ", ".join(names[:NAMES_MAX]) + more or None
