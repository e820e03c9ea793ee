"""`portside worker`: the tasks alone, beside servers that run none."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from tests.live import PORTSIDE, LiveServer
from tests.live_worker import LiveWorker
from tests.protocol.pushing import Registry, manifest_of

SECONDS_MAX = 30.0


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def repositories_told(file: Path) -> list[str]:
    if not file.exists():
        return []
    return [json.loads(line)["detail"]["repository-name"] for line in file.read_text().splitlines()]


def push(server: LiveServer, name: str) -> None:
    """Something of which an event tells: an image."""
    config = b"{}"
    ecr = server.client("ecr")
    ecr.create_repository(repositoryName=name)
    with httpx.Client(base_url=server.url, auth=server.auth()) as client:
        Registry(client, name).put_blob(config)
        kind = "application/vnd.oci.image.manifest.v1+json"
        path = f"/v2/{name}/manifests/one"
        done = client.put(path, content=manifest_of(config), headers={"content-type": kind})
        assert done.status_code == 201, done.text


def test_a_worker_does_what_the_server_leaves(tmp_path: Path) -> None:
    """It delivers, counts what it did, answers nothing else, and ends with 0."""
    told = tmp_path / "events.jsonl"
    with LiveServer("--no-tasks") as server:
        push(server, "left/to-do")
        assert not told.exists()
        with LiveWorker(server, "--event-file", str(told)) as worker:
            worker.wait_until_ready()
            eventually(lambda: "left/to-do" in repositories_told(told))
            push(server, "left/later")
            eventually(lambda: "left/later" in repositories_told(told))
            metrics = httpx.get(f"{worker.url}/metrics").text
            assert 'portside_task_runs_total{outcome="done",task="deliver-file' in metrics
            assert httpx.get(f"{worker.url}/v2/").status_code == 404
            assert worker.stop() == 0


def test_one_of_two_workers_of_a_folder_works_and_the_other_follows(tmp_path: Path) -> None:
    """Killed, the first leaves its place to the second, which needs no port."""
    told = tmp_path / "events.jsonl"
    with LiveServer("--no-tasks") as server:
        first = LiveWorker(server, "--event-file", str(told)).wait_until_ready()
        with first, LiveWorker(server, "--event-file", str(told), listens=False) as second:
            push(server, "of/first")
            eventually(lambda: repositories_told(told) == ["of/first"])
            first.kill()
            push(server, "of/second")
            eventually(lambda: repositories_told(told) == ["of/first", "of/second"])
            assert second.stop() == 0


def test_a_worker_that_waits_for_its_turn_ends_when_it_is_told_to() -> None:
    with LiveServer() as server, LiveWorker(server) as waiting:
        waiting.wait_until_ready()
        with LiveWorker(server, listens=False) as silent:
            eventually(lambda: "Running tasks" in silent.log.read_text())
            time.sleep(0.5)
            assert (silent.stop(), waiting.stop()) == (0, 0)


def test_a_port_that_is_taken_is_told_at_once(tmp_path: Path) -> None:
    with LiveServer() as server:
        command = [str(PORTSIDE), "worker", "--data", str(tmp_path / "w")]
        command += ["--worker-port", str(server.port)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1
        assert f"cannot listen on 127.0.0.1 port {server.port}" in done.stderr
