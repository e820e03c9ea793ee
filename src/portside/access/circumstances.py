"""The condition keys of a request: of the caller, of the resource, and of the request itself.

Source: IAM user guide, "AWS global condition context keys"; service authorization reference,
"Condition keys for Amazon ECR".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from portside.access.callers import Caller

Context = dict[str, tuple[str, ...]]

_LASTING: Final = frozenset(
    {
        "aws:principalarn",
        "aws:principalaccount",
        "aws:principaltype",
        "aws:principalisawsservice",
        "aws:userid",
        "aws:username",
        "aws:tokenissuetime",
        "aws:multifactorauthpresent",
        "aws:sourceidentity",
        "aws:federatedprovider",
        "aws:resourceaccount",
    }
)
_LASTING_PREFIXES: Final = (
    "aws:principaltag/",
    "aws:resourcetag/",
    "ecr:resourcetag/",
    "iam:resourcetag/",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What a request says of itself. ``parameters`` holds the keys that its parameters make."""

    region: str
    source_ip: str | None = None
    is_secure: bool = False
    user_agent: str | None = None
    referer: str | None = None
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def is_lasting(key: str) -> bool:
    """Whether a key, in lower case, stays the same until the caller or the resource changes.

    All others, unknown ones too, may differ from one request to the next.
    """
    return key in _LASTING or key.startswith(_LASTING_PREFIXES)


def caller_keys(caller: Caller, tags: Mapping[str, str]) -> Context:
    """What is known of the caller; a session's tags go before those of its principal."""
    session = caller.session
    is_role = session is not None and session.role_arn is not None
    kind = "Account" if caller.is_root else "AssumedRole" if is_role else "User"
    keys = {
        "aws:PrincipalArn": caller.principal_arn.text,
        "aws:PrincipalAccount": caller.account.text,
        "aws:PrincipalType": kind,
        "aws:PrincipalIsAWSService": "false",
        "aws:userid": caller.user_id,
    }
    if kind == "User":
        keys["aws:username"] = caller.arn.resource.rpartition("/")[2]
    if session is not None:
        keys["aws:TokenIssueTime"] = _moment(session.issued_at)
        keys["aws:MultiFactorAuthPresent"] = "false"
        if session.source_identity is not None:
            keys["aws:SourceIdentity"] = session.source_identity
        if session.provider is not None:
            keys["aws:FederatedProvider"] = session.provider
        tags = {**tags, **session.tags}
    return {key: (value,) for key, value in keys.items()} | _tags("aws:PrincipalTag", tags)


def resource_keys(service: str, account: str, tags: Mapping[str, str]) -> Context:
    """What is known of the resource."""
    keys = {"aws:ResourceAccount": (account,)} | _tags("aws:ResourceTag", tags)
    return keys | _tags(f"{service}:ResourceTag", tags)


def request_keys(circumstances: Circumstances, now: datetime) -> Context:
    """What is known of the request."""
    keys = {
        "aws:CurrentTime": _moment(now),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:RequestedRegion": circumstances.region,
        "aws:SecureTransport": "true" if circumstances.is_secure else "false",
        "aws:ViaAWSService": "false",
    }
    optional = {
        "aws:SourceIp": circumstances.source_ip,
        "aws:UserAgent": circumstances.user_agent,
        "aws:Referer": circumstances.referer,
    }
    keys |= {key: value for key, value in optional.items() if value is not None}
    return {key: (value,) for key, value in keys.items()} | dict(circumstances.parameters)


def _tags(prefix: str, tags: Mapping[str, str]) -> Context:
    return {f"{prefix}/{key}": (value,) for key, value in tags.items()}


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
