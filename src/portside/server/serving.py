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
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from portside.server.application import Application
from portside.server.background import Background, run_tasks
from portside.server.certificates import Certificates
from portside.server.pulse import Pulse
from portside.server.replacing import POLL_SECONDS, START_SECONDS_MAX, Leaving, listens
from portside.server.scanners import log_advisories
from portside.server.watching import Watching
from portside.settings import Settings
from portside.web.board import Board
from portside.web.logs import configure_logs

STOP_REPEATED_SECONDS = 0.5

_log = structlog.get_logger()


class _Server(MPServer):
    """Granian, but a stop is said again until every worker has heard it.

    A worker that is just starting loses a signal that comes before it listens, and would run until
    it is killed. And a replaced worker goes only when the new one listens.
    """

    def __init__(
        self,
        *args: Any,
        background: Background | None,
        certificates: Certificates | None,
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self._background = background
        self._certificates = certificates
        self._leaving = Leaving()
        if certificates is not None:
            self.ssl_ctx = certificates.context()  # type: ignore[assignment]  # Granian has no types here
            certificates.watch(self.signal_handler_reload)

    def _reload(self, spawn_target: Any, target_loader: Any) -> None:
        """Replace all workers: the certificate changed, or the operator said so (SIGHUP)."""
        self.reload_signal = False
        self.respawned_wrks.clear()
        self.main_loop_interrupt.clear()
        if self._certificates is not None:
            self._certificates.look_again()
            self.ssl_ctx = self._certificates.context()  # type: ignore[assignment]  # as above
        # Two generations at a time are enough, for memory's sake too.
        self._leaving.kill()
        for index in range(self.workers):
            if self.interrupt_signal or not self._replace(index, spawn_target, target_loader):
                break
        # What came meanwhile (a stop, a worker's death) is looked at now.
        if self.interrupt_signal or self.interrupt_children or self.reload_signal:
            self.main_loop_interrupt.set()

    def _replace(self, index: int, spawn_target: Any, target_loader: Any) -> bool:
        worker: Any = self._spawn_worker(index, spawn_target, target_loader)
        # Until it listens, its end is ours to notice and not Granian's: the old one still serves.
        worker.interrupt_by_parent = True
        worker.start()
        if not self._listens_in_time(worker):
            worker.kill()
            if not self.interrupt_signal:
                _log.error("a new worker does not start: the old ones go on", worker=index + 1)
            return False
        worker.interrupt_by_parent = False
        old, self.wrks[index] = self.wrks[index], worker
        self._leaving.add(old)
        return True

    def _listens_in_time(self, worker: Any) -> bool:
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end and worker.is_alive() and not self.interrupt_signal:
            if listens(worker.inner.pid, self.bind_port):
                return True
            time.sleep(POLL_SECONDS)
        return False

    def _stop_workers(self) -> None:
        end = time.monotonic() + (self.workers_kill_timeout or 0)
        if self._certificates is not None:
            self._certificates.stop()
        if self._background is not None:
            self._background.stop_soon()
        threading.Thread(target=self._repeat_stop, daemon=True).start()
        super()._stop_workers()  # type: ignore[no-untyped-call]  # Granian has no types here
        self._leaving.kill(end - time.monotonic())

    def _repeat_stop(self) -> None:
        pids = [worker.inner.pid for worker in self.wrks]
        while self.wrks:
            time.sleep(STOP_REPEATED_SECONDS)
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)


def serve(settings: Settings, certificates: Certificates | None = None) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first.

    With certificates, over TLS 1.2 and 1.3. When they change, and at SIGHUP, workers are replaced.
    """
    configure_logs(settings.log_level, settings.log_format)
    log_advisories(settings)
    # A worker may be started while the one that it replaces still ends; tasks count, too.
    board = Board(2 * settings.workers + 1)
    background = Background(settings, Pulse(board)) if settings.tasks else None
    server = _make_server(
        settings, _Running(background, certificates), settings.port, settings.workers
    )
    _run(server, partial(Application, settings, board), background)


def work(settings: Settings, certificates: Certificates | None = None) -> None:
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
    server = _make_server(settings, _Running(background, certificates), settings.worker_port, 1)
    _run(server, partial(Watching, settings, board, pulse), background)


@dataclass(frozen=True, slots=True)
class _Running:
    """What runs beside the workers."""

    background: Background | None
    certificates: Certificates | None


def _make_server(settings: Settings, running: _Running, port: int, workers: int) -> _Server:
    return _Server(
        "portside",
        background=running.background,
        certificates=running.certificates,
        address=settings.host,
        port=port,
        interface=Interfaces.ASGI,
        workers=workers,
        loop=Loops.uvloop,
        http=HTTPModes.auto if running.certificates else HTTPModes.http1,
        websockets=False,
        backpressure=settings.connections_max,
        http1_settings=HTTP1Settings(header_read_timeout=settings.header_seconds_max * 1000),
        log_enabled=False,
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
