"""The process that runs the tasks beside the workers: started, watched and stopped by the server.

A process of its own, because one that answers requests must not wait for a scan. It is forked, so
that it shares the memory of what is loaded already.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import signal
import threading
import time
from collections.abc import Callable

import structlog

from portside.server.clock import now
from portside.server.equipment import equipper
from portside.server.preparation import open_database
from portside.server.pulse import Pulse
from portside.settings import Settings
from portside.tasks.runner import Runner

LOCK_NAME = "tasks.lock"
RESTART_SECONDS = 1.0
_NAME_BYTES = 32
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_log = structlog.get_logger()


def run_tasks(settings: Settings, parent_lives: Callable[[], bool], pulse: Pulse) -> None:
    """Run tasks until a signal comes or the parent dies; waits while another process does.

    One process at a time runs tasks beside a data folder, under the name that is kept in its lock:
    it alone knows that what others of that name held is free.
    """
    # Only this process needs Huey: the workers start sooner, and smaller, without it.
    from portside.tasks.consumer import Watch, consume  # noqa: PLC0415 - see above

    lock = os.open(settings.data / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    while not _locked(lock):
        pulse.beat()
        if not parent_lives():
            return
        time.sleep(RESTART_SECONDS)
    database = open_database(settings)
    freshness = database.freshness()

    def stamp() -> int:
        pulse.beat()
        freshness.renew()
        return freshness.stamp

    holder = _name(lock)
    stop_tracing = _start_tracing(settings)
    runner = Runner(equipper(settings, database, holder), holder, pulse.tally)
    try:
        consume(runner, Watch(stamp, parent_lives), now, threads=settings.task_threads)
    finally:
        freshness.close()
        database.close()
        os.close(lock)
        stop_tracing()


def _start_tracing(settings: Settings) -> Callable[[], None]:
    if settings.otlp_endpoint is None:
        return lambda: None
    from portside.server.tracing.sending import start_sending  # noqa: PLC0415 - loaded if asked for

    return start_sending(settings.otlp_endpoint).shutdown


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _name(lock: int) -> str:
    # Nodes may have host names in common, or lose theirs; a folder and its lock are one node's.
    held = os.pread(lock, _NAME_BYTES, 0)
    if len(held) < _NAME_BYTES:
        held = secrets.token_hex(_NAME_BYTES // 2).encode()
        os.pwrite(lock, held, 0)
    return f"tasks@{held.decode('ascii', 'replace')}"


class Background:
    """Keeps a task process running until it is stopped."""

    def __init__(self, settings: Settings, pulse: Pulse) -> None:
        self._settings = settings
        self._pulse = pulse
        self._pid = 0
        self._stopping = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="tasks", daemon=True)

    def start(self) -> None:
        """Start the process; it is started again whenever it dies."""
        self._pid = self._fork()
        self._watcher.start()

    def stop_soon(self) -> None:
        """Ask the process to end after the tasks under way."""
        self._stopping.set()
        self._signal(signal.SIGTERM)

    def stop(self) -> None:
        """Have it ended when this returns; killed if it takes longer than requests may."""
        self.stop_soon()
        self._watcher.join(self._settings.drain_seconds)
        if self._watcher.is_alive():
            self._signal(signal.SIGKILL)
            self._watcher.join(RESTART_SECONDS)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self._pid:
                os.kill(self._pid, number)

    def _watch(self) -> None:
        while True:
            _, status = os.waitpid(self._pid, 0)
            self._pid = 0
            if self._stopping.is_set():
                return
            _log.error("the task process ended and is started again", status=status)
            if self._stopping.wait(RESTART_SECONDS):
                return
            self._pid = self._fork()
            if self._stopping.is_set():
                self._signal(signal.SIGTERM)

    def _fork(self) -> int:
        parent = os.getpid()
        # Held back until the child has handlers of its own: the inherited ones are the server's.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        pid = os.fork()
        if pid:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return pid
        status = 1
        try:
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            run_tasks(self._settings, lambda: os.getppid() == parent, self._pulse)
            status = 0
        except Exception:  # noqa: BLE001 - the last words of a process
            _log.exception("the task process fails")
        finally:
            os._exit(status)
