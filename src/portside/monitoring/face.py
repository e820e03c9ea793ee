"""The pipeline of a request for health, readiness or metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final, TypeVar

import structlog

from portside.monitoring.exposition import CONTENT_TYPE_LATEST, Exposition, render
from portside.monitoring.lately import Lately
from portside.monitoring.readiness import Part, Readiness
from portside.names.accounts import RegistryId
from portside.registry.levels import StorageLevels, WorkLevels
from portside.registry.usage import Usage
from portside.services.levels import Levels
from portside.web.answers import Answer, Send, json_answer, send_answer
from portside.web.board import Board, Served
from portside.web.clients import Network, is_within
from portside.web.context import RequestContext

PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics"})
WORK_SECONDS: Final = 5.0
STORAGE_SECONDS: Final = 60.0
"""How old the numbers may be that take time to find."""

_READING: Final = frozenset({"GET", "HEAD"})
_FORWARDED: Final = ("x-forwarded-for", "forwarded", "x-real-ip")

_log = structlog.get_logger()
T = TypeVar("T")


class MonitoringFace:
    """Answers ``/healthz``, ``/readyz`` and ``/metrics``."""

    def __init__(
        self,
        levels: Levels,
        board: Board,
        allowed: Sequence[Network],
        clock: Callable[[], datetime],
        version: str,
        *more: Part,
    ) -> None:
        self._board = board
        self._allowed = tuple(allowed)
        self._clock = clock
        self._version = version
        self._levels = levels
        self._work: Lately[WorkLevels] = Lately(levels.work, WORK_SECONDS)
        self._storage: Lately[StorageLevels] = Lately(levels.storage, STORAGE_SECONDS)
        self._usage: Lately[list[tuple[RegistryId, Usage]]] = Lately(levels.usage, STORAGE_SECONDS)
        self._readiness = Readiness(
            [Part("database", levels.check_database), Part("blobs", levels.check_blobs), *more]
        )

    async def __call__(self, context: RequestContext, send: Send) -> Served:
        """Answer one request to one of the paths."""
        answer = await self._answer(context)
        common = [(b"cache-control", b"no-store"), (b"x-request-id", context.request_id.encode())]
        sent = await send_answer(answer, send, common, head=context.method == "HEAD")
        return Served(context.path, answer.status, sent)

    async def _answer(self, context: RequestContext) -> Answer:
        if context.method not in _READING:
            return Answer(405, {"allow": "GET, HEAD"})
        if context.path == "/healthz":
            return json_answer(200, {"status": "ok"})
        if context.path == "/readyz":
            return await self._ready()
        if not self._may_watch(context):
            return json_answer(403, {"message": "metrics are not for this address"})
        return await self._metrics(context)

    async def _ready(self) -> Answer:
        unusable = await self._readiness.unusable()
        if unusable:
            return json_answer(503, {"status": "unavailable", "unusable": unusable})
        return json_answer(200, {"status": "ready"})

    def _may_watch(self, context: RequestContext) -> bool:
        peer = context.scope.get("client")
        forwarded = any(name in context.headers for name in _FORWARDED)
        if peer is None or (forwarded and context.client == peer[0]):
            # A proxy that nobody trusts: on this machine, it would lend its address to everybody.
            return False
        return is_within(context.client, self._allowed)

    async def _metrics(self, context: RequestContext) -> Answer:
        wants_usage = context.query.get("usage") == "repositories"
        exposition = Exposition(
            now=self._clock(),
            version=self._version,
            rows=self._board.rows(),
            work=await _readable(self._work.get),
            storage=await _readable(self._storage.get),
            usage=(await _readable(self._usage.get) or []) if wants_usage else [],
        )
        text = await asyncio.to_thread(render, exposition)
        return Answer(200, {"content-type": CONTENT_TYPE_LATEST}, text)


async def _readable(look: Callable[[], Awaitable[T]]) -> T | None:
    try:
        return await look()
    except Exception:  # noqa: BLE001 - what can be told is told all the same
        _log.exception("levels cannot be read")
        return None
