"""An upload in a bucket: pieces of one size that never change, and the text that says which count.

Every writer gives the pieces that it makes names that nobody else has. So two writers who both
believe that they hold the upload cannot disturb each other: only one of them gets its receipt
recorded (the metadata compares what it knew with what is recorded), and what the other wrote is
as if it had never come.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from portside.blobs.locks import Held
from portside.blobs.objects import PIECE_BYTES, ObjectMissing, Objects
from portside.blobs.store import StagedBytesMissing
from portside.names.digests import Digest
from portside.registry.refusals import StoreUnavailable

IN_FLIGHT_MAX: Final = 2
"""How many pieces of one upload are sent at a time; each is in memory until it is there."""

_RECEIPT: Final = re.compile(
    r"(?P<runs>(?:[0-9]{1,5}x[0-9a-f]{16},)*)(?:(?P<bytes>[0-9]{1,8})@(?P<end>[0-9a-f]{16}))?"
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Which pieces make up the bytes so far.

    ``runs`` tells for how many full pieces, one after the other, a writer's name counts; ``end`` is
    the name of the piece after them that is not full, or "" where there is none, and ``end_bytes``
    its size.
    """

    runs: tuple[tuple[int, str], ...] = ()
    end: str = ""
    end_bytes: int = 0

    @classmethod
    def parse(cls, text: str) -> Receipt:
        """Read a receipt.

        Raises:
            StagedBytesMissing: it is none.
        """
        found = _RECEIPT.fullmatch(text)
        if found is None:
            raise StagedBytesMissing(text[:100])
        runs = [run.partition("x") for run in found["runs"].split(",") if run]
        return cls(
            tuple((int(count), name) for count, _, name in runs),
            found["end"] or "",
            int(found["bytes"] or 0),
        )

    def render(self) -> str:
        """The text that :meth:`parse` reads."""
        end = f"{self.end_bytes}@{self.end}" if self.end else ""
        return "".join(f"{count}x{name}," for count, name in self.runs) + end

    @property
    def size_bytes(self) -> int:
        """How many bytes the pieces have."""
        return self.full_pieces * PIECE_BYTES + self.end_bytes

    @property
    def full_pieces(self) -> int:
        """How many pieces are full."""
        return sum(count for count, _ in self.runs)

    def grown(self, name: str) -> Receipt:
        """With one more full piece of this writer; it takes the place of what was not full."""
        *before, last = self.runs or ((0, name),)
        if last[1] != name:
            return Receipt((*self.runs, (1, name)))
        return Receipt((*before, (last[0] + 1, name)))

    def keys(self, upload_id: str) -> list[str]:
        """The keys of all pieces, in order."""
        names = [name for count, name in self.runs for _ in range(count)]
        if self.end:
            names.append(self.end)
        return [piece_key(upload_id, index, name) for index, name in enumerate(names)]


def piece_key(upload_id: str, index: int, name: str) -> str:
    """Where a piece is."""
    return f"uploads/{upload_id}/{index * PIECE_BYTES:011x}-{name}"


class StagedPieces:
    """An upload's bytes, held. See :class:`StagedBytes`."""

    def __init__(
        self,
        objects: Objects,
        threads: Executor,
        upload_id: str,
        held: Held,
        new_name: Callable[[], str],
    ) -> None:
        self._objects = objects
        self._threads = threads
        self._upload_id = upload_id
        self._held = held
        self._new_name = new_name
        self._name = new_name()
        self._receipt = Receipt()
        self._recorded: list[str] = []
        self._own: list[str] = []
        self._rest: list[bytes | memoryview] = []
        self._rest_bytes = 0
        self._sending: deque[Future[None]] = deque()
        self._committed = False

    def resume(self, size_bytes: int, receipt: str) -> None:
        """See :meth:`StagedBytes.resume`; whether the pieces are there is seen when one is read."""
        self._receipt = Receipt.parse(receipt)
        if self._receipt.size_bytes != size_bytes:
            raise StagedBytesMissing(self._upload_id)
        self._recorded = self._receipt.keys(self._upload_id)

    def write(self, content: bytes) -> None:
        """Add bytes at the end; waits while too many are on their way."""
        if not content:
            return
        self._fetch_end()
        left = memoryview(content)
        while left:
            room = PIECE_BYTES - self._rest_bytes
            fitting, left = left[:room], left[room:]
            self._rest.append(fitting)
            self._rest_bytes += len(fitting)
            if self._rest_bytes == PIECE_BYTES:
                piece = b"".join(self._rest)
                self._rest, self._rest_bytes = [], 0
                self._send(piece)

    def settle(self) -> str:
        """See :meth:`StagedBytes.settle`."""
        if self._rest_bytes:
            key = piece_key(self._upload_id, self._receipt.full_pieces, self._name)
            self._own.append(key)
            self._objects.put(key, b"".join(self._rest))
            self._receipt = Receipt(self._receipt.runs, self._name, self._rest_bytes)
            self._rest, self._rest_bytes = [], 0
            # A piece never changes: what is written from here on goes under another name.
            self._name = self._new_name()
        self._wait()
        return self._receipt.render()

    def kept(self) -> None:
        """See :meth:`StagedBytes.kept`."""
        counting = [] if self._committed else self._receipt.keys(self._upload_id)
        self._drop(set(self._recorded + self._own) - set(counting))
        self._recorded, self._own = counting, []

    def digest(self, algorithm: str) -> Digest:
        """See :meth:`StagedBytes.digest`."""
        hasher = hashlib.new(algorithm)
        for content in self._contents():
            hasher.update(content)
        return Digest(f"{algorithm}:{hasher.hexdigest()}")

    def commit(self, key: str) -> None:
        """Make the bytes the object of a key, by the store itself as far as they are there.

        Raises:
            StagedBytesMissing: the upload was discarded while it was held.
        """
        self._wait()
        sources = self._receipt.keys(self._upload_id)
        end = b"".join(self._rest)
        if sources:
            try:
                size = self._receipt.size_bytes + self._rest_bytes
                self._objects.join(key, sources, end, size)
            except ObjectMissing as error:
                raise StagedBytesMissing(self._upload_id) from error
        else:
            self._objects.put(key, end)
        self._committed = True

    def close(self) -> None:
        """See :meth:`StagedBytes.close`; what was never recorded goes, in the background."""
        self._held.release()
        if self._own:
            self._drop(self._own, self._sending)

    def _contents(self) -> Iterator[bytes | memoryview]:
        self._wait()
        for key in self._receipt.keys(self._upload_id):
            yield from self._read(key)
        yield from self._rest

    def _read(self, key: str) -> Iterator[bytes]:
        try:
            yield from self._objects.read(key, 0, PIECE_BYTES - 1)
        except ObjectMissing as error:
            raise StagedBytesMissing(self._upload_id) from error

    def _fetch_end(self) -> None:
        if self._receipt.end:
            *_, key = self._receipt.keys(self._upload_id)
            end = b"".join(self._read(key))
            self._rest, self._rest_bytes = [end], len(end)
            self._receipt = Receipt(self._receipt.runs)

    def _send(self, piece: bytes) -> None:
        while len(self._sending) >= IN_FLIGHT_MAX:
            self._sending.popleft().result()
        key = piece_key(self._upload_id, self._receipt.full_pieces, self._name)
        self._own.append(key)
        self._sending.append(self._threads.submit(self._objects.put, key, piece))
        self._receipt = self._receipt.grown(self._name)

    def _wait(self) -> None:
        while self._sending:
            self._sending.popleft().result()

    def _drop(self, keys: Sequence[str] | set[str], before: Sequence[Future[None]] = ()) -> None:
        if keys:
            self._threads.submit(drop, self._objects, sorted(keys), tuple(before))


def drop(objects: Objects, keys: Sequence[str], before: Sequence[Future[None]] = ()) -> None:
    """Remove pieces once what may still make them is over; what stays is purged one day."""
    for sending in before:
        sending.exception()
    with suppress(StoreUnavailable):
        objects.delete(keys)
