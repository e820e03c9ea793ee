"""Servers on PostgreSQL: restarts lose nothing acknowledged, and nodes see each other's deeds."""

import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.go_tools import ToolMissingError
from tests.live import LiveServer
from tests.not_run import cannot_run
from tests.protocol.pushing import OCI_MANIFEST, Registry, digest_of, manifest_of
from tests.stores.postgresql import PostgreSQLServer

from portside.metadata.postgresql.notices import STALE_SECONDS_MAX

NAME = "faults/postgresql"
KEY = b64encode(bytes(range(32))).decode()
BUSY_SECONDS = 2.0
"""What a busy machine may add to what is promised."""


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQLServer]:
    try:
        server = PostgreSQLServer(durable=True)
    except ToolMissingError as error:
        cannot_run(error)
    with closing(server):
        server.start()
        yield server


@pytest.fixture
def node(postgresql: PostgreSQLServer, request: pytest.FixtureRequest) -> Iterator[LiveServer]:
    with start(postgresql, request.node.name) as server:
        yield server


@contextmanager
def start(postgresql: PostgreSQLServer, name: str) -> Iterator[LiveServer]:
    url = postgresql.make_database(name.replace("[", "_").replace("]", "")[:60])
    env = {"PORTSIDE_DATABASE": url, "PORTSIDE_SECRETS_KEY": KEY}
    with LiveServer("--workers=1", env=env) as server:
        yield server


@contextmanager
def connect(node: LiveServer) -> Iterator[Registry]:
    with httpx.Client(base_url=node.url, auth=node.auth(), timeout=60) as http:
        yield Registry(http, NAME)


def put_config(repo: Registry) -> None:
    done = repo.http.post(f"/v2/{NAME}/blobs/uploads/?digest={digest_of(b'{}')}", content=b"{}")
    assert done.status_code == 201


def push(repo: Registry, number: int) -> bool:
    """Push an image under a tag of its own; whether every part of it was acknowledged."""
    content = f"layer {number}".encode()
    done = repo.http.post(f"/v2/{NAME}/blobs/uploads/?digest={digest_of(content)}", content=content)
    if done.status_code != 201:
        return False
    body = manifest_of(b"{}", content)
    headers = {"content-type": OCI_MANIFEST}
    tagged = repo.http.put(f"/v2/{NAME}/manifests/n{number}", content=body, headers=headers)
    return tagged.status_code == 201


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_pushes_over_a_restart_of_the_database(
    node: LiveServer, postgresql: PostgreSQLServer, how: str
) -> None:
    """What is answered in the outage is 503; what was acknowledged is there; then it goes on."""
    node.client("ecr").create_repository(repositoryName=NAME)
    acknowledged: list[int] = []
    statuses: set[int] = set()
    stopping = threading.Event()

    with connect(node) as repo:
        repo.http.event_hooks["response"].append(lambda answer: statuses.add(answer.status_code))
        put_config(repo)

        def keep_pushing() -> None:
            number = 0
            while not stopping.is_set():
                number += 1
                if push(repo, number):
                    acknowledged.append(number)

        pusher = threading.Thread(target=keep_pushing)
        pusher.start()
        wait_until(lambda: len(acknowledged) >= 3)
        getattr(postgresql, how)()
        time.sleep(STALE_SECONDS_MAX + 0.5)
        during = repo.http.get(f"/v2/{NAME}/tags/list")
        postgresql.start()
        before = len(acknowledged)
        wait_until(lambda: len(acknowledged) >= before + 3)
        stopping.set()
        pusher.join()
        assert (during.status_code, during.json()["errors"][0]["code"]) == (503, "UNAVAILABLE")
        assert statuses - {200} == {201, 503}
        tags = set(repo.http.get(f"/v2/{NAME}/tags/list").json()["tags"])
        assert {f"n{number}" for number in acknowledged} <= tags
        for number in acknowledged:
            assert repo.http.get(f"/v2/{NAME}/manifests/n{number}").status_code == 200


def test_the_aws_apis_tell_of_an_outage(node: LiveServer, postgresql: PostgreSQLServer) -> None:
    client = node.client("ecr")
    client.create_repository(repositoryName=NAME)
    postgresql.stop()
    try:
        time.sleep(STALE_SECONDS_MAX + 0.5)
        with pytest.raises(ClientError) as refused:
            client.create_repository(repositoryName="faults/another")
        assert refused.value.response["Error"]["Code"] == "ServiceUnavailable"
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
        ready = httpx.get(f"{node.url}/readyz", timeout=30)
        assert (ready.status_code, ready.json()["unusable"]) == (503, ["database"])
    finally:
        postgresql.start()
    names = [one["repositoryName"] for one in client.describe_repositories()["repositories"]]
    assert names == [NAME]


def test_nodes_see_what_others_did_within_the_bound(postgresql: PostgreSQLServer) -> None:
    """Settings, policies, images that go and tokens of a key that is no more; on both nodes."""
    with ExitStack() as stack:
        here = stack.enter_context(start(postgresql, "two_nodes"))
        there = stack.enter_context(start(postgresql, "two_nodes"))
        ecr, iam = here.client("ecr"), here.client("iam")
        ecr.create_repository(repositoryName=NAME)
        repo = stack.enter_context(connect(here))
        put_config(repo)
        assert push(repo, 1)
        iam.create_user(UserName="puller")
        key = iam.create_access_key(UserName="puller")["AccessKey"]
        iam.put_user_policy(UserName="puller", PolicyName="pull", PolicyDocument=PULL)
        there.access_key_id, there.secret_access_key = key["AccessKeyId"], key["SecretAccessKey"]
        other = stack.enter_context(connect(there))

        def status() -> int:
            return other.http.get(f"/v2/{NAME}/manifests/n1").status_code

        assert [status() for _ in range(3)] == [200, 200, 200]
        iam.delete_user_policy(UserName="puller", PolicyName="pull")
        within_bound(lambda: status() == 403)
        iam.put_user_policy(UserName="puller", PolicyName="pull", PolicyDocument=PULL)
        within_bound(lambda: status() == 200)
        ecr.batch_delete_image(repositoryName=NAME, imageIds=[{"imageTag": "n1"}])
        within_bound(lambda: status() == 404)
        iam.update_access_key(UserName="puller", AccessKeyId=key["AccessKeyId"], Status="Inactive")
        within_bound(lambda: status() == 401)


PULL = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "ecr:*", "Resource": "*"}]}"""


def within_bound(holds: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < STALE_SECONDS_MAX + BUSY_SECONDS


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)
