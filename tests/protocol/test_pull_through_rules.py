"""Pull-through cache rules through the ECR API, and the secrets that they name."""

import socket
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from tests.live import LiveServer, free_port
from tests.protocol.upstream_secrets import run_secret, store_secret
from tests.stores.looking import rows

ACCOUNT = "123456789012"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:ecr-pullthroughcache/"


def refused(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def prefix(ecr: Any) -> Iterator[str]:
    """A prefix without a rule; what a test makes for it goes at the end."""
    name = f"r{uuid4().hex[:16]}"
    yield name
    for rule in ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]:
        if rule["ecrRepositoryPrefix"].startswith(name):
            ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix=rule["ecrRepositoryPrefix"])


def shown(answer: dict[str, Any]) -> dict[str, Any]:
    times = ("createdAt", "updatedAt", "ResponseMetadata")
    return {name: value for name, value in answer.items() if name not in times}


def test_a_rule_from_its_creation_to_its_end(ecr: Any, prefix: str) -> None:
    made = ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="public.ecr.aws"
    )
    assert shown(made) == {
        "ecrRepositoryPrefix": prefix,
        "upstreamRegistryUrl": "public.ecr.aws",
        "upstreamRegistry": "ecr-public",
        "registryId": ACCOUNT,
        "upstreamRepositoryPrefix": "ROOT",
    }
    described = ecr.describe_pull_through_cache_rules(ecrRepositoryPrefixes=[prefix])
    (found,) = described["pullThroughCacheRules"]
    assert shown(found) == shown(made)
    assert found["createdAt"] == found["updatedAt"] == made["createdAt"]
    role = f"arn:aws:iam::{ACCOUNT}:role/puller"
    changed = ecr.update_pull_through_cache_rule(ecrRepositoryPrefix=prefix, customRoleArn=role)
    assert shown(changed) == {
        "ecrRepositoryPrefix": prefix,
        "registryId": ACCOUNT,
        "customRoleArn": role,
        "upstreamRepositoryPrefix": "ROOT",
    }
    assert changed["updatedAt"] > made["createdAt"]
    gone = ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix=f"{prefix}/")
    assert (gone["ecrRepositoryPrefix"], gone["createdAt"]) == (prefix, made["createdAt"])
    message = (
        f"The pull through cache rule with ecrRepositoryPrefix '{prefix}' does not exist in the "
        f"registry with id '{ACCOUNT}'"
    )
    expected = ("PullThroughCacheRuleNotFoundException", message)
    for call in (
        ecr.delete_pull_through_cache_rule,
        ecr.update_pull_through_cache_rule,
        ecr.validate_pull_through_cache_rule,
    ):
        assert refused(call, ecrRepositoryPrefix=prefix) == expected
    many = {"ecrRepositoryPrefixes": [prefix]}
    assert refused(ecr.describe_pull_through_cache_rules, **many) == expected


@pytest.mark.parametrize(
    ("params", "code", "reason"),
    [
        ({"upstreamRegistryUrl": "example.com"}, "UnsupportedUpstreamRegistryException", "example"),
        ({"upstreamRegistryUrl": "10.0.0.1"}, "UnsupportedUpstreamRegistryException", "10.0.0.1"),
        (
            {"upstreamRegistryUrl": "quay.io", "upstreamRegistry": "k8s"},
            "UnsupportedUpstreamRegistryException",
            "quay.io",
        ),
        (
            {"upstreamRegistryUrl": "registry-1.docker.io"},
            "InvalidParameterException",
            "credentialArn is required",
        ),
        (
            {"upstreamRegistryUrl": "quay.io", "credentialArn": f"{SECRET}none"},
            "SecretNotFoundException",
            "ecr-pullthroughcache/none",
        ),
        (
            {
                "upstreamRegistryUrl": "quay.io",
                "credentialArn": SECRET.replace(ACCOUNT, "999999999999") + "theirs",
            },
            "UnableToAccessSecretException",
            "another account",
        ),
    ],
)
def test_what_is_refused(
    ecr: Any, prefix: str, params: dict[str, str], code: str, reason: str
) -> None:
    said, message = refused(
        ecr.create_pull_through_cache_rule, ecrRepositoryPrefix=prefix, **params
    )
    assert said == code
    assert reason in message


def test_a_prefix_has_one_rule_and_a_registry_fifty(ecr: Any, prefix: str) -> None:
    def create(name: str) -> None:
        ecr.create_pull_through_cache_rule(ecrRepositoryPrefix=name, upstreamRegistryUrl="quay.io")

    create(prefix)
    again = {"ecrRepositoryPrefix": f"{prefix}/", "upstreamRegistryUrl": "quay.io"}
    code, _ = refused(ecr.create_pull_through_cache_rule, **again)
    assert code == "PullThroughCacheRuleAlreadyExistsException"
    held = len(ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"])
    for n in range(held, 50):
        create(f"{prefix}/{n:02}")
    more = {"ecrRepositoryPrefix": f"{prefix}/more", "upstreamRegistryUrl": "quay.io"}
    assert refused(ecr.create_pull_through_cache_rule, **more)[0] == "LimitExceededException"
    pages = ecr.get_paginator("describe_pull_through_cache_rules").paginate(
        PaginationConfig={"PageSize": 7}
    )
    names = [
        rule["ecrRepositoryPrefix"] for page in pages for rule in page["pullThroughCacheRules"]
    ]
    assert len(names) == len(set(names)) == 50


def test_secrets_are_sealed_listed_used_and_deleted(
    server: LiveServer, ecr: Any, prefix: str
) -> None:
    name = uuid4().hex
    arn = store_secret(server, name, "someone", "a-very-secret-token")
    assert arn == f"{SECRET}{name}"
    assert arn in run_secret(server, "list").stdout
    kept = rows(server, "SELECT * FROM upstream_secrets WHERE arn = :arn", arn=arn)
    assert len(kept) == 1
    assert "someone" not in str(kept)
    assert "a-very-secret-token" not in str(kept)
    made = ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl="ghcr.io", credentialArn=arn
    )
    assert made["credentialArn"] == arn
    assert run_secret(server, "delete", arn).stdout == f"deleted {arn}\n"
    answer = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
    assert (answer["isValid"], "not found" in answer["failure"]) == (False, True)
    gone = run_secret(server, "delete", name)
    assert (gone.returncode, f"nothing is stored under {arn}" in gone.stderr) == (1, True)


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("arn:aws:s3:::bucket", "a\nb", "must be a name, or an ARN"),
        ("fine", "only-one-line", "a username (without a colon) and an access token are needed"),
        ("fine", '{"username": "a"}', "are needed"),
        ("fine", "a:b\nc", "without a colon"),
    ],
)
def test_secrets_that_are_none(server: LiveServer, name: str, given: str, said: str) -> None:
    done = run_secret(server, "put", name, given=given)
    assert done.returncode == 2
    assert said in done.stderr


def test_two_lines_do_too(server: LiveServer) -> None:
    done = run_secret(server, "put", "two/lines", given="someone\ntoken\n")
    assert done.stdout == f"{SECRET}two/lines\n"


def test_validation_reaches_the_upstream() -> None:
    closed = free_port()
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        quiet = silent.getsockname()[1]
        with LiveServer() as upstream:
            allowed = ",".join(
                f"http://127.0.0.1:{port}" for port in (upstream.port, closed, quiet)
            )
            flags = ("--upstream-hosts", allowed, "--upstream-timeout-seconds", "1")
            with LiveServer(*flags) as live:
                ecr = live.client("ecr")
                user, password = upstream.auth()
                right = store_secret(live, "right", user, password)
                wrong = store_secret(live, "wrong", user, "wrong")

                def validate(port: int, arn: str | None) -> dict[str, Any]:
                    name = uuid4().hex[:16]
                    more = {"credentialArn": arn} if arn else {}
                    ecr.create_pull_through_cache_rule(
                        ecrRepositoryPrefix=name, upstreamRegistryUrl=f"127.0.0.1:{port}", **more
                    )
                    answer = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix=name)
                    assert answer["ecrRepositoryPrefix"] == name
                    return dict(answer)

                assert validate(upstream.port, right)["isValid"] is True
                for port, arn, reason in (
                    (upstream.port, wrong, "it answered 401"),
                    (upstream.port, None, "none are stored"),
                    (closed, None, "refuses the connection"),
                    (quiet, None, "takes too long"),
                ):
                    answer = validate(port, arn)
                    assert answer["isValid"] is False
                    assert reason in answer["failure"]
