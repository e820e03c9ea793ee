"""Doing many things in a few threads, and taking what comes of them in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def ahead(items: Iterable[T], work: Callable[[T], R], parallel: int) -> Iterator[tuple[T, R]]:
    """Each item with what the work made of it, in the order of the items.

    Only a few more are begun than threads there are, so that whoever stops taking stops soon.
    """
    running: deque[tuple[T, Future[R]]] = deque()
    with ThreadPoolExecutor(parallel, thread_name_prefix="ahead") as threads:
        try:
            for item in items:
                running.append((item, threads.submit(work, item)))
                if len(running) > 2 * parallel:
                    first, future = running.popleft()
                    yield first, future.result()
            while running:
                first, future = running.popleft()
                yield first, future.result()
        finally:
            for _, future in running:
                future.cancel()
