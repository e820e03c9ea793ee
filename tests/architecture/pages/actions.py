"""The page of actions and condition keys, from the tables of operations, routes and keys."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.architecture.pages.tables import code, sentence, table

from portside.access.callers import Caller, Session
from portside.access.circumstances import (
    Circumstances,
    caller_keys,
    is_lasting,
    request_keys,
    resource_keys,
)
from portside.aws.calls import Operation
from portside.aws.condition_keys import parameter_keys
from portside.aws.face import SERVICES
from portside.distribution.routes import REGISTRY_ROUTES, ROUTES
from portside.names.accounts import AccountId
from portside.names.arns import Arn

HEAD = """# Actions and condition keys

What policies can speak of. How a decision is made of it is told in
[Authorization](../explanation/authorization.md).

## Actions

Every operation needs the action of its own name, `SERVICE:OPERATION`, unless
[Operations](operations.md) says otherwise. These are the actions of ECR, with the resource that
each is asked for. What `docker` does over `/v2/` is asked by the same actions.

"""
OTHERS = """
Asked for beside or without an operation:

| action | when |
|---|---|
| `ecr:ReplicateImage` | another account's registry copies an image to a repository of this one |
| `ecr:CreateRepository` | replication, a pull through a cache or a push would make the repository |
| `ecr:BatchImportUpstreamImage` | a pull would bring an image from an upstream registry |
| `ecr:TagResource` | a repository is made with tags |
| `iam:PassRole` | a rule or template names a role that the registry shall act as |

"""
KEYS = """## Condition keys

A key that is *remembered* stays the same until the caller or the resource changes, so a decision
that asked it is remembered; one that asked another key holds for requests in which that key has the
same value.

"""
FOOT = """
A key that a request does not have makes a condition false, unless its operator ends in `IfExists`,
or negates. `${KEY}` in a policy's text stands for a key's value where IAM allows variables.

This page is made from the tables of operations, routes and keys: `make docs-reference`.
"""
MOMENT = datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)
ROLE = Arn("arn:aws:iam::123456789012:role/builder")
MEANINGS = {
    "aws:PrincipalArn": "the user's or role's ARN; of a role's session, the role's",
    "aws:PrincipalAccount": "the caller's account",
    "aws:PrincipalType": "`Account` (the root user), `User`, or `AssumedRole`",
    "aws:PrincipalIsAWSService": "`false`",
    "aws:userid": "the user's unique id; of a role's session with its name; of root the account",
    "aws:username": "the user's name; only users have it",
    "aws:TokenIssueTime": "when the session began; only sessions have it",
    "aws:MultiFactorAuthPresent": "`false`; only sessions have it",
    "aws:SourceIdentity": "what the session was given as its source identity",
    "aws:FederatedProvider": "the ARN of the issuer whose identity token made the session",
    "aws:PrincipalTag/KEY": "the tags of the user, role or session",
    "aws:ResourceAccount": "the account of the resource",
    "aws:ResourceTag/KEY": "the tags of the repository, or of the user, role, or policy",
    "ecr:ResourceTag/KEY": "the tags of the repository",
    "iam:ResourceTag/KEY": "the tags of the user, role, policy, or provider",
    "aws:CurrentTime": "the time, as `2026-03-02T09:30:15Z`",
    "aws:EpochTime": "the time, in seconds since 1970",
    "aws:RequestedRegion": "the region that the request was signed for, or that `Host` names",
    "aws:SecureTransport": "whether the request came over TLS",
    "aws:ViaAWSService": "`false`",
    "aws:SourceIp": "the client's address ([behind proxies](../how-to/run-behind-a-proxy.md))",
    "aws:UserAgent": "what the client calls itself",
    "aws:Referer": "the `Referer` header",
    "aws:RequestTag/KEY": "the tags that the request would put",
    "aws:TagKeys": "the keys of tags that the request puts or takes away",
    "iam:PolicyARN": "the policy that the request attaches or detaches",
    "iam:PermissionsBoundary": "the boundary that the request sets, or that the user or role has",
}


def page() -> str:
    """The page as it ought to be.

    Raises:
        AssertionError: where the code has a key of which this module tells nothing.
    """
    keys = _keys()
    assert set(keys) == set(MEANINGS)
    rows = [(code(key), MEANINGS[key], "yes" if keys[key] else "") for key in MEANINGS]
    actions = table(("action", "over `/v2/`", "resource"), _actions())
    return HEAD + actions + OTHERS + KEYS + table(("key", "value", "remembered"), rows) + FOOT


def _actions() -> Iterator[tuple[str, str, str]]:
    routes: dict[str, list[str]] = defaultdict(list)
    for route in (*ROUTES, *REGISTRY_ROUTES):
        if route.action is not None:
            routes[route.action].append(code(f"{route.method} {route.endpoint.value}"))
    operations = {one.action: one for one in SERVICES["ecr"].values() if one.action}
    for action in sorted({*routes, *operations}):
        resource = _resource(operations[action]) if action in operations else "The repository."
        yield code(action), ", ".join(routes[action]), resource


def _resource(operation: Operation) -> str:
    return sentence(operation.resource.__doc__)


def _keys() -> dict[str, bool]:
    """The keys that the code makes of a request that has everything, and whether each lasts."""
    tags = {"KEY": "value"}
    session = Session(
        name="s",
        role_arn=ROLE,
        issued_at=MOMENT,
        expires_at=MOMENT,
        source_identity="ann",
        provider="arn:aws:iam::123456789012:oidc-provider/issuer.example.com",
    )
    known: dict[str, Any] = {"arn": ROLE, "account": AccountId("123456789012"), "unique_id": "AIDA"}
    parameters = {"Tags": [{"Key": "KEY"}], "PolicyArn": "a", "PermissionsBoundary": "a"}
    circumstances = Circumstances(
        region="us-east-1",
        source_ip="192.0.2.1",
        user_agent="aws-cli",
        referer="https://example.com",
        parameters=parameter_keys(parameters),
    )
    keys = [
        *caller_keys(Caller(**known, is_root=False, session=session), tags),
        *caller_keys(Caller(**known, is_root=False), {}),
        *resource_keys("ecr", "123456789012", tags),
        *resource_keys("iam", "123456789012", tags),
        *request_keys(circumstances, MOMENT),
    ]
    return {key: is_lasting(key.lower()) for key in keys}
