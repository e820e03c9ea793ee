"""Buckets of Google Cloud Storage and Azure Blob Storage, through obstore.

Their API has no joining of objects by the store itself, so that blobs of more than one piece pass
through this process once more, in constant memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, GCSStore

from portside.blobs.circuit import Circuit
from portside.blobs.objects import PIECE_BYTES, READ_BYTES, Listed, ObjectMissing
from portside.registry.refusals import StoreUnavailable

CONNECT_SECONDS: Final = 3
REQUEST_SECONDS: Final = 60
RETRIES_MAX: Final = 2
RETRY_SECONDS_MAX: Final = 30
SENT_AT_ONCE: Final = 2


def open_google(
    bucket: str, prefix: str, endpoint: str | None, *, plain_http: bool
) -> ObstoreObjects:
    """A bucket of Google Cloud Storage; who this is, Google's usual variables and places tell."""
    config: Any = {} if endpoint is None else {"base_url": endpoint}
    store = GCSStore(
        bucket,
        prefix=prefix,
        config=config,
        client_options=_client(plain_http=plain_http),
        retry_config=_retries(),
    )
    return ObstoreObjects(store)


def open_azure(
    container: str,
    prefix: str,
    endpoint: str | None,
    account: tuple[str, str] | None,
    *,
    plain_http: bool,
) -> ObstoreObjects:
    """A container of Azure Blob Storage; without a key, Azure's variables tell who this is."""
    config: Any = {}
    if endpoint is not None:
        config["endpoint"] = endpoint
    if account is not None:
        config["account_name"], config["account_key"] = account
    store = AzureStore(
        container,
        prefix=prefix,
        config=config,
        client_options=_client(plain_http=plain_http),
        retry_config=_retries(),
    )
    return ObstoreObjects(store)


class ObstoreObjects:
    """The objects of a store of obstore's. See :class:`Objects`."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self._circuit = Circuit(monotonic)

    def put(self, key: str, content: bytes) -> None:
        """See :meth:`Objects.put`."""
        with self._asking("put"):
            # In one request: what is larger than a few MiB would else be joined of parts.
            obstore.put(self._store, key, content, use_multipart=False)

    def read(self, key: str, first: int, last: int) -> Iterator[bytes]:
        """See :meth:`Objects.read`."""
        with self._asking("get"):
            found = obstore.get(self._store, key, options={"range": (first, last + 1)})
            pieces = iter(found.stream(READ_BYTES))
        while True:
            with self._asking("get"):
                piece = next(pieces, None)
            if piece is None:
                return
            yield bytes(piece)

    def size(self, key: str) -> int | None:
        """See :meth:`Objects.size`."""
        try:
            with self._asking("head"):
                return int(obstore.head(self._store, key)["size"])
        except ObjectMissing:
            return None

    def delete(self, keys: Sequence[str]) -> None:
        """See :meth:`Objects.delete`."""
        for key in keys:
            try:
                with self._asking("delete"):
                    obstore.delete(self._store, key)
            except ObjectMissing:
                continue

    def join(self, key: str, sources: Sequence[str], end: bytes, size_bytes: int) -> None:
        """See :meth:`Objects.join`."""
        if len(sources) == 1 and not end:
            with self._asking("copy"):
                obstore.copy(self._store, sources[0], key)
            return
        with self._asking("join"):
            writing = obstore.open_writer(
                self._store, key, buffer_size=PIECE_BYTES, max_concurrency=SENT_AT_ONCE
            )
        # Closed only when it is whole: until then there is no object.
        for source in sources:
            for piece in self.read(source, 0, PIECE_BYTES - 1):
                with self._asking("join"):
                    writing.write(piece)
        with self._asking("join"):
            writing.write(end)
            writing.close()
        if self.size(key) != size_bytes:
            raise StoreUnavailable(f"join: the object has not the {size_bytes} bytes of its parts")

    def list(self, beginning: str) -> Iterator[Listed]:
        """See :meth:`Objects.list`."""
        with self._asking("list"):
            pages = iter(obstore.list(self._store, beginning))
        while True:
            with self._asking("list"):
                page = next(pages, None)
            if page is None:
                return
            for found in page:
                yield Listed(found["path"], found["last_modified"])

    def abort_unfinished(self, before: datetime) -> int:  # noqa: ARG002 - see below
        """See :meth:`Objects.abort_unfinished`; both clouds do it by themselves after a week."""
        return 0

    def close(self) -> None:
        """See :meth:`Objects.close`; the store closes its own."""

    def sign(self, key: str, seconds: int) -> str | None:
        """See :meth:`Objects.sign`; ``None`` for credentials that cannot sign."""
        try:
            return obstore.sign(self._store, "GET", key, timedelta(seconds=seconds))
        except (BaseError, ValueError):
            return None

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        self._circuit.enter()
        try:
            yield
        except FileNotFoundError as error:
            self._circuit.worked()
            raise ObjectMissing(what) from error
        except (BaseError, OSError) as error:
            # Its message may hold an address; its kind tells enough.
            reason = f"{what}: {type(error).__name__}"
            self._circuit.failed(reason)
            raise StoreUnavailable(reason) from error
        self._circuit.worked()


def _client(*, plain_http: bool) -> Any:
    return {
        "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
        "timeout": timedelta(seconds=REQUEST_SECONDS),
        "allow_http": plain_http,
    }


def _retries() -> Any:
    return {
        "max_retries": RETRIES_MAX,
        "retry_timeout": timedelta(seconds=RETRY_SECONDS_MAX),
    }
