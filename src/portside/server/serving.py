"""Running the processes of a server, or of a worker that only runs tasks."""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from portside.server.application import Application
from portside.server.background import Background, run_tasks
from portside.server.pulse import Pulse
from portside.server.scanners import log_advisories
from portside.server.watching import Watching
from portside.settings import Settings
from portside.web.board import Board
from portside.web.logs import configure_logs

STOP_REPEATED_SECONDS = 0.5


class _Server(MPServer):
    """Granian, but a stop is said again until every worker has heard it.

    A worker that is just starting loses a signal that comes before it listens, and would run until
    it is killed.
    """

    def __init__(self, *args: Any, background: Background | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._background = background

    def _stop_workers(self) -> None:
        if self._background is not None:
            self._background.stop_soon()
        threading.Thread(target=self._repeat_stop, daemon=True).start()
        super()._stop_workers()  # type: ignore[no-untyped-call]  # Granian has no types here

    def _repeat_stop(self) -> None:
        pids = [worker.inner.pid for worker in self.wrks]
        while self.wrks:
            time.sleep(STOP_REPEATED_SECONDS)
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first."""
    configure_logs(settings.log_level, settings.log_format)
    log_advisories(settings)
    # A worker may be started while the one that it replaces still ends; tasks count, too.
    board = Board(2 * settings.workers + 1)
    background = Background(settings, Pulse(board)) if settings.tasks else None
    server = _make_server(settings, background, settings.port, settings.workers)
    _run(server, partial(Application, settings, board), background)


def work(settings: Settings) -> None:
    """Run tasks, and nothing else, until SIGTERM or SIGINT; those under way are finished first."""
    configure_logs(settings.log_level, settings.log_format)
    log_advisories(settings)
    board = Board(3)
    pulse = Pulse(board)
    if settings.worker_port is None:
        for number in (signal.SIGTERM, signal.SIGINT):
            # Until tasks run: from then on they decide when to end.
            signal.signal(number, lambda *_: sys.exit(0))
        run_tasks(settings, lambda: True, pulse)
        return
    background = Background(settings, pulse)
    server = _make_server(settings, background, settings.worker_port, 1)
    _run(server, partial(Watching, settings, board, pulse), background)


def _make_server(
    settings: Settings, background: Background | None, port: int, workers: int
) -> _Server:
    tls = settings.tls_cert is not None
    return _Server(
        "portside",
        background=background,
        address=settings.host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        loop=Loops.uvloop,
        http=HTTPModes.auto if tls else HTTPModes.http1,
        websockets=False,
        backpressure=settings.connections_max,
        http1_settings=HTTP1Settings(header_read_timeout=settings.header_seconds_max * 1000),
        log_enabled=False,
        ssl_cert=settings.tls_cert,
        ssl_key=settings.tls_key,
        workers_kill_timeout=settings.drain_seconds,
        respawn_failed_workers=True,
    )


def _raise_file_limit() -> None:
    # Each download holds a connection and a file: systems begin with room for few of either.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _run(
    server: _Server, application: Callable[[], Callable[..., Any]], background: Background | None
) -> None:
    _raise_file_limit()
    # Workers are forked from here: what is loaded by now lives as long as they do, so no worker's
    # garbage collector need look at it, and its memory stays shared.
    gc.collect()
    gc.freeze()
    if background is not None:
        background.start()
    try:
        server.serve(target_loader=application, wrap_loader=False)
    finally:
        if background is not None:
            background.stop()
