"""Running the server's worker processes."""

from __future__ import annotations

import gc
import signal
from collections.abc import Callable
from functools import partial

from granian.constants import HTTPModes, Interfaces, Loops
from granian.server import Server as GranianServer

from portside.server.application import Application
from portside.settings import Settings
from portside.web.logs import configure_logs


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first."""
    configure_logs(settings.log_level, settings.log_format)
    tls = settings.tls_cert is not None
    server = GranianServer(
        "portside",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.uvloop,
        http=HTTPModes.auto if tls else HTTPModes.http1,
        websockets=False,
        log_enabled=False,
        ssl_cert=settings.tls_cert,
        ssl_key=settings.tls_key,
        workers_kill_timeout=settings.drain_seconds,
        respawn_failed_workers=True,
    )
    # Workers are forked from here: what is loaded by now lives as long as they do, so no worker's
    # garbage collector need look at it, and its memory stays shared.
    gc.collect()
    gc.freeze()
    server.serve(
        target_loader=partial(_load, lambda: server.interrupt_signal, settings), wrap_loader=False
    )


def _load(interrupted: Callable[[], bool], settings: Settings) -> Application:
    """The application of a worker that was just forked."""
    # The worker inherits the main process's handler, which would only note a signal in the
    # worker's own copy of it and go on: a stop during the start would wait for nothing.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if interrupted():
        raise SystemExit(0)
    return Application(settings)
