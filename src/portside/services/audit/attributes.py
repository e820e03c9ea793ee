"""What the records of the audit trail are looked up by (CloudTrail LookupAttribute)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

Record = dict[str, Any]

_TYPES: Final = {
    ("ecr", "repository"): "AWS::ECR::Repository",
    ("iam", "group"): "AWS::IAM::Group",
    ("iam", "instance-profile"): "AWS::IAM::InstanceProfile",
    ("iam", "oidc-provider"): "AWS::IAM::OIDCProvider",
    ("iam", "policy"): "AWS::IAM::Policy",
    ("iam", "role"): "AWS::IAM::Role",
    ("iam", "user"): "AWS::IAM::User",
}


def username(record: Record) -> str | None:
    """Who did it: a user's name, a role session's, ``root``; nobody of what a service did."""
    identity = record.get("userIdentity") or {}
    if identity.get("type") == "Root":
        return "root"
    if identity.get("type") == "AssumedRole":
        return str(identity.get("arn", "")).rpartition("/")[2] or None
    name = identity.get("userName")
    return name if isinstance(name, str) else None


def resources(record: Record) -> list[tuple[str | None, str]]:
    """What it was done to: types, where they have one, and ARNs."""
    arns = (one.get("ARN") for one in record.get("resources") or ())
    return [(_type(arn), arn) for arn in arns if isinstance(arn, str)]


def _type(arn: str) -> str | None:
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return None
    return _TYPES.get((parts[2], parts[5].partition("/")[0]))


def _resource_names(record: Record) -> Iterable[str | None]:
    for _, arn in resources(record):
        yield arn
        yield arn.partition("/")[2]


def _read_only(record: Record) -> Iterable[str | None]:
    return ("true" if record.get("readOnly") else "false",)


ATTRIBUTES: Final[dict[str, Callable[[Record], Iterable[str | None]]]] = {
    "EventId": lambda record: (record.get("eventID"),),
    "EventName": lambda record: (record.get("eventName"),),
    "ReadOnly": _read_only,
    "Username": lambda record: (username(record),),
    "ResourceType": lambda record: [kind for kind, _ in resources(record)],
    "ResourceName": _resource_names,
    "EventSource": lambda record: (record.get("eventSource"),),
    "AccessKeyId": lambda record: ((record.get("userIdentity") or {}).get("accessKeyId"),),
}
"""The attributes, with the values of each that a record has; a resource is known by its ARN and by
its name."""

WRITTEN_OUT: Final = frozenset(ATTRIBUTES) - {"ReadOnly", "ResourceType"}
"""Those whose value stands in the record's own text."""
