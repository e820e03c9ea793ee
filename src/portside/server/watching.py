"""Health, readiness and metrics: of a server, or alone, of a process that runs tasks."""

from __future__ import annotations

from importlib.metadata import version
from time import perf_counter
from typing import Any

from portside.metadata.database import Database
from portside.monitoring.face import PATHS, MonitoringFace
from portside.monitoring.readiness import Part
from portside.names.accounts import AccountId, Region, RegistryId
from portside.server.clock import now
from portside.server.preparation import open_advisories, open_database, open_store
from portside.server.pulse import Pulse
from portside.services.levels import Levels
from portside.settings import Settings
from portside.web.addressing import Addressing
from portside.web.answers import json_answer, send_answer
from portside.web.board import Board
from portside.web.clients import TrustedProxies, parse_networks
from portside.web.context import RequestIds, read_context


def make_monitoring(
    settings: Settings, database: Database, board: Board, *more: Part
) -> MonitoringFace:
    """The face that tells them; ``more`` must be usable, too, for this server to be ready."""
    return MonitoringFace(
        Levels(database, open_store(settings), open_advisories(settings)),
        board,
        parse_networks(settings.metrics_allow),
        now,
        version("portside"),
        *more,
    )


class Watching:
    """The ASGI application beside a task process: only health, readiness and metrics."""

    def __init__(self, settings: Settings, board: Board, pulse: Pulse) -> None:
        self._settings = settings
        self._board = board
        self._pulse = pulse
        self._meter = board.join()
        self._addressing = Addressing(
            RegistryId(AccountId(settings.account), Region(settings.region)), settings.port, None
        )
        self._proxies = TrustedProxies(parse_networks(settings.trusted_proxies or ""))
        self._request_ids = RequestIds()
        self._face: MonitoringFace | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer an ASGI event: the process's lifespan, or one HTTP request."""
        if scope["type"] == "http" and self._face is not None:
            await self._answer(self._face, scope, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _answer(self, face: MonitoringFace, scope: Any, send: Any) -> None:
        context = read_context(scope, self._addressing, self._proxies, self._request_ids())
        if context.path not in PATHS:
            await send_answer(json_answer(404, {"message": "this process runs tasks"}), send, [])
            return
        started = perf_counter()
        route, status, sent, _ = await face(context, send)
        self._meter.count(("monitoring", route, status), perf_counter() - started, 0, sent)

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        database = open_database(self._settings)
        tasks = Part("tasks", self._pulse.check)
        self._face = make_monitoring(self._settings, database, self._board, tasks)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        database.close()
        await send({"type": "lifespan.shutdown.complete"})
