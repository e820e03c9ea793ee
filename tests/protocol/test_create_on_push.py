"""A push to a repository that is not there makes it, where a template says so."""

import json
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.live import ACCOUNT, PORTSIDE, LiveServer, clean_environment
from tests.protocol.principals import allow, grant, make_user, root
from tests.protocol.pushing import Registry, digest_of, error_codes, manifest_of
from tests.stores.looking import rows

POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}],
    }
)

LIFECYCLE = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "imageCountMoreThan",
                    "countNumber": 9,
                },
                "action": {"type": "expire"},
            }
        ]
    }
)


@pytest.fixture
def prefix(ecr: Any) -> Iterator[str]:
    """A prefix whose repositories are made by pushes, with immutable tags."""
    name = f"p{uuid4().hex}"
    ecr.create_repository_creation_template(
        prefix=name,
        appliedFor=["CREATE_ON_PUSH"],
        imageTagMutability="IMMUTABLE",
        resourceTags=[{"Key": "made", "Value": "by push"}],
        repositoryPolicy=POLICY,
        lifecyclePolicy=LIFECYCLE,
        customRoleArn="arn:aws:iam::123456789012:role/maker",
    )
    yield name
    ecr.delete_repository_creation_template(prefix=name)


def exists(ecr: Any, name: str) -> bool:
    try:
        ecr.describe_repositories(repositoryNames=[name])
    except ecr.exceptions.RepositoryNotFoundException:
        return False
    return True


def test_a_push_makes_the_repository(ecr: Any, http: httpx.Client, prefix: str) -> None:
    repo = Registry(http, f"{prefix}/app")
    body = repo.push("v1", b"layer")
    assert repo.request("GET", "manifests/v1").content == body
    (shown,) = ecr.describe_repositories(repositoryNames=[repo.name])["repositories"]
    assert shown["imageTagMutability"] == "IMMUTABLE"
    policy = ecr.get_repository_policy(repositoryName=repo.name)["policyText"]
    assert json.loads(policy) == json.loads(POLICY)
    lifecycle = ecr.get_lifecycle_policy(repositoryName=repo.name)["lifecyclePolicyText"]
    assert json.loads(lifecycle) == json.loads(LIFECYCLE)
    tags = ecr.list_tags_for_resource(resourceArn=shown["repositoryArn"])["tags"]
    assert tags == [{"Key": "made", "Value": "by push"}]


def test_histories_tell_that_policies_came_by_a_template(
    server: LiveServer, http: httpx.Client, prefix: str
) -> None:
    repo = Registry(http, f"{prefix}/history")
    repo.push("v1", b"layer")
    place = ["--data", str(server.data), "--format", "json", "--repository", repo.name]
    for command, text in ((["policy", "history"], POLICY), (["lifecycle", "changes"], LIFECYCLE)):
        done = subprocess.run(
            [str(PORTSIDE), *command, *place],
            env=clean_environment(**server.env),
            capture_output=True,
            text=True,
            check=True,
        )
        (change,) = json.loads(done.stdout)
        assert change["principal"] == f"repository creation template {prefix}"
        assert (change["before"], json.loads(change["after"])) == (None, json.loads(text))


def test_to_name_a_role_takes_the_right_to_pass_it(server: LiveServer) -> None:
    """Who configures a registry must not act as any role by that."""
    owner = root(server)
    mine, foreign = f"arn:aws:iam::{ACCOUNT}:role/maker", "arn:aws:iam::210987654321:role/maker"
    person = make_user(owner, f"user-{uuid4().hex}", allow("ecr:*"))
    ecr, prefix = person.client(), f"p{uuid4().hex[:12]}"
    wanted = {"prefix": prefix, "appliedFor": ["CREATE_ON_PUSH"]}
    told = f"{person.arn} is not authorized to perform: iam:PassRole on resource: {mine}"
    for call, params in (
        (ecr.create_repository_creation_template, wanted),
        (ecr.update_repository_creation_template, {"prefix": prefix}),
        (
            ecr.create_pull_through_cache_rule,
            {"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": "public.ecr.aws"},
        ),
        (ecr.update_pull_through_cache_rule, {"ecrRepositoryPrefix": prefix}),
    ):
        with pytest.raises(ClientError, match=re.escape(told)):
            call(**params, customRoleArn=mine)
    name = person.arn.rpartition("/")[2]
    grant(owner, name, allow("ecr:*"), allow("iam:PassRole"))
    ecr.create_repository_creation_template(**wanted, customRoleArn=mine)
    with pytest.raises(ClientError, match="no resource-based policy allows the iam:PassRole"):
        ecr.update_repository_creation_template(prefix=prefix, customRoleArn=foreign)
    ecr.delete_repository_creation_template(prefix=prefix)


@pytest.mark.parametrize("query", ["", f"?digest={digest_of(b'x')}", f"?mount={digest_of(b'x')}"])
def test_each_way_to_begin(ecr: Any, http: httpx.Client, prefix: str, query: str) -> None:
    repo = Registry(http, f"{prefix}/{uuid4().hex}")
    answer = repo.request("POST", f"blobs/uploads/{query}", content=b"x")
    assert answer.status_code in (201, 202)
    assert exists(ecr, repo.name)


def test_through_the_api(ecr: Any, prefix: str) -> None:
    assert ecr.initiate_layer_upload(repositoryName=f"{prefix}/api")["uploadId"]
    index = (
        '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}'
    )
    ecr.put_image(repositoryName=f"{prefix}/whole", imageManifest=index, imageTag="v1")
    assert exists(ecr, f"{prefix}/api")
    assert exists(ecr, f"{prefix}/whole")


def test_an_image_that_is_refused_makes_nothing(ecr: Any, http: httpx.Client, prefix: str) -> None:
    repo = Registry(http, f"{prefix}/refused")
    answer = repo.put_manifest("v1", manifest_of(b"{}", b"absent"))
    assert error_codes(answer) == ["MANIFEST_BLOB_UNKNOWN"] * 2
    with pytest.raises(ClientError):
        ecr.put_image(repositoryName=repo.name, imageManifest=manifest_of(b"{}").decode())
    assert not exists(ecr, repo.name)


def test_without_a_template_there_is_no_such_name(ecr: Any, http: httpx.Client) -> None:
    repo = Registry(http, f"none/{uuid4().hex}")
    assert error_codes(repo.request("POST", "blobs/uploads/")) == ["NAME_UNKNOWN"]
    assert error_codes(repo.put_manifest("v1", manifest_of(b"{}"))) == ["NAME_UNKNOWN"]
    assert not exists(ecr, repo.name)


def test_pulls_make_nothing(ecr: Any, http: httpx.Client, prefix: str) -> None:
    repo = Registry(http, f"{prefix}/pulled")
    for path in ("manifests/v1", f"blobs/{digest_of(b'x')}", "tags/list"):
        assert error_codes(repo.request("GET", path)) == ["NAME_UNKNOWN"]
    assert not exists(ecr, repo.name)


def test_many_pushers_at_once_make_one(server: LiveServer, http: httpx.Client, prefix: str) -> None:
    repo = Registry(http, f"{prefix}/race")
    layers = [f"layer {n}".encode() for n in range(12)]
    with ThreadPoolExecutor(12) as pool:
        assert len(list(pool.map(lambda layer: repo.push(layer.decode()[6:], layer), layers))) == 12
    assert len(repo.request("GET", "tags/list").json()["tags"]) == 12
    query = (
        "SELECT count(*) FROM events WHERE kind = 'RepositoryCreated'"
        " AND CAST(document AS VARCHAR) LIKE :name"
    )
    assert rows(server, query, name=f'%"{repo.name}"%') == [(1,)]
