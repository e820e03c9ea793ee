"""Who may do what on a live server with two workers, on both faces."""

from collections.abc import Callable, Iterator
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
from tests.protocol.pushing import Registry, error_codes

READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
PULL = ("ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability")
ASKED_MANY_TIMES = 12
"""More often than there are workers: each of them is asked."""

NewRepository = Callable[[], str]


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with LiveServer("--workers", "2", "--trusted-proxies", "127.0.0.1") as live:
        yield live


@pytest.fixture(scope="module")
def owner(server: LiveServer) -> Person:
    return root(server)


@pytest.fixture(scope="module")
def other_owner(server: LiveServer) -> Person:
    return make_account(server)


@pytest.fixture
def new_repository(owner: Person) -> NewRepository:
    def make() -> str:
        name = f"team/{uuid4().hex}"
        owner.client().create_repository(repositoryName=name)
        return name

    return make


def new_name(prefix: str = "user") -> str:
    return f"{prefix}-{uuid4().hex[:12]}"


def push(person: Person, repository: str, tag: str = "latest") -> None:
    with person.http() as http:
        Registry(http, repository).push(tag)


def get(http: httpx.Client, repository: str, tag: str = "latest") -> httpx.Response:
    return http.get(f"/v2/{repository}/manifests/{tag}")


def begin_push(http: httpx.Client, repository: str) -> httpx.Response:
    return http.post(f"/v2/{repository}/blobs/uploads/")


def refused(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def denial(person: Person, action: str, repository: str, because: str) -> str:
    return (
        f"User: {person.arn} is not authorized to perform: {action} on resource: "
        f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{repository} because {because} "
        f"allows the {action} action"
    )


def set_policy(owner: Person, repository: str, *statements: Any) -> None:
    owner.client().set_repository_policy(
        repositoryName=repository, policyText=document(*statements, version="2008-10-17")
    )


def test_who_may_only_pull_is_told_so_at_the_first_request_of_a_push(
    owner: Person, new_repository: NewRepository
) -> None:
    """In AWS's words on both faces, and pulling goes on."""
    repository, name = new_repository(), new_name()
    push(owner, repository)
    reader = make_user(owner, name)
    owner.client("iam").attach_user_policy(UserName=name, PolicyArn=READ_ONLY)
    with reader.http() as http:
        assert get(http, repository).status_code == 200
        answer = begin_push(http, repository)
    message = denial(reader, "ecr:InitiateLayerUpload", repository, "no identity-based policy")
    assert answer.status_code == 403
    assert answer.json() == {"errors": [{"code": "DENIED", "message": message}]}
    call = reader.client().initiate_layer_upload
    assert refused(call, repositoryName=repository) == ("AccessDeniedException", message)


def test_an_explicit_denial_has_its_own_words(owner: Person, new_repository: NewRepository) -> None:
    repository = new_repository()
    no_push = {"Effect": "Deny", "Action": "ecr:PutImage", "Resource": "*"}
    user = make_user(owner, new_name(), allow("ecr:*"), no_push)
    code, message = refused(
        user.client().put_image, repositoryName=repository, imageManifest="{}", imageTag="x"
    )
    assert code == "AccessDeniedException"
    assert message.endswith(
        f"repository/{repository} with an explicit deny in an identity-based policy"
    )


def test_a_token_takes_a_right_of_its_own(owner: Person, new_repository: NewRepository) -> None:
    """On `*`: the same right on a repository's ARN gives none."""
    arn = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{new_repository()}"
    name = new_name()
    user = make_user(owner, name, allow("ecr:GetAuthorizationToken", resource=arn))
    message = (
        f"User: {user.arn} is not authorized to perform: ecr:GetAuthorizationToken on resource: "
        "* because no identity-based policy allows the ecr:GetAuthorizationToken action"
    )
    denied = ("AccessDeniedException", message)
    assert refused(user.client().get_authorization_token) == denied
    grant(owner, name, LOGIN)
    with user.http() as http:
        assert http.get("/v2/").status_code == 200, "to log in takes a token and nothing else"


def test_another_accounts_users_by_repository_policy(
    owner: Person, other_owner: Person, new_repository: NewRepository
) -> None:
    """Two may pull, one may do all, a third nothing; each with its own account's leave."""
    repository = new_repository()
    push(owner, repository)
    leave = allow("ecr:*")
    pullers = [make_user(other_owner, new_name(f"pull-user-{n}"), leave) for n in (1, 2)]
    admin = make_user(other_owner, new_name("admin-user"), leave)
    third = make_user(other_owner, new_name("third"), leave)
    without_leave = make_user(other_owner, new_name("bound"), LOGIN)
    set_policy(
        owner,
        repository,
        {
            "Sid": "AllowPull",
            "Effect": "Allow",
            "Principal": {"AWS": [one.arn for one in (*pullers, without_leave)]},
            "Action": list(PULL),
        },
        {
            "Sid": "AllowAll",
            "Effect": "Allow",
            "Principal": {"AWS": admin.arn},
            "Action": ["ecr:*"],
        },
    )
    for puller in pullers:
        with puller.http() as http:
            assert get(http, repository).status_code == 200
            answer = begin_push(http, repository)
            assert answer.status_code == 403
            assert answer.json()["errors"][0]["message"] == denial(
                puller, "ecr:InitiateLayerUpload", repository, "no resource-based policy"
            )
    push(admin, repository, "v2")
    with admin.http() as http:
        assert get(http, repository, "v2").status_code == 200
    for nobody, reason in (
        (third, "no resource-based policy"),
        (without_leave, "no identity-based policy"),
    ):
        with nobody.http() as http:
            answer = get(http, repository)
            assert answer.status_code == 403
            assert answer.json()["errors"][0]["message"] == denial(
                nobody, "ecr:BatchGetImage", repository, reason
            )
    described = (
        pullers[0]
        .client()
        .batch_get_image(
            registryId=ACCOUNT, repositoryName=repository, imageIds=[{"imageTag": "latest"}]
        )
    )
    assert described["images"][0]["registryId"] == ACCOUNT


def test_root_rules_its_own_account_only(
    owner: Person, other_owner: Person, new_repository: NewRepository
) -> None:
    repository = new_repository()
    code, message = refused(
        other_owner.client().list_images, registryId=ACCOUNT, repositoryName=repository
    )
    assert code == "AccessDeniedException"
    assert message == denial(other_owner, "ecr:ListImages", repository, "no resource-based policy")
    assert owner.client().list_images(repositoryName=repository)["imageIds"] == []
    other_owner.client().create_repository(repositoryName=repository)
    found = other_owner.client().describe_repositories(repositoryNames=[repository])
    assert found["repositories"][0]["registryId"] == OTHER


def from_address(person: Person, address: str) -> Any:
    """A boto3 client whose requests come through a proxy from this address."""
    client = person.client()

    def forward(request: Any, **_: Any) -> None:
        request.headers["X-Forwarded-For"] = address

    client.meta.events.register("before-send.ecr.*", forward)
    return client


@pytest.mark.parametrize(
    ("address", "passes"),
    [("54.240.143.7", True), ("54.240.143.188", False), ("54.240.144.7", False)],
)
def test_addresses_by_repository_policy(
    owner: Person, new_repository: NewRepository, address: str, passes: bool
) -> None:
    """A range passes, one address of it does not, others do not: on both faces."""
    repository = new_repository()
    push(owner, repository)
    user = make_user(owner, new_name(), LOGIN)
    set_policy(
        owner,
        repository,
        {
            "Sid": "IPAllow",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "ecr:*",
            "Condition": {
                "NotIpAddress": {"aws:SourceIp": "54.240.143.188/32"},
                "IpAddress": {"aws:SourceIp": "54.240.143.0/24"},
            },
        },
    )
    with user.http({"X-Forwarded-For": f"54.240.143.9, {address}"}) as http:
        for _ in range(ASKED_MANY_TIMES):
            assert get(http, repository).status_code == (200 if passes else 403)
    call = from_address(user, address).list_images
    if passes:
        assert call(repositoryName=repository)["imageIds"]
    else:
        assert refused(call, repositoryName=repository)[0] == "AccessDeniedException"


def test_nobody_is_a_proxy_by_default() -> None:
    """Where no proxy is trusted the header is anybody's claim, and counts for nothing."""
    office = {"IpAddress": {"aws:SourceIp": "54.240.143.0/24"}}
    with LiveServer("--workers", "1") as plain:
        own = root(plain)
        user = make_user(own, "claimant", allow("ecr:*", Condition=office))
        call = from_address(user, "54.240.143.7").describe_repositories
        assert refused(call)[0] == "AccessDeniedException"
        local = {"IpAddress": {"aws:SourceIp": "127.0.0.1"}}
        grant(own, "claimant", allow("ecr:*", Condition=local))
        assert call()["repositories"] == []


def test_transport_is_what_the_proxy_says(owner: Person, new_repository: NewRepository) -> None:
    repository = new_repository()
    push(owner, repository)
    secure = {"Bool": {"aws:SecureTransport": "true"}}
    user = make_user(owner, new_name(), LOGIN, allow("ecr:*", Condition=secure))
    with user.http({"X-Forwarded-For": "1.2.3.4"}) as http:
        assert get(http, repository).status_code == 403
        http.headers["X-Forwarded-Proto"] = "https"
        assert get(http, repository).status_code == 200


def test_tags_decide(owner: Person) -> None:
    """A team makes repositories of its own tag only, and reaches no others."""
    team = new_name("team")
    same = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    making = {
        "StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
    }
    name = new_name()
    user = make_user(
        owner,
        name,
        allow("ecr:CreateRepository", "ecr:TagResource", Condition=making),
        allow("ecr:ListImages", Condition=same),
    )
    owner.client("iam").tag_user(UserName=name, Tags=[{"Key": "team", "Value": team}])
    ecr = user.client()
    ours, theirs = f"ours/{uuid4().hex}", f"theirs/{uuid4().hex}"
    denied = "AccessDeniedException"
    assert refused(ecr.create_repository, repositoryName=ours)[0] == denied
    more = [{"Key": "team", "Value": team}, {"Key": "cost", "Value": "1"}]
    assert refused(ecr.create_repository, repositoryName=ours, tags=more)[0] == denied
    ecr.create_repository(repositoryName=ours, tags=more[:1])
    owner.client().create_repository(repositoryName=theirs, tags=[{"Key": "team", "Value": "x"}])
    assert ecr.list_images(repositoryName=ours)["imageIds"] == []
    assert refused(ecr.list_images, repositoryName=theirs)[0] == denied
    arn = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{theirs}"
    owner.client().tag_resource(resourceArn=arn, tags=[{"Key": "team", "Value": team}])
    assert ecr.list_images(repositoryName=theirs)["imageIds"] == []


def test_to_make_with_tags_takes_the_right_to_tag(owner: Person) -> None:
    user = make_user(owner, new_name(), allow("ecr:CreateRepository"))
    repository = f"tagged/{uuid4().hex}"
    tags = [{"Key": "a", "Value": "b"}]
    _, message = refused(user.client().create_repository, repositoryName=repository, tags=tags)
    assert message == denial(user, "ecr:TagResource", repository, "no identity-based policy")
    user.client().create_repository(repositoryName=repository)


def test_each_repository_that_is_named_is_asked_for(
    owner: Person, new_repository: NewRepository
) -> None:
    first, second = new_repository(), new_repository()
    arn = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/{first}"
    ecr = make_user(owner, new_name(), allow("ecr:DescribeRepositories", resource=arn)).client()
    found = ecr.describe_repositories(repositoryNames=[first])["repositories"]
    assert [one["repositoryName"] for one in found] == [first]
    _, message = refused(ecr.describe_repositories, repositoryNames=[first, second])
    assert f"repository/{second} because" in message
    _, message = refused(ecr.describe_repositories)
    assert f"on resource: arn:aws:ecr:us-east-1:{ACCOUNT}:repository/* because" in message


def test_changes_count_at_once_for_every_worker(
    owner: Person, new_repository: NewRepository
) -> None:
    """What was acknowledged before a request decides it, whichever worker answers."""
    repository, name = new_repository(), new_name()
    push(owner, repository)
    user = make_user(owner, name, LOGIN, allow("ecr:BatchGetImage"))
    password = user.password()

    def statuses() -> set[int]:
        found = set()
        for _ in range(ASKED_MANY_TIMES):
            # A connection each: they are spread over the workers.
            with httpx.Client(base_url=user.server.url, auth=("AWS", password)) as http:
                found.add(get(http, repository).status_code)
        return found

    for _ in range(3):
        assert statuses() == {200}
        grant(owner, name)
        assert statuses() == {403}
        set_policy(
            owner,
            repository,
            {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": list(PULL)},
        )
        assert statuses() == {200}
        owner.client().delete_repository_policy(repositoryName=repository)
        assert statuses() == {403}
        grant(owner, name, allow("ecr:BatchGetImage"))


def test_a_token_dies_with_its_key(owner: Person, new_repository: NewRepository) -> None:
    repository, name = new_repository(), new_name()
    push(owner, repository)
    user = make_user(owner, name, allow("ecr:*"))
    iam = owner.client("iam")
    with user.http() as http:
        assert get(http, repository).status_code == 200
        iam.update_access_key(UserName=name, AccessKeyId=user.key_id, Status="Inactive")
        for _ in range(ASKED_MANY_TIMES):
            answer = get(http, repository)
            assert (answer.status_code, error_codes(answer)) == (401, ["UNAUTHORIZED"])
        iam.update_access_key(UserName=name, AccessKeyId=user.key_id, Status="Active")
        assert get(http, repository).status_code == 200
        iam.delete_access_key(UserName=name, AccessKeyId=user.key_id)
        assert get(http, repository).status_code == 401


def test_what_is_not_there_is_not_told(owner: Person, new_repository: NewRepository) -> None:
    """Who has no rights learns nothing about names: not by words, and not by codes."""
    there, absent = new_repository(), f"team/{uuid4().hex}"
    user = make_user(owner, new_name(), LOGIN)
    with user.http() as http:
        for path in ("manifests/latest", "tags/list", f"blobs/sha256:{'0' * 64}"):
            answers = [http.get(f"/v2/{name}/{path}") for name in (there, absent)]
            assert [answer.status_code for answer in answers] == [403, 403]
            words = [
                answer.text.replace(name, "NAME")
                for answer, name in zip(answers, (there, absent), strict=True)
            ]
            assert words[0] == words[1]
    codes = {
        refused(user.client().describe_images, repositoryName=name)[0] for name in (there, absent)
    }
    assert codes == {"AccessDeniedException"}


def test_mounting_takes_the_right_to_read_the_source(
    owner: Person, new_repository: NewRepository
) -> None:
    source, target = new_repository(), new_repository()
    with owner.http() as http:
        digest = Registry(http, source).put_blob(b"secret layer")
    arn = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/"
    name = new_name()
    user = make_user(owner, name, LOGIN, allow("ecr:*", resource=arn + target))
    with user.http() as http:
        query = {"mount": digest, "from": source}
        assert http.post(f"/v2/{target}/blobs/uploads/", params=query).status_code == 202
        both = allow("ecr:GetDownloadUrlForLayer", resource=arn + source)
        grant(owner, name, LOGIN, allow("ecr:*", resource=arn + target), both)
        assert http.post(f"/v2/{target}/blobs/uploads/", params=query).status_code == 201


def test_boundaries_limit(owner: Person, new_repository: NewRepository) -> None:
    repository, name = new_repository(), new_name()
    user = make_user(owner, name, allow("ecr:*"))
    owner.client("iam").put_user_permissions_boundary(UserName=name, PermissionsBoundary=READ_ONLY)
    user.client().list_images(repositoryName=repository)
    _, message = refused(user.client().initiate_layer_upload, repositoryName=repository)
    assert message == denial(user, "ecr:InitiateLayerUpload", repository, "no permissions boundary")


def test_iam_is_authorized_too(owner: Person) -> None:
    name = new_name()
    user = make_user(owner, name, allow("ecr:*"))
    code, message = refused(user.client("iam").list_users)
    assert code == "AccessDenied"
    assert message.startswith(f"User: {user.arn} is not authorized to perform: iam:ListUsers on")
    assert user.client("sts").get_caller_identity()["Arn"] == user.arn
