"""Who may have repositories made and images imported: the actions that AWS documents."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.live import LiveServer
from tests.protocol.pushing import Registry, digest_of, error_codes, manifest_of
from tests.protocol.small_upstream import SmallUpstream, small_upstream

IMAGE = manifest_of(b"{}", b"layer")
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
PUSH = ("ecr:InitiateLayerUpload", "ecr:UploadLayerPart", "ecr:CompleteLayerUpload", "ecr:PutImage")


@dataclass(frozen=True)
class Setup:
    """A server under test, its upstream, and a maker of users that may do some things."""

    live: LiveServer
    upstream: SmallUpstream
    log_in: Callable[..., httpx.Client]


@pytest.fixture(scope="module")
def setup() -> Iterator[Setup]:
    clients: list[httpx.Client] = []
    with small_upstream() as upstream, LiveServer("--upstream-hosts", upstream.url) as live:
        iam = live.client("iam")

        def log_in(*actions: str, resource: str = "*") -> httpx.Client:
            name = f"user-{uuid4().hex}"
            iam.create_user(UserName=name)
            statements = [
                {"Effect": "Allow", "Action": "ecr:GetAuthorizationToken", "Resource": "*"},
                {"Effect": "Allow", "Action": list(actions), "Resource": resource},
            ]
            document = json.dumps({"Version": "2012-10-17", "Statement": statements})
            iam.put_user_policy(UserName=name, PolicyName="some", PolicyDocument=document)
            key = iam.create_access_key(UserName=name)["AccessKey"]
            ecr = live.client(
                "ecr",
                aws_access_key_id=key["AccessKeyId"],
                aws_secret_access_key=key["SecretAccessKey"],
            )
            (given,) = ecr.get_authorization_token()["authorizationData"]
            headers = {"authorization": f"Basic {given['authorizationToken']}"}
            clients.append(httpx.Client(base_url=live.url, headers=headers, timeout=60))
            return clients[-1]

        live.client("ecr").create_pull_through_cache_rule(
            ecrRepositoryPrefix="up", upstreamRegistryUrl=upstream.host
        )
        live.client("ecr").create_repository_creation_template(
            prefix="pushed", appliedFor=["CREATE_ON_PUSH"]
        )
        yield Setup(live, upstream, log_in)
    for client in clients:
        client.close()


def pull(setup: Setup, client: httpx.Client, *, there: bool = False) -> httpx.Response:
    name = f"team/{uuid4().hex}"
    setup.upstream.push(name, "v1", IMAGE, b"{}", b"layer")
    if there:
        setup.live.client("ecr").create_repository(repositoryName=f"up/{name}")
    return Registry(client, f"up/{name}").request("GET", "manifests/v1")


def test_importing_into_a_new_repository_needs_both(setup: Setup) -> None:
    both = setup.log_in(*PULL, "ecr:BatchImportUpstreamImage", "ecr:CreateRepository")
    assert pull(setup, both).content == IMAGE
    no_creation = setup.log_in(*PULL, "ecr:BatchImportUpstreamImage")
    assert error_codes(pull(setup, no_creation)) == ["NAME_UNKNOWN"]
    assert pull(setup, no_creation, there=True).content == IMAGE
    no_import = setup.log_in(*PULL, "ecr:CreateRepository")
    assert error_codes(pull(setup, no_import)) == ["MANIFEST_UNKNOWN"]
    assert error_codes(pull(setup, no_import, there=True)) == ["MANIFEST_UNKNOWN"]
    assert error_codes(pull(setup, setup.log_in("ecr:CreateRepository"))) == ["DENIED"]


def test_what_is_cached_needs_no_more_than_a_pull(setup: Setup) -> None:
    name = f"team/{uuid4().hex}"
    setup.upstream.push(name, "v1", IMAGE, b"{}", b"layer")
    everything = setup.log_in("ecr:*")
    first = Registry(everything, f"up/{name}")
    assert first.request("GET", "manifests/v1").content == IMAGE
    assert first.request("GET", f"blobs/{digest_of(b'layer')}").content == b"layer"
    only_pull = Registry(setup.log_in(*PULL), f"up/{name}")
    assert only_pull.request("GET", "manifests/v1").content == IMAGE
    assert only_pull.request("GET", f"blobs/{digest_of(b'layer')}").content == b"layer"
    # The config was not pulled yet, and importing it is not allowed.
    assert error_codes(only_pull.request("GET", f"blobs/{digest_of(b'{}')}")) == ["BLOB_UNKNOWN"]


def test_the_registry_policy_may_grant_it(setup: Setup) -> None:
    ecr = setup.live.client("ecr")
    statement = {
        "Sid": "pull-through",
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["ecr:CreateRepository", "ecr:BatchImportUpstreamImage"],
        "Resource": f"arn:aws:ecr:us-east-1:{setup.live.account}:repository/up/*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    only_pull = setup.log_in(*PULL)
    assert error_codes(pull(setup, only_pull)) == ["NAME_UNKNOWN"]
    ecr.put_registry_policy(policyText=document)
    try:
        assert pull(setup, only_pull).content == IMAGE
    finally:
        ecr.delete_registry_policy()


def test_creating_on_push_needs_create_repository(setup: Setup) -> None:
    name = f"pushed/{uuid4().hex}"
    refused: Any = Registry(setup.log_in(*PUSH), name)
    assert error_codes(refused.request("POST", "blobs/uploads/")) == ["NAME_UNKNOWN"]
    elsewhere = setup.log_in(
        *PUSH, "ecr:CreateRepository", resource="arn:aws:ecr:*:*:repository/other/*"
    )
    assert error_codes(Registry(elsewhere, name).request("POST", "blobs/uploads/")) == ["DENIED"]
    assert Registry(setup.log_in(*PUSH, "ecr:CreateRepository"), name).push("v1", b"layer")
