"""IAM's quotas (IAM user guide, "IAM and AWS STS quotas"), under the names of its messages."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portside.identity.identities import Kind
from portside.identity.refusals import IAMQuotaExceeded

QUOTAS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "UsersPerAccount": 5000,
        "GroupsPerAccount": 300,
        "RolesPerAccount": 1000,
        "PoliciesPerAccount": 1500,
        "GroupsPerUser": 10,
        "PoliciesPerUser": 10,
        "PoliciesPerGroup": 10,
        "PoliciesPerRole": 10,
        "AccessKeysPerUser": 2,
        "VersionsPerPolicy": 5,
        "PolicySize": 6144,
        "UserPolicySize": 2048,
        "GroupPolicySize": 5120,
        "RolePolicySize": 10240,
        "ACLSizePerRole": 2048,
        "OpenIdConnectProvidersPerAccount": 100,
        "ClientIdsPerOpenIdConnectProvider": 100,
        "ThumbprintsPerOpenIdConnectProvider": 5,
        "TagsPerResource": 50,
    }
)

PER_ACCOUNT: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.USER: "UsersPerAccount",
        Kind.GROUP: "GroupsPerAccount",
        Kind.ROLE: "RolesPerAccount",
    }
)
ATTACHED: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.USER: "PoliciesPerUser",
        Kind.GROUP: "PoliciesPerGroup",
        Kind.ROLE: "PoliciesPerRole",
    }
)
INLINE: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.USER: "UserPolicySize",
        Kind.GROUP: "GroupPolicySize",
        Kind.ROLE: "RolePolicySize",
    }
)


def check_quota(quota: str, count: int) -> None:
    """Refuse more than a quota allows.

    Raises:
        IAMQuotaExceeded: ``count`` is beyond it.
    """
    if count > QUOTAS[quota]:
        raise IAMQuotaExceeded(quota, QUOTAS[quota])


def policy_size(document: str) -> int:
    """A policy's size as IAM counts it: "IAM does not count white space"."""
    return sum(1 for character in document if not character.isspace())
