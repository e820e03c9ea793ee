"""`kill -9` during `portside lifecycle run`: what is done is done and told of, the rest follows."""

import json
import signal
import subprocess
from typing import Any

import httpx
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.protocol.pushing import OCI_MANIFEST, Registry, manifest_of
from tests.protocol.test_lifecycle import keep, policy

IMAGES = 80
KEPT = 5


def command(server: LiveServer, *arguments: str) -> list[str]:
    return [str(PORTSIDE), "lifecycle", *arguments, "--data", str(server.data)]


def tags(ecr: Any) -> set[str]:
    pages = ecr.get_paginator("list_images").paginate(repositoryName="app")
    return {one["imageTag"] for page in pages for one in page["imageIds"]}


def history(server: LiveServer) -> list[dict[str, Any]]:
    told = subprocess.run(
        command(server, "history", "--repository", "app", "--format", "json"),
        check=True,
        capture_output=True,
        env=clean_environment(**server.env),
    )
    return list(json.loads(told.stdout))


def killed_midway(server: LiveServer, ecr: Any) -> None:
    """Start a run, and kill it once it had images go."""
    there = tags(ecr)
    process = subprocess.Popen(
        command(server, "run", "--repository", "app"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=clean_environment(**server.env),
    )
    while tags(ecr) == there:
        assert process.poll() is None, "the run ended, or never began"
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_a_killed_run_is_finished_by_the_next() -> None:
    with LiveServer("--lifecycle-interval", "86400") as server:
        ecr = server.client("ecr")
        ecr.create_repository(repositoryName="app")
        with httpx.Client(base_url=server.url, auth=server.auth(), timeout=60) as http:
            repo = Registry(http, "app")
            repo.put_blob(b"{}")
            repo.put_blob(b"layer")
            for number in range(IMAGES):
                body = manifest_of(b"{}", b"layer", annotations={"n": str(number)})
                assert repo.put_manifest(f"t{number:03}", body).status_code == 201
            ecr.put_lifecycle_policy(repositoryName="app", lifecyclePolicyText=policy(keep(KEPT)))
            killed_midway(server, ecr)
            left = tags(ecr)
            expected = {f"t{number:03}" for number in range(IMAGES - KEPT, IMAGES)}
            assert expected < left
            # Each image is there whole and untold of, or gone and told of.
            gone = {f"t{number:03}" for number in range(IMAGES)} - left
            assert {tag for act in history(server) for tag in act["imageTags"]} == gone
            for tag in left:
                answer = repo.request("GET", f"manifests/{tag}", headers={"accept": OCI_MANIFEST})
                assert answer.status_code == 200
            # Nobody waits for the end of what the killed run held.
            again = command(server, "run", "--repository", "app")
            subprocess.run(
                again, check=True, stdout=subprocess.DEVNULL, env=clean_environment(**server.env)
            )
            assert tags(ecr) == expected
            told = [tag for act in history(server) for tag in act["imageTags"]]
            assert sorted(told) == [f"t{number:03}" for number in range(IMAGES - KEPT)]
