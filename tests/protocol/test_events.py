"""Events from a live server: delivered in order, not lost by kill -9, shown and replayed."""

import json
import subprocess
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from tests.live import PORTSIDE, LiveServer, clean_environment, free_port
from tests.protocol.pushing import Registry
from tests.protocol.test_tasks import task_process

SECONDS_MAX = 30.0
COUNT = 20


def portside(server: LiveServer, *arguments: str) -> str:
    command = [str(PORTSIDE), *arguments, "--data", str(server.data)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=clean_environment(**server.env)
    )
    return done.stdout


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS_MAX
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def delivered(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines()]


def tags(path: Path) -> list[str]:
    """The tags that were told of, in order, each once."""
    return list(dict.fromkeys(one["detail"]["image-tag"] for one in delivered(path)))


def test_nothing_is_lost_when_deliveries_are_killed(tmp_path: Path) -> None:
    """Each push is told of at least once, in order, though the task process is killed meanwhile."""
    path = tmp_path / "events.jsonl"
    with LiveServer("--event-file", str(path)) as server:
        server.client("ecr").create_repository(repositoryName="app")
        with httpx.Client(base_url=server.url, auth=server.auth(), timeout=30) as http:
            registry = Registry(http, "app")
            for number in range(COUNT):
                registry.push(f"v{number}", str(number).encode())
                process = task_process(server)
                if number % 5 == 3 and process is not None:
                    process.kill()
        wait_until(lambda: len(tags(path)) == COUNT)
        assert tags(path) == [f"v{number}" for number in range(COUNT)]
        shown = [json.loads(line) for line in portside(server, "events", "tail").splitlines()]
        assert [one["detail"]["image-tag"] for one in shown][-1] == f"v{COUNT - 1}"
        assert {one["id"] for one in shown} <= {one["id"] for one in delivered(path)}


def dead_letters(server: LiveServer) -> list[dict[str, Any]]:
    return list(json.loads(portside(server, "events", "dead-letters", "--format", "json")))


class Hook:
    """A webhook's receiver."""

    def __init__(self, port: int) -> None:
        self.received: list[dict[str, Any]] = []
        received = self.received

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def test_a_replayed_dead_letter_arrives_at_a_target_that_is_back(tmp_path: Path) -> None:
    """A target that was down and taken away gets, once it is back, what was missed; then nothing
    is a dead letter any more.
    """
    port = free_port()
    webhook = f"http://127.0.0.1:{port}/"
    with LiveServer("--event-webhooks", webhook) as server:
        server.client("ecr").create_repository(repositoryName="app")
        with httpx.Client(base_url=server.url, auth=server.auth(), timeout=30) as http:
            Registry(http, "app").push("latest", b"layer")
        wait_until(lambda: "deliver-webhook" in portside(server, "tasks", "--format", "json"))
        server.stop()
        server.extra_args = ("--event-file", str(tmp_path / "events.jsonl"))
        server.start()
        wait_until(lambda: bool(dead_letters(server)))
        (letter,) = dead_letters(server)
        assert (letter["event"], letter["repository"]) == ("ImagePushed", "app")
        server.stop()
        hook = Hook(port)
        try:
            server.extra_args = ("--event-webhooks", webhook)
            server.start()
            assert hook.received == []
            told = portside(server, "events", "replay", str(letter["id"]))
            assert told == "1 dead letters will be delivered again\n"
            wait_until(lambda: bool(hook.received))
            shown = portside(server, "events", "tail").splitlines()
            assert hook.received[0] in [json.loads(line) for line in shown]
            assert hook.received[0]["detail"]["image-tag"] == "latest"
            assert dead_letters(server) == []
        finally:
            hook.close()
