"""The ASGI application of one worker process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TYPE_CHECKING, Any

import structlog

from portside.monitoring.exposition import CACHE_FACE
from portside.monitoring.face import PATHS as MONITORING_PATHS
from portside.names.accounts import AccountId, Region, RegistryId
from portside.server.composition import Composition, compose
from portside.settings import Settings
from portside.web.addressing import Addressing
from portside.web.answers import Answer, json_answer, send_answer
from portside.web.board import Board, Served
from portside.web.clients import TrustedProxies, parse_networks
from portside.web.context import RequestContext, RequestIds, read_context
from portside.web.limits import Limits, TimedBody

if TYPE_CHECKING:
    from portside.server.tracing.requests import RequestSpans

USES_WRITTEN_EVERY_SECONDS = 5.0
THREADS = 16
_BODILESS = frozenset({"GET", "HEAD"})

_log = structlog.get_logger()


class Application:
    """Answers requests from the worker's start to its end."""

    def __init__(self, settings: Settings, board: Board) -> None:
        self._settings = settings
        self._board = board
        self._meter = board.join()
        self._cache_uses: dict[str, tuple[int, int]] = {}
        self._addressing = Addressing(
            RegistryId(AccountId(settings.account), Region(settings.region)),
            settings.port,
            settings.suffix,
        )
        self._proxies = TrustedProxies(parse_networks(settings.trusted_proxies or ""))
        self._request_ids = RequestIds()
        self._composition: Composition | None = None
        self._under_way = 0
        self._spans: RequestSpans | None = None
        self._limits = Limits(
            requests=settings.requests_max,
            header_bytes=settings.header_bytes_max,
            body_seconds=float(settings.body_seconds_max),
        )

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer an ASGI event: the process's lifespan, or one HTTP request."""
        if scope["type"] == "http" and self._composition is not None:
            await self._answer(self._composition, scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _answer(self, composed: Composition, scope: Any, receive: Any, send: Any) -> None:
        started = perf_counter()
        composed.freshness.renew()
        self._under_way += 1
        try:
            excess = self._limits.find_excess(scope["headers"], self._under_way)
            context = read_context(
                scope, self._addressing, self._proxies, self._request_ids(), excess
            )
            body = None
            if context.method not in _BODILESS or _has_body(context):
                receive = body = TimedBody(receive, self._limits.body_seconds)
            # Probes come every few seconds from everywhere: their traces would tell nothing.
            if self._spans is None or context.path in MONITORING_PATHS:
                face, served = await self._serve(composed, context, receive, send)
            else:
                with self._spans.around(context) as span:
                    face, served = await self._serve(composed, context, receive, send)
                    self._spans.finish(span, face, served)
        finally:
            self._under_way -= 1
        route, status, bytes_out, _ = served
        seconds = perf_counter() - started
        bytes_in = 0 if body is None else body.size_bytes
        self._meter.count((face, route, status), seconds, bytes_in, bytes_out)

    async def _serve(
        self, composed: Composition, context: RequestContext, receive: Any, send: Any
    ) -> tuple[str, Served]:
        path = context.path
        if path.startswith("/v2/") or path == "/v2":
            return "distribution", await composed.distribution(context, receive, send)
        if path == "/" and (context.method == "POST" or context.scope["query_string"]):
            return "aws", await composed.aws(context, receive, send)
        if path.startswith("/console/") or path == "/console":
            return "console", await composed.console(context, receive, send)
        if path in MONITORING_PATHS:
            self._note_cache_uses(composed)
            return "monitoring", await composed.monitoring(context, send)
        answer = _plain_answer(path)
        sent = await send_answer(answer, send, [], head=context.method == "HEAD")
        return "other", Served("other", answer.status, sent)

    def _note_cache_uses(self, composed: Composition) -> None:
        for name, (hits, misses) in composed.cache_uses().items():
            before = self._cache_uses.get(name, (0, 0))
            self._meter.add((CACHE_FACE, name, 0), hits - before[0], misses - before[1])
            self._cache_uses[name] = (hits, misses)

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        # Threads mostly wait for disks: more of them than processor cores, but a bounded number.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        stop_tracing = self._start_tracing()
        self._composition = composed = compose(self._settings, self._addressing, self._board)
        writer = asyncio.create_task(self._write_uses(composed))
        recorder = asyncio.create_task(composed.audit.run())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for background in (writer, recorder):
            background.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await background
        await composed.pulls.write_pulls()
        await composed.audit.flush()
        await asyncio.to_thread(composed.key_uses.write)
        composed.close()
        await asyncio.to_thread(stop_tracing)
        await send({"type": "lifespan.shutdown.complete"})

    def _start_tracing(self) -> Callable[[], None]:
        if self._settings.otlp_endpoint is None:
            return lambda: None
        # Nobody else needs OpenTelemetry: workers start sooner, and smaller, without it.
        from portside.server.tracing.requests import RequestSpans  # noqa: PLC0415 - see above
        from portside.server.tracing.sending import start_sending  # noqa: PLC0415 - as above

        self._spans = RequestSpans()
        return start_sending(self._settings.otlp_endpoint).shutdown

    async def _write_uses(self, composed: Composition) -> None:
        while True:
            await asyncio.sleep(USES_WRITTEN_EVERY_SECONDS)
            self._note_cache_uses(composed)
            try:
                await composed.pulls.write_pulls()
                await asyncio.to_thread(composed.key_uses.write)
            except Exception:  # noqa: BLE001 - the next round may succeed; requests go on
                _log.exception("times of pulls and access keys could not be written")


def _has_body(context: RequestContext) -> bool:
    return "content-length" in context.headers or "transfer-encoding" in context.headers


def _plain_answer(path: str) -> Answer:
    if path == "/":
        return Answer(302, {"location": "/console/"})
    return json_answer(404, {"message": "Portside: /v2/ for images, POST / for the AWS APIs"})
