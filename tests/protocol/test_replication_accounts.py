"""Replication between accounts: what the destination's registry policy lets the source do."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.live import ACCOUNT, REGION, LiveServer
from tests.protocol.pushing import Registry
from tests.protocol.test_replication import DENIED, configure, eventually, rule, statuses, tags

OTHER = "210987654321"
OTHER_KEY = "AKIAPORTSIDEOTHERACC"


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server on which two accounts live; the second one's root has its own access key."""
    data: Path = tmp_path_factory.mktemp("accounts") / "data"
    first = LiveServer("--account", OTHER, data=data)
    first.access_key_id = OTHER_KEY
    with first:
        first.client("sts").get_caller_identity()
    with LiveServer(data=data) as live:
        yield live


@pytest.fixture
def here(accounts: LiveServer) -> Any:
    return accounts.client("ecr")


@pytest.fixture
def there(accounts: LiveServer) -> Iterator[Any]:
    """The other account's registry, without a policy at first."""
    client = accounts.client("ecr", aws_access_key_id=OTHER_KEY)
    yield client
    try:
        client.delete_registry_policy()
    except client.exceptions.RegistryPolicyNotFoundException:
        return


@pytest.fixture
def repo(accounts: LiveServer, here: Any) -> Iterator[Registry]:
    name = f"shared/{uuid4().hex}"
    here.create_repository(repositoryName=name)
    configure(here, rule(REGION, "shared/", account=OTHER))
    with httpx.Client(base_url=accounts.url, auth=accounts.auth()) as http:
        yield Registry(http, name)


def grant(client: Any, *actions: str, resource: str = "*", **more: Any) -> None:
    statement = {
        "Sid": "Replicate",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": [f"ecr:{action}" for action in actions],
        "Resource": f"arn:aws:ecr:{REGION}:{OTHER}:repository/{resource}",
        **more,
    }
    client.put_registry_policy(
        policyText=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )


def pushed_and_failed(here: Any, repo: Registry, tag: str) -> None:
    repo.push(tag, tag.encode())
    failed = [(REGION, OTHER, "FAILED", DENIED)]
    eventually(lambda: statuses(here, repo.name, imageTag=tag) == failed)


def test_without_a_policy_nothing_is_copied(here: Any, there: Any, repo: Registry) -> None:
    pushed_and_failed(here, repo, "v1")
    assert tags(there, repo.name) == {}


def test_a_policy_lets_images_in_and_makes_their_repository(
    here: Any, there: Any, repo: Registry
) -> None:
    grant(there, "ReplicateImage", "CreateRepository")
    repo.push("v1", b"layer")
    eventually(lambda: tags(there, repo.name) == tags(here, repo.name))
    assert statuses(here, repo.name, imageTag="v1") == [(REGION, OTHER, "COMPLETE", "")]


def test_without_create_repository_it_must_be_there(here: Any, there: Any, repo: Registry) -> None:
    grant(there, "ReplicateImage")
    pushed_and_failed(here, repo, "v1")
    there.create_repository(repositoryName=repo.name)
    repo.push("v2", b"two")
    eventually(lambda: set(tags(there, repo.name)) == {"v2"})


@pytest.mark.parametrize(
    "more",
    [
        {"resource": "other/*"},
        {"Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}},
        {"Principal": {"AWS": "arn:aws:iam::111111111111:root"}},
        {"Effect": "Deny"},
    ],
)
def test_policies_that_do_not_allow(
    here: Any, there: Any, repo: Registry, more: dict[str, Any]
) -> None:
    grant(there, "ReplicateImage", "CreateRepository", **more)
    pushed_and_failed(here, repo, "v1")


def test_permission_can_be_taken_back(here: Any, there: Any, repo: Registry) -> None:
    grant(there, "ReplicateImage", "CreateRepository", resource=repo.name)
    repo.push("v1", b"layer")
    eventually(lambda: tags(there, repo.name))
    there.delete_registry_policy()
    pushed_and_failed(here, repo, "v2")
