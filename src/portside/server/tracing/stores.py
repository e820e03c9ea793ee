"""Spans around what is asked of the database and the blobs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any, Final, cast

from opentelemetry import trace
from opentelemetry.trace import Span

from portside.blobs.store import BlobStore
from portside.metadata.database import Database, Transaction

_ENTERED: Final = frozenset({"keeping", "removing"})
_BLOB_CALLS: Final = frozenset(
    {"begin", "commit", "discard", "purge", "find_address", "find_path", "size", "delete"}
)


def traced_database(database: Database) -> Database:
    """The same database, with a span for each transaction."""
    return cast(Database, _TracedDatabase(database))


def traced_store(store: BlobStore) -> BlobStore:
    """The same store, with a span for each call, stream and upload that is held."""
    return cast(BlobStore, _TracedStore(store))


class _TracedDatabase:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._tracer = trace.get_tracer("portside")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._database, name)

    def read(self) -> AbstractContextManager[Transaction]:
        return self._around("read")

    def write(self) -> AbstractContextManager[Transaction]:
        return self._around("write")

    def write_progress(self) -> AbstractContextManager[Transaction]:
        return self._around("write_progress")

    @contextmanager
    def _around(self, kind: str) -> Iterator[Transaction]:
        with self._tracer.start_as_current_span(f"database {kind}") as span:
            opened: AbstractContextManager[Transaction] = getattr(self._database, kind)()
            with opened as tx:
                # Until here it waited for its turn.
                span.add_event("begun")
                span.set_attribute("db.system.name", tx.dialect.name)
                yield tx


class _TracedStore:
    def __init__(self, store: BlobStore) -> None:
        self._store = store
        self._tracer = trace.get_tracer("portside")

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._store, name)
        if name in _BLOB_CALLS:
            return self._called(name, found)
        return self._entered(name, found) if name in _ENTERED else found

    def stage(self, upload_id: str, *more: Any) -> Any:
        span = self._tracer.start_span("blobs upload")
        try:
            return _TracedStaged(self._store.stage(upload_id, *more), span)
        except BaseException:
            span.end()
            raise

    def read(self, *which: Any) -> Iterator[bytes]:
        # Not the current span: its generator may end in another context than it began in.
        span = self._tracer.start_span("blobs read")
        sent = 0
        try:
            for piece in self._store.read(*which):
                sent += len(piece)
                yield piece
        finally:
            span.set_attribute("portside.bytes", sent)
            span.end()

    def _called(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(call)
        def traced(*given: Any) -> Any:
            with self._tracer.start_as_current_span(f"blobs {name}"):
                return call(*(_bare(one) for one in given))

        return traced

    def _entered(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        @contextmanager
        def traced(*given: Any) -> Iterator[Any]:
            with self._tracer.start_as_current_span(f"blobs {name}"), call(*given) as entered:
                yield entered

        return traced


class _TracedStaged:
    def __init__(self, staged: Any, span: Span) -> None:
        self.staged = staged
        self._span = span
        self._written = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.staged, name)

    def write(self, content: bytes) -> None:
        self._written += len(content)
        self.staged.write(content)

    def close(self) -> None:
        self._span.set_attribute("portside.bytes", self._written)
        self._span.end()
        self.staged.close()


def _bare(given: Any) -> Any:
    return given.staged if isinstance(given, _TracedStaged) else given
