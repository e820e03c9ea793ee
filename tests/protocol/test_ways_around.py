"""What somebody would try who wants more than their policies give: none of it leads anywhere."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.live import ACCOUNT, LiveServer
from tests.protocol.principals import (
    LOGIN,
    OTHER,
    Person,
    allow,
    document,
    grant,
    make_account,
    make_user,
    root,
)
from tests.protocol.pushing import Registry, digest_of

PASSWORD = "Correct-Horse-9"  # noqa: S105 - made up for tests


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """A server with two accounts that logs all it can."""
    with LiveServer("--log-level", "debug") as live:
        yield live


@pytest.fixture(scope="module")
def owner(server: LiveServer) -> Person:
    return root(server)


@pytest.fixture(scope="module")
def stranger(server: LiveServer) -> Person:
    """The root user of another account."""
    return make_account(server)


@pytest.fixture
def repo(server: LiveServer, owner: Person) -> Iterator[Registry]:
    """A repository of the owner's with an image."""
    name = f"mine/{uuid4().hex}"
    owner.client().create_repository(repositoryName=name)
    with httpx.Client(base_url=server.url, auth=server.auth(), timeout=60) as http:
        repo = Registry(http, name)
        repo.push("v1", b"layer")
        yield repo


def code(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


def test_lists_of_another_account_are_closed(
    server: LiveServer, stranger: Person, repo: Registry
) -> None:
    """Its root user, who may do all at home, sees nothing here: by no name and by no list."""
    ecr = stranger.client()
    here = {"registryId": ACCOUNT}
    named = {**here, "repositoryName": repo.name}
    arn = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{repo.name}"
    for call, params in (
        (ecr.describe_repositories, here),
        (ecr.describe_repositories, {**here, "repositoryNames": [repo.name]}),
        (ecr.list_images, named),
        (ecr.describe_images, named),
        (ecr.batch_get_image, {**named, "imageIds": [{"imageTag": "v1"}]}),
        (ecr.get_repository_policy, named),
        (ecr.set_repository_policy, {**named, "policyText": "{}"}),
        (ecr.get_lifecycle_policy, named),
        (ecr.delete_repository, {**named, "force": True}),
        (ecr.describe_pull_through_cache_rules, here),
        (ecr.list_tags_for_resource, {"resourceArn": arn}),
        (ecr.tag_resource, {"resourceArn": arn, "tags": [{"Key": "a", "Value": "b"}]}),
        (
            ecr.get_download_url_for_layer,
            {**named, "layerDigest": digest_of(b"layer")},
        ),
    ):
        assert code(call, **params) == "AccessDeniedException", params
    assert ecr.describe_repositories()["repositories"] == []
    with stranger.http() as http:
        for path in ("_catalog", f"{repo.name}/tags/list", f"{repo.name}/manifests/v1"):
            assert http.get(f"/v2/{path}").status_code == 403, path
        blob = f"/v2/{repo.name}/blobs/{digest_of(b'layer')}"
        assert http.get(blob).status_code == 403
        at_home = {"host": f"{OTHER}.dkr.ecr.us-east-1.localhost:{server.port}"}
        mount = f"/v2/stolen/blobs/uploads/?mount={digest_of(b'layer')}&from={repo.name}"
        assert http.post(mount, headers=at_home).status_code == 404


def test_identities_of_another_account_are_closed(owner: Person, stranger: Person) -> None:
    user = make_user(owner, f"user-{uuid4().hex[:12]}", LOGIN)
    name = user.arn.rpartition("/")[2]
    policy = owner.client("iam").create_policy(
        PolicyName=f"policy-{uuid4().hex[:12]}", PolicyDocument=document(allow("ecr:*"))
    )["Policy"]["Arn"]
    iam = stranger.client("iam")
    iam.create_user(UserName=name)
    for call, params in (
        (iam.get_policy, {"PolicyArn": policy}),
        (iam.get_policy_version, {"PolicyArn": policy, "VersionId": "v1"}),
        (iam.create_policy_version, {"PolicyArn": policy, "PolicyDocument": document(LOGIN)}),
        (iam.delete_policy, {"PolicyArn": policy}),
    ):
        assert code(call, **params) == "AccessDenied", params
    for call, params in (
        (iam.attach_user_policy, {"UserName": name, "PolicyArn": policy}),
        (iam.put_user_permissions_boundary, {"UserName": name, "PermissionsBoundary": policy}),
        (iam.update_access_key, {"AccessKeyId": user.key_id, "Status": "Inactive"}),
        (iam.delete_access_key, {"UserName": name, "AccessKeyId": user.key_id}),
        (iam.get_access_key_last_used, {"AccessKeyId": user.key_id}),
    ):
        assert code(call, **params) in ("NoSuchEntity", "InvalidInput", "AccessDenied"), params
    simulated = {"PolicySourceArn": user.arn, "ActionNames": ["ecr:ListImages"]}
    assert code(iam.simulate_principal_policy, **simulated) == "AccessDenied"
    assert [one["UserName"] for one in iam.list_users()["Users"]] == [name]
    assert iam.list_roles()["Roles"] == []
    assert iam.list_policies(Scope="Local")["Policies"] == []
    user.client().get_authorization_token()


def test_a_download_url_is_only_as_good_as_its_makers_rights(
    server: LiveServer, owner: Person, repo: Registry
) -> None:
    """It was made while they lasted: a policy, or the end of the key, takes them away at once."""
    digest = digest_of(b"layer")
    name = f"user-{uuid4().hex[:12]}"
    user = make_user(owner, name, LOGIN, allow("ecr:GetDownloadUrlForLayer"))
    wanted = {"repositoryName": repo.name, "layerDigest": digest}
    url = user.client().get_download_url_for_layer(**wanted)["downloadUrl"]
    assert httpx.get(url).content == b"layer"
    elsewhere = {"host": f"{OTHER}.dkr.ecr.us-east-1.localhost:{server.port}"}
    assert httpx.get(url, headers=elsewhere).status_code == 403
    deny = {"Effect": "Deny", "Principal": {"AWS": user.arn}, "Action": "ecr:Get*"}
    owner.client().set_repository_policy(repositoryName=repo.name, policyText=document(deny))
    assert httpx.get(url).status_code == 403
    owner.client().delete_repository_policy(repositoryName=repo.name)
    assert httpx.get(url).status_code == 200
    grant(owner, name, LOGIN)
    assert httpx.get(url).status_code == 403
    grant(owner, name, allow("ecr:GetDownloadUrlForLayer"))
    assert httpx.get(url).status_code == 200
    owner.client("iam").update_access_key(UserName=name, AccessKeyId=user.key_id, Status="Inactive")
    assert httpx.get(url).status_code == 401


def test_no_chain_of_roles_gives_more_than_each_link(server: LiveServer, owner: Person) -> None:
    """A session keeps its limits whatever it assumes, and takes no way back to its user."""
    iam = owner.client("iam")
    account_may = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    )
    arns = []
    for rights in (allow("sts:AssumeRole"), allow("*")):
        name = f"role-{uuid4().hex[:12]}"
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=account_may)
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(rights))
        arns.append(made["Role"]["Arn"])
    first, admin = arns
    user = make_user(owner, f"user-{uuid4().hex[:12]}", allow("sts:AssumeRole", resource=first))
    assert code(user.client("sts").assume_role, RoleArn=admin, RoleSessionName="ci") == (
        "AccessDenied"
    )
    limited = user.client("sts").assume_role(
        RoleArn=first, RoleSessionName="ci", Policy=document(allow("ecr:*"))
    )["Credentials"]
    for service, operation, params in (
        ("sts", "assume_role", {"RoleArn": admin, "RoleSessionName": "ci"}),
        ("iam", "create_access_key", {"UserName": user.arn.rpartition("/")[2]}),
        ("sts", "get_session_token", {}),
    ):
        client = server.client(
            service,
            aws_access_key_id=limited["AccessKeyId"],
            aws_secret_access_key=limited["SecretAccessKey"],
            aws_session_token=limited["SessionToken"],
        )
        assert code(getattr(client, operation), **params) == "AccessDenied", operation


def test_who_may_write_policies_within_a_boundary_stays_within_it(owner: Person) -> None:
    """To write oneself more rights is of no use where a boundary does not allow them."""
    name = f"user-{uuid4().hex[:12]}"
    user = make_user(owner, name, allow("iam:PutUserPolicy", "ecr:DescribeRepositories"))
    iam = owner.client("iam")
    boundary = iam.create_policy(
        PolicyName=f"policy-{uuid4().hex[:12]}",
        PolicyDocument=document(allow("iam:PutUserPolicy", "ecr:Describe*")),
    )["Policy"]["Arn"]
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=boundary)
    user.client("iam").put_user_policy(
        UserName=name, PolicyName="more", PolicyDocument=document(allow("*"))
    )
    user.client().describe_repositories()
    assert code(user.client().create_repository, repositoryName="no/way") == (
        "AccessDeniedException"
    )
    taking = user.client("iam").delete_user_permissions_boundary
    assert code(taking, UserName=name) == "AccessDenied"


def test_no_secret_reaches_logs_or_audit(server: LiveServer, owner: Person, repo: Registry) -> None:
    """Whatever was asked, also wrongly: keys, tokens, passwords and grants stay where they are."""
    iam, name = owner.client("iam"), f"user-{uuid4().hex[:12]}"
    iam.create_user(UserName=name)
    grant(owner, name, allow("*"))
    iam.create_login_profile(UserName=name, Password=PASSWORD)
    code(iam.create_login_profile, UserName=name, Password=f"{PASSWORD}-again")
    code(iam.update_login_profile, UserName=name, Password=f"{PASSWORD}-\u2603")
    key = iam.create_access_key(UserName=name)["AccessKey"]
    user = Person(server, "", key["AccessKeyId"], key["SecretAccessKey"])
    session = user.client("sts").get_session_token()["Credentials"]
    url = user.client().get_download_url_for_layer(
        repositoryName=repo.name, layerDigest=digest_of(b"layer")
    )["downloadUrl"]
    assert httpx.get(url).status_code == 200
    password = user.password()
    with user.http() as http:
        assert http.get(f"/v2/{repo.name}/manifests/v1").status_code == 200
    httpx.get(f"{server.url}/v2/", auth=("AWS", f"{password}x"))
    for secret in (PASSWORD, f"{PASSWORD}-wrong"):
        httpx.post(
            f"{server.url}/console/session",
            headers={"x-portside-console": "1"},
            json={"kind": "password", "account": ACCOUNT, "user": name, "password": secret},
        )
    server.stop()
    written = server.log.read_text(encoding="utf-8")
    for file in (server.data / "audit").glob("*.jsonl"):
        written += file.read_text(encoding="utf-8")
    server.start()
    assert name in written
    assert key["AccessKeyId"] in written, "the trail tells who asked"
    secrets = {
        "the root's secret": server.secret_access_key,
        "a secret key": key["SecretAccessKey"],
        "a session's secret": session["SecretAccessKey"],
        "a session token": session["SessionToken"],
        "a registry token": password,
        "a grant": url.partition("?")[2].partition("=")[2],
        "a password": PASSWORD,
    }
    assert [what for what, secret in secrets.items() if secret in written] == []
