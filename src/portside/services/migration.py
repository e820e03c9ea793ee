"""Moving a registry to other stores: blobs first, each proven, then all rows in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portside.blobs.store import BlobStore
from portside.metadata import migrations, rows, wholeness
from portside.metadata.database import Database, Transaction
from portside.names.digests import Digest
from portside.services.backups.restore import TargetNotEmpty
from portside.services.collection import LEASE_NAME
from portside.services.copying import Copied, Copying
from portside.services.leases import Leases
from portside.services.watching import Watch

PAGE: Final = 500
CLOCK_SKEW: Final = timedelta(minutes=5)
"""So far may the clocks of nodes be apart that noted when blobs came."""


class RowsDiffer(Exception):  # noqa: N818 - named for what it tells
    """The new database does not hold what the old one does; the message says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """What a registry is kept in, and what holds off collection there."""

    database: Database
    blobs: BlobStore
    leases: Leases


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is moved. What is not stays where it is, and both sides share it."""

    blobs: bool
    rows: bool
    replaces: bool = False
    """Whether the new database may hold something, which is lost then."""
    parallel: int = 4


@dataclass(slots=True)
class Moved:
    """What a migration came to."""

    copied: Copied
    row_count: int = 0


class Migration:
    """Moves everything from one pair of stores to another. The old ones are only read."""

    def __init__(
        self,
        source: Stores,
        target: Stores,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._source = source
        self._target = target
        self._clock = clock
        self._new_id = new_id

    def run(self, course: Course, watch: Watch) -> Moved:
        """Move; what was copied before is passed over, and rows come all at once or not at all.

        Blobs that come to the source meanwhile are copied too, and nobody writes to it while its
        rows are read.

        Raises:
            TargetNotEmpty: the new database holds something, and it was not to be replaced.
            RowsDiffer: what was written is not what was read; nothing is changed then.
            LeaseHeld: another process collects.
            OSError, StoreUnavailable: a store cannot be used.
        """
        if course.rows and not course.replaces:
            with self._target.database.read() as tx:
                _require_empty(tx)
        with ExitStack() as held:
            held.enter_context(self._source.leases.hold(LEASE_NAME))
            if course.rows:
                held.enter_context(self._target.leases.hold(LEASE_NAME))
            begun = self._clock() - CLOCK_SKEW
            copied = self._copy(course, watch, None) if course.blobs else Copied()
            if not course.rows:
                return Moved(copied)
            with self._source.database.write() as tx:
                if course.blobs:
                    late = self._copy(course, watch, begun)
                    copied.copied += late.copied
                    copied.copied_bytes += late.copied_bytes
                row_count = self._move_rows(tx, course, watch)
        return Moved(copied, row_count)

    def _copy(self, course: Course, watch: Watch, since: datetime | None) -> Copied:
        stage = "blobs" if since is None else "late blobs"
        with self._source.database.read() as tx:
            watch.total(stage, wholeness.measure_blobs(tx, "", since)[1])
        copying = Copying(
            self._source.blobs, self._target.blobs, self._new_id, parallel=course.parallel
        )
        return copying.run(self._blobs(since), lambda amount: watch.advance(stage, amount))

    def _blobs(self, since: datetime | None) -> Iterator[tuple[Digest, int]]:
        after = ""
        while True:
            with self._source.database.read() as tx:
                page = wholeness.list_blobs(tx, after, since, PAGE)
            if not page:
                return
            yield from ((Digest(text), size) for text, size in page)
            after = page[-1][0]

    def _move_rows(self, source: Transaction, course: Course, watch: Watch) -> int:
        watch.total("rows", rows.count_tables())
        database = self._target.database
        with database.write() as tx:
            if not course.replaces:
                _require_empty(tx)
            held = rows.newest_generations(tx)
            rows.drop_everything(tx)
            migrations.upgrade_within(database, tx, migrations.HEAD)
            loading = rows.Loading(tx)
            counts = {}
            for table in rows.read_all(source):
                counts[table.table] = loading.load(table.table, table.columns, table.rows)
                watch.advance("rows", 1)
            loading.go_on_from(rows.read_sequences(source))
            if rows.count_all(tx) != counts:
                raise RowsDiffer("the new database does not count what was written to it")
            rows.outgrow(tx, held)
        return sum(counts.values())


def _require_empty(tx: Transaction) -> None:
    if not rows.is_empty(tx):
        raise TargetNotEmpty
