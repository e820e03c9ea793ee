"""The task process: beside the workers, idle when idle, started again, and stopped with them."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable

import psutil
from tests.live import PORTSIDE, LiveServer, clean_environment

SECONDS_MAX = 20.0


def task_process(server: LiveServer) -> psutil.Process | None:
    """The process that holds the lock of tasks."""
    for child in psutil.Process(server.pid).children():
        try:
            if any(file.path.endswith("tasks.lock") for file in child.open_files()):
                return child
        except psutil.NoSuchProcess:
            continue
    return None


def wait_for(found: Callable[[], psutil.Process | None]) -> psutil.Process:
    end = time.monotonic() + SECONDS_MAX
    while time.monotonic() < end:
        process = found()
        if process is not None:
            return process
        time.sleep(0.05)
    raise AssertionError("no task process came")


def shown(server: LiveServer) -> list[dict[str, object]]:
    command = [str(PORTSIDE), "tasks", "--data", str(server.data), "--format", "json"]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=clean_environment(**server.env)
    )
    rows: list[dict[str, object]] = json.loads(done.stdout)
    return rows


def test_a_task_process_that_dies_is_started_again() -> None:
    with LiveServer() as server:
        first = wait_for(lambda: task_process(server))
        first.kill()
        first.wait(SECONDS_MAX)
        second = wait_for(lambda: task_process(server))
        assert second.pid != first.pid
        assert server.stop() == 0
        assert not psutil.pid_exists(second.pid)


def test_a_task_process_ends_with_its_server() -> None:
    """A server that is killed leaves no process behind."""
    with LiveServer() as server:
        process = wait_for(lambda: task_process(server))
        os.kill(server.pid, signal.SIGKILL)
        process.wait(SECONDS_MAX)


def test_idle_tasks_cost_next_to_nothing() -> None:
    with LiveServer() as server:
        process = wait_for(lambda: task_process(server))
        time.sleep(1)
        before = sum(process.cpu_times()[:2])
        time.sleep(3)
        assert sum(process.cpu_times()[:2]) - before < 0.15
        assert {row["task"] for row in shown(server)} >= {"forget-old-events"}


def test_a_server_without_tasks() -> None:
    with LiveServer("--no-tasks") as server:
        time.sleep(0.5)
        assert task_process(server) is None
        assert server.stop() == 0
