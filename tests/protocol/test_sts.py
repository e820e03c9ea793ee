"""STS over the wire: temporary credentials of roles and users, and what they may do."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from tests.live import LiveServer
from tests.unit.access.oidc import AUDIENCE, ISSUER, SUBJECT, Issuer

PUSHING = [
    "ecr:GetAuthorizationToken",
    "ecr:BatchGetImage",
    "ecr:InitiateLayerUpload",
    "ecr:DescribeRepositories",
]


def _code(caught: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def _policy(actions: list[str], resource: str = "*", effect: str = "Allow") -> str:
    statement = {"Effect": effect, "Action": actions, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _trust(principal: dict[str, Any], action: Any = "sts:AssumeRole", **condition: Any) -> str:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@dataclass
class _Team:
    """A user who may assume roles, and a role that may push."""

    server: LiveServer
    user_arn: str
    keys: dict[str, str]

    def as_user(self, service: str) -> Any:
        return self.server.client(service, **self.keys)

    def role(self, trust: str, actions: list[str], **more: Any) -> str:
        iam = self.server.client("iam")
        name = f"role-{uuid4().hex[:12]}"
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, **more)
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=_policy(actions))
        return str(made["Role"]["Arn"])

    def of(self, credentials: dict[str, Any], service: str, **more: Any) -> Any:
        return self.server.client(
            service,
            aws_access_key_id=credentials["AccessKeyId"],
            aws_secret_access_key=credentials["SecretAccessKey"],
            aws_session_token=credentials["SessionToken"],
            **more,
        )


@pytest.fixture(scope="module")
def team(server: LiveServer) -> _Team:
    iam = server.client("iam")
    name = f"user-{uuid4().hex[:12]}"
    user = iam.create_user(UserName=name)["User"]
    key = iam.create_access_key(UserName=name)["AccessKey"]
    keys = {
        "aws_access_key_id": key["AccessKeyId"],
        "aws_secret_access_key": key["SecretAccessKey"],
    }
    return _Team(server, user["Arn"], keys)


@pytest.fixture
def pushing(team: _Team) -> str:
    return team.role(_trust({"AWS": team.user_arn}), PUSHING)


def test_a_role_is_assumed_and_acts(team: _Team, pushing: str) -> None:
    """The user itself may nothing; as the role it may what the role may."""
    with pytest.raises(ClientError) as caught:
        team.as_user("ecr").describe_repositories()
    assert _code(caught)[0] == "AccessDeniedException"
    made = team.as_user("sts").assume_role(RoleArn=pushing, RoleSessionName="run-7")
    held = made["Credentials"]
    assert held["AccessKeyId"].startswith("ASIA")
    left = held["Expiration"] - datetime.now(tz=UTC)
    assert timedelta(minutes=58) < left <= timedelta(hours=1)
    name = pushing.rpartition("/")[2]
    arn = f"arn:aws:sts::{team.server.account}:assumed-role/{name}/run-7"
    assert made["AssumedRoleUser"]["Arn"] == arn
    assert made["AssumedRoleUser"]["AssumedRoleId"].startswith("AROA")
    identity = team.of(held, "sts").get_caller_identity()
    assert identity["Arn"] == arn
    assert identity["UserId"] == made["AssumedRoleUser"]["AssumedRoleId"]
    team.of(held, "ecr").describe_repositories()
    with pytest.raises(ClientError) as caught:
        team.of(held, "ecr").create_repository(repositoryName="xx")
    assert f"User: {arn} is not authorized to perform: ecr:CreateRepository" in str(caught.value)


def test_a_registry_token_of_a_session_acts_as_the_session(team: _Team, pushing: str) -> None:
    """It pushes where the role may; a session policy takes that away, for this session alone."""
    name = f"sts/{uuid4().hex}"
    team.server.client("ecr").create_repository(repositoryName=name)
    sts = team.as_user("sts")
    reading = _policy(["ecr:GetAuthorizationToken", "ecr:BatchGetImage"])
    answers = []
    for policy in ({}, {"Policy": reading}):
        made = sts.assume_role(RoleArn=pushing, RoleSessionName="push", **policy)
        tokens = team.of(made["Credentials"], "ecr").get_authorization_token()
        (data,) = tokens["authorizationData"]
        assert data["expiresAt"] <= made["Credentials"]["Expiration"]
        headers = {"authorization": f"Basic {data['authorizationToken']}"}
        with httpx.Client(base_url=team.server.url, headers=headers) as docker:
            assert docker.get(f"/v2/{name}/manifests/none").status_code == 404
            answers.append(docker.post(f"/v2/{name}/blobs/uploads/"))
    assert [answer.status_code for answer in answers] == [202, 403]
    told = answers[1].json()["errors"][0]["message"]
    assert "no session policy allows the ecr:InitiateLayerUpload action" in told


def test_managed_session_policies(team: _Team, pushing: str) -> None:
    arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
    made = team.as_user("sts").assume_role(
        RoleArn=pushing, RoleSessionName="run", PolicyArns=[{"arn": arn}]
    )
    assert made["PackedPolicySize"] > 0
    with pytest.raises(ClientError) as caught:
        team.of(made["Credentials"], "ecr").describe_repositories()
    assert "no session policy allows" in str(caught.value)


def test_external_ids(team: _Team) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "handshake"}}
    role = team.role(_trust({"AWS": team.user_arn}, **condition), PUSHING)
    sts = team.as_user("sts")
    sts.assume_role(RoleArn=role, RoleSessionName="run", ExternalId="handshake")
    with pytest.raises(ClientError) as caught:
        sts.assume_role(RoleArn=role, RoleSessionName="run", ExternalId="guess")
    assert _code(caught) == ("AccessDenied", 403)
    assert caught.value.response["Error"]["Message"] == (
        f"User: {team.user_arn} is not authorized to perform: sts:AssumeRole on resource: {role}"
    )


def test_chains_last_an_hour(team: _Team) -> None:
    first = team.role(_trust({"AWS": team.user_arn}), PUSHING)
    second = team.role(_trust({"AWS": first}), PUSHING, MaxSessionDuration=43_200)
    held = team.as_user("sts").assume_role(RoleArn=first, RoleSessionName="one")["Credentials"]
    sts = team.of(held, "sts")
    chained = sts.assume_role(RoleArn=second, RoleSessionName="two")["Credentials"]
    assert team.of(chained, "sts").get_caller_identity()["Arn"].endswith("/two")
    with pytest.raises(ClientError) as caught:
        sts.assume_role(RoleArn=second, RoleSessionName="two", DurationSeconds=7200)
    assert _code(caught) == ("ValidationError", 400)
    assert "role chaining" in str(caught.value)


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"DurationSeconds": 3601}, "ValidationError"),
        ({"Policy": "{}"}, "MalformedPolicyDocument"),
        ({"Policy": " " * 2049}, "ValidationError"),
        ({"PolicyArns": [{"arn": f"arn:aws:iam::aws:policy/p{n}"} for n in range(11)]}, None),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}]}, None),
        ({"SerialNumber": "GAHT12345678", "TokenCode": "123456"}, "AccessDenied"),
    ],
)
def test_terms_that_are_not_taken(
    team: _Team, pushing: str, terms: dict[str, Any], code: str | None
) -> None:
    with pytest.raises(ClientError) as caught:
        team.as_user("sts").assume_role(RoleArn=pushing, RoleSessionName="run", **terms)
    allowed = {code} if code else {"ValidationError", "InvalidParameterValue"}
    assert _code(caught)[0] in allowed


def test_roots_assume_no_roles(server: LiveServer, pushing: str) -> None:
    with pytest.raises(ClientError) as caught:
        server.client("sts").assume_role(RoleArn=pushing, RoleSessionName="run")
    assert _code(caught) == ("AccessDenied", 403)
    assert "Roles may not be assumed by root accounts." in str(caught.value)


def test_an_arn_that_is_none(team: _Team) -> None:
    with pytest.raises(ClientError) as caught:
        team.as_user("sts").assume_role(RoleArn="x" * 20, RoleSessionName="run")
    assert _code(caught) == ("ValidationError", 400)


def test_temporary_keys_need_their_token(team: _Team, pushing: str) -> None:
    held = team.as_user("sts").assume_role(RoleArn=pushing, RoleSessionName="run")["Credentials"]
    other = team.as_user("sts").assume_role(RoleArn=pushing, RoleSessionName="run")["Credentials"]
    for token in (None, "junk", other["SessionToken"]):
        wrong = {**held, "SessionToken": token}
        with pytest.raises(ClientError) as caught:
            team.of(wrong, "sts").get_caller_identity()
        assert _code(caught) == ("InvalidClientTokenId", 403)
        with pytest.raises(ClientError) as caught:
            team.of(wrong, "ecr").describe_repositories()
        assert _code(caught) == ("UnrecognizedClientException", 400)


def test_a_session_ends_with_its_role(team: _Team) -> None:
    role = team.role(_trust({"AWS": team.user_arn}), PUSHING)
    held = team.as_user("sts").assume_role(RoleArn=role, RoleSessionName="run")["Credentials"]
    ecr = team.of(held, "ecr")
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    iam = team.server.client("iam")
    name = role.rpartition("/")[2]
    iam.delete_role_policy(RoleName=name, PolicyName="p")
    with pytest.raises(ClientError) as caught:
        ecr.describe_repositories()
    assert _code(caught)[0] == "AccessDeniedException"
    iam.delete_role(RoleName=name)
    with pytest.raises(ClientError) as caught:
        ecr.describe_repositories()
    assert _code(caught)[0] == "UnrecognizedClientException"
    with httpx.Client(base_url=team.server.url) as docker:
        answer = docker.get("/v2/", headers={"authorization": f"Basic {token}"})
    assert answer.status_code == 401


def test_sessions_of_users_and_roots(team: _Team) -> None:
    for client in (team.as_user("sts"), team.server.client("sts")):
        held = client.get_session_token()["Credentials"]
        mine = team.of(held, "sts")
        assert mine.get_caller_identity()["Arn"] == client.get_caller_identity()["Arn"]
        with pytest.raises(ClientError) as caught:
            mine.get_session_token()
        assert _code(caught) == ("AccessDenied", 403)


def test_whose_a_key_is(team: _Team) -> None:
    sts = team.server.client("sts")
    held = sts.get_session_token()["Credentials"]
    for key in (held["AccessKeyId"], team.keys["aws_access_key_id"], team.server.access_key_id):
        assert sts.get_access_key_info(AccessKeyId=key)["Account"] == team.server.account
    with pytest.raises(ClientError) as caught:
        sts.get_access_key_info(AccessKeyId="AKIANOBODYNOBODY1234")
    assert _code(caught) == ("ValidationError", 400)


@dataclass
class _Federation:
    team: _Team
    issuer: Issuer
    role: str

    def assume(self, token: str, **more: Any) -> dict[str, Any]:
        client = self.team.server.client("sts", config=Config(signature_version=UNSIGNED))
        terms = {"RoleArn": self.role, "RoleSessionName": "run", "WebIdentityToken": token}
        answer: dict[str, Any] = client.assume_role_with_web_identity(**terms | more)
        return answer


@pytest.fixture(scope="module")
def federation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Federation]:
    """A server that knows an issuer's keys from a file, and a role for one repository's pushes."""
    issuer = Issuer()
    keys: Path = tmp_path_factory.mktemp("oidc") / "jwks.json"
    keys.write_text(json.dumps(issuer.jwks()))
    with LiveServer("--oidc-keys", f"{ISSUER}={keys}") as server:
        team = _Team(server, "", {})
        made = server.client("iam").create_open_id_connect_provider(
            Url=ISSUER, ClientIDList=[AUDIENCE], ThumbprintList=["a" * 40]
        )
        condition = {
            "StringEquals": {"issuer.example:aud": AUDIENCE},
            "StringLike": {"issuer.example:sub": "repo:team/*"},
        }
        trust = _trust(
            {"Federated": made["OpenIDConnectProviderArn"]},
            "sts:AssumeRoleWithWebIdentity",
            **condition,
        )
        yield _Federation(team, issuer, team.role(trust, PUSHING))


def test_a_workflow_pushes_without_long_lived_keys(federation: _Federation) -> None:
    made = federation.assume(federation.issuer.token())
    assert (made["SubjectFromWebIdentityToken"], made["Audience"]) == (SUBJECT, AUDIENCE)
    assert made["Provider"] == ISSUER
    team = federation.team
    team.of(made["Credentials"], "ecr").get_authorization_token()
    identity = team.of(made["Credentials"], "sts").get_caller_identity()
    assert identity["Arn"] == made["AssumedRoleUser"]["Arn"]


def test_other_identity_tokens(federation: _Federation) -> None:
    issuer = federation.issuer
    past = datetime.now(tz=UTC) - timedelta(hours=1)
    cases = {
        issuer.token(sub="repo:other/app"): ("AccessDenied", 403),
        issuer.token(past): ("ExpiredTokenException", 400),
        issuer.token(aud="others"): ("InvalidIdentityToken", 400),
        issuer.token(iss="https://evil.example"): ("InvalidIdentityToken", 400),
        Issuer().token(): ("InvalidIdentityToken", 400),
        issuer.token(sub=None): ("IDPRejectedClaim", 403),
        "no.jwt.at-all": ("InvalidIdentityToken", 400),
    }
    for token, expected in cases.items():
        with pytest.raises(ClientError) as caught:
            federation.assume(token)
        assert _code(caught) == expected


def test_web_identities_are_recorded_without_their_tokens(federation: _Federation) -> None:
    token = federation.issuer.token()
    made = federation.assume(token)
    server = federation.team.server
    server.stop()
    text = "".join(file.read_text() for file in (server.data / "audit").glob("*.jsonl"))
    server.start()
    request_id = made["ResponseMetadata"]["RequestId"]
    (record,) = (json.loads(line) for line in text.splitlines() if request_id in line)
    assert record["eventName"] == "AssumeRoleWithWebIdentity"
    assert record["userIdentity"]["type"] == "WebIdentityUser"
    assert record["userIdentity"]["userName"] == SUBJECT
    assert record["responseElements"]["credentials"]["accessKeyId"].startswith("ASIA")
    for secret in (token, made["Credentials"]["SecretAccessKey"]):
        assert secret not in text
    assert made["Credentials"]["SessionToken"] not in text
