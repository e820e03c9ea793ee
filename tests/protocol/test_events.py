"""Events from a live server: delivered in order, not lost by kill -9, shown and replayed."""

import json
import subprocess
import time
from collections.abc import Callable
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
        command, check=True, capture_output=True, text=True, env=clean_environment()
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


def test_dead_letters_are_listed_and_replayed(tmp_path: Path) -> None:
    """Deliveries to a target that is taken away are dead letters until it is back."""
    webhook = f"http://127.0.0.1:{free_port()}/"
    path = tmp_path / "events.jsonl"
    with LiveServer("--event-webhooks", webhook) as server:
        server.client("ecr").create_repository(repositoryName="app")
        with httpx.Client(base_url=server.url, auth=server.auth(), timeout=30) as http:
            Registry(http, "app").push("latest", b"layer")
        wait_until(lambda: "deliver-webhook" in portside(server, "tasks", "--format", "json"))
        server.stop()
        server.extra_args = ("--event-file", str(path))
        server.start()
        letters: list[dict[str, Any]] = []

        def listed() -> bool:
            letters[:] = json.loads(portside(server, "events", "dead-letters", "--format", "json"))
            return bool(letters)

        wait_until(listed)
        (letter,) = letters
        assert (letter["event"], letter["repository"]) == ("ImagePushed", "app")
        told = portside(server, "events", "replay", str(letter["id"]))
        assert told == "1 dead letters will be delivered again\n"
