"""`portside lifecycle` beside a running server: what went, its history, and who set the policy."""

import json
import subprocess
import threading
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.protocol.pushing import Registry
from tests.protocol.test_lifecycle import keep, policy, push

ARCHIVE = {"type": "transition", "targetStorageClass": "archive"}


def lifecycle(server: LiveServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PORTSIDE, "lifecycle", *arguments, "--data", str(server.data)],
        env=clean_environment(**server.env),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def run(server: LiveServer, repo: Registry) -> dict[str, Any]:
    done = lifecycle(server, "run", "--repository", repo.name, "--format", "json")
    assert done.returncode == 0, done.stderr
    (outcome,) = json.loads(done.stdout)
    assert outcome["finished"] is True
    assert isinstance(outcome, dict)
    return outcome


def put(ecr: Any, repo: Registry, *rules: dict[str, Any]) -> None:
    ecr.put_lifecycle_policy(repositoryName=repo.name, lifecyclePolicyText=policy(*rules))


def digests(ecr: Any, repo: Registry) -> set[str]:
    listed = ecr.list_images(repositoryName=repo.name)["imageIds"]
    return {one["imageDigest"] for one in listed}


def test_what_went_by_which_rule(server: LiveServer, ecr: Any, repo: Registry) -> None:
    """The command prints it, the history keeps it, the API shows when it was evaluated."""
    pushed = [push(repo, str(number), f"v{number}") for number in range(3)]
    put(ecr, repo, keep(2))
    assert "lastEvaluatedAt" not in ecr.get_lifecycle_policy(repositoryName=repo.name)
    done = lifecycle(server, "run", "--repository", repo.name)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"{repo.name}: rule 1 expired {pushed[0]} (v0)",
        f"{repo.name}: rule 1 expired 1",
        "1 policies applied, 1 images acted on",
    ]
    assert digests(ecr, repo) == set(pushed[1:])
    assert ecr.get_lifecycle_policy(repositoryName=repo.name)["lastEvaluatedAt"]
    history = lifecycle(server, "history", "--repository", repo.name)
    assert history.stdout.rstrip().endswith(f"rule 1 expired {pushed[0]} (v0)")
    (act,) = json.loads(
        lifecycle(server, "history", "--repository", repo.name, "--format", "json").stdout
    )
    assert (act["imageDigest"], act["imageTags"]) == (pushed[0], ["v0"])
    assert (act["action"], act["rulePriority"]) == ("EXPIRE", 1)
    assert repo.request("GET", "manifests/v0").status_code == 404
    assert repo.request("GET", "manifests/v1").status_code == 200


def test_who_set_it(server: LiveServer, ecr: Any, repo: Registry) -> None:
    put(ecr, repo, keep(2))
    put(ecr, repo, keep(3))
    shown = lifecycle(server, "changes", "--repository", repo.name)
    assert "arn:aws:iam::123456789012:root changed it" in shown.stdout
    found = json.loads(
        lifecycle(server, "changes", "--repository", repo.name, "--format", "json").stdout
    )
    assert [change["kind"] for change in found] == ["lifecycle-policy"] * 2


def test_all_policies_at_once(server: LiveServer, ecr: Any, repo: Registry) -> None:
    push(repo, "a", "a")
    push(repo, "b", "b")
    put(ecr, repo, keep(1))
    done = lifecycle(server, "run")
    assert done.returncode == 0, done.stderr
    assert f"{repo.name}: rule 1 expired 1" in done.stdout.splitlines()


def test_archived_images_are_not_pulled_and_not_counted(
    server: LiveServer, ecr: Any, repo: Registry
) -> None:
    pushed = [push(repo, str(number), f"v{number}") for number in range(3)]
    put(ecr, repo, {**keep(1), "action": ARCHIVE})
    outcome = run(server, repo)
    assert [one["action"] for one in outcome["images"]] == ["TRANSITION"] * 2
    assert repo.request("GET", "manifests/v0").status_code == 404
    found = ecr.describe_images(repositoryName=repo.name, filter={"imageStatus": "ARCHIVED"})
    assert {one["imageDigest"] for one in found["imageDetails"]} == set(pushed[:2])
    assert run(server, repo)["images"] == []


def test_immutable_tags_do_not_keep_images(server: LiveServer, ecr: Any, repo: Registry) -> None:
    ecr.put_image_tag_mutability(repositoryName=repo.name, imageTagMutability="IMMUTABLE")
    pushed = [push(repo, str(number), f"v{number}") for number in range(2)]
    put(ecr, repo, keep(1))
    assert len(run(server, repo)["images"]) == 1
    assert digests(ecr, repo) == {pushed[1]}
    assert push(repo, "again", "v0") not in pushed


def test_pushes_go_on_while_images_go(server: LiveServer, ecr: Any, repo: Registry) -> None:
    """Half a hundred images expire while others push; none of theirs goes, none is refused."""
    for number in range(60):
        push(repo, str(number), f"old{number}")
    old = {"tagStatus": "tagged", "tagPrefixList": ["old"]}
    put(ecr, repo, keep(5, **old))
    new: list[str] = []
    over = threading.Event()

    def pusher() -> None:
        with httpx.Client(base_url=server.url, auth=server.auth(), timeout=60) as client:
            other = Registry(client, repo.name)
            while not over.is_set() and len(new) < 500:
                new.append(push(other, str(len(new)), f"new{len(new)}"))

    thread = threading.Thread(target=pusher)
    thread.start()
    try:
        outcome = run(server, repo)
    finally:
        over.set()
        thread.join()
    assert len(outcome["images"]) == 55
    assert new
    pages = ecr.get_paginator("list_images").paginate(repositoryName=repo.name)
    held = {one["imageDigest"] for page in pages for one in page["imageIds"]}
    assert set(new) <= held
    assert len(held) == len(new) + 5


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("run", "--repository", "no/such"), 1, "there is no repository no/such"),
        (("run", "--repository", "NO"), 2, "is malformed"),
        (("history", "--repository", "no/such"), 1, "there is no repository no/such"),
        (("changes", "--repository", "no/such"), 1, "there is no repository no/such"),
        (("run", "--format", "xml"), 2, "--format is 'xml'"),
        (("history", "--repository", "a/b", "--format", "xml"), 2, "--format is 'xml'"),
    ],
)
def test_refusals(
    server: LiveServer, arguments: tuple[str, ...], status: int, message: str
) -> None:
    done = lifecycle(server, *arguments)
    assert done.returncode == status
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_repository_without_a_policy(server: LiveServer, repo: Registry) -> None:
    done = lifecycle(server, "run", "--repository", repo.name)
    assert done.returncode == 1
    assert f"the repository {repo.name} has no lifecycle policy" in done.stderr


def test_a_template_gives_a_repository_its_policy(ecr: Any, http: httpx.Client) -> None:
    prefix = f"made{uuid4().hex}"
    text = policy(keep(7))
    ecr.create_repository_creation_template(
        prefix=prefix, appliedFor=["CREATE_ON_PUSH"], lifecyclePolicy=text
    )
    push(Registry(http, f"{prefix}/app"), "a", "a")
    found = ecr.get_lifecycle_policy(repositoryName=f"{prefix}/app")
    assert json.loads(found["lifecyclePolicyText"]) == json.loads(text)


def test_the_schedule_applies_policies() -> None:
    """A server applies its policies by itself, at the interval that it was given."""
    with LiveServer("--lifecycle-interval", "1", "--workers", "1") as live:
        ecr = live.client("ecr")
        ecr.create_repository(repositoryName="team/app")
        with httpx.Client(base_url=live.url, auth=live.auth(), timeout=60) as client:
            repo = Registry(client, "team/app")
            pushed = [push(repo, str(number), f"v{number}") for number in range(3)]
        put(ecr, repo, keep(1))
        for _ in range(600):
            if digests(ecr, repo) == {pushed[2]}:
                return
            threading.Event().wait(0.1)
    raise AssertionError(live.log_tail())
