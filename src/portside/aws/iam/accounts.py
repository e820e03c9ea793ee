"""The account as a whole (IAM GetAccountSummary, GetAccountAuthorizationDetails, aliases)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from portside.aws.calls import Call
from portside.aws.iam.pages import paginate
from portside.aws.iam.shapes import (
    show_attached,
    show_boundary,
    show_document,
    show_group,
    show_last_used,
    show_policy,
    show_role,
    show_tags,
    show_user,
    show_version,
)
from portside.identity.identities import Kind, RoleTerms
from portside.services.identity.managed import PolicyUse
from portside.services.identity.reports import IdentityDetail


def create_account_alias(call: Call) -> dict[str, Any]:
    """Name the account; it has one alias, so the one before is gone."""
    call.deeds.iam.accounts.put_alias(call.caller.account, call.params["AccountAlias"])
    return {}


def list_account_aliases(call: Call) -> dict[str, Any]:
    """Show the account's alias."""
    alias = call.deeds.iam.accounts.alias(call.caller.account)
    page, more = paginate(call, [alias] if alias else [], str)
    return {"AccountAliases": page, **more}


def delete_account_alias(call: Call) -> dict[str, Any]:
    """Take the account's alias away."""
    call.deeds.iam.accounts.delete_alias(call.caller.account, call.params["AccountAlias"])
    return {}


def get_account_summary(call: Call) -> dict[str, Any]:
    """Count what the account holds, and tell its quotas."""
    return {"SummaryMap": call.deeds.iam.reports.summary(call.caller.account)}


@dataclass(frozen=True, slots=True)
class _Entry:
    """One thing of the details: in which list it stands, its place in all, and as shown."""

    listing: str
    key: str
    shown: Callable[[], dict[str, Any]]


def get_account_authorization_details(call: Call) -> dict[str, Any]:
    """Show every user, group, role and policy with all that is given to it."""
    wanted = call.params.get("Filter") or _ALL
    entries = [entry for name in _ALL if name in wanted for entry in _COLLECT[name](call)]
    page, more = paginate(call, entries, lambda entry: entry.key)
    listings: dict[str, list[dict[str, Any]]] = {
        "UserDetailList": [],
        "GroupDetailList": [],
        "RoleDetailList": [],
        "Policies": [],
    }
    for entry in page:
        listings[entry.listing].append(entry.shown())
    return listings | more


def _identities(kind: Kind, show: Callable[[IdentityDetail], dict[str, Any]]) -> Any:
    def collect(call: Call) -> list[_Entry]:
        found = call.deeds.iam.reports.details(call.caller.account, kind)
        listing = f"{kind.capitalize()}DetailList"
        return [
            _Entry(
                listing,
                f"{listing} {detail.identity.name.lower()}",
                partial(show, detail),
            )
            for detail in found
        ]

    return collect


def _show_user(detail: IdentityDetail) -> dict[str, Any]:
    return show_user(detail.identity) | {
        "UserPolicyList": _inline(detail),
        "GroupList": list(detail.group_names),
        "AttachedManagedPolicies": [show_attached(policy) for policy in detail.attached],
        "PermissionsBoundary": show_boundary(detail.identity),
        "Tags": show_tags(detail.identity.tags),
    }


def _show_group(detail: IdentityDetail) -> dict[str, Any]:
    return show_group(detail.identity) | {
        "GroupPolicyList": _inline(detail),
        "AttachedManagedPolicies": [show_attached(policy) for policy in detail.attached],
    }


def _show_role(detail: IdentityDetail) -> dict[str, Any]:
    terms = detail.terms or RoleTerms(trust_policy="")
    shown = show_role(detail.identity, terms)
    # The detail of a role has neither of them.
    del shown["Description"], shown["MaxSessionDuration"]
    return shown | {
        "InstanceProfileList": [],
        "RolePolicyList": _inline(detail),
        "AttachedManagedPolicies": [show_attached(policy) for policy in detail.attached],
        "PermissionsBoundary": show_boundary(detail.identity),
        "Tags": show_tags(detail.identity.tags),
        "RoleLastUsed": show_last_used(terms),
    }


def _inline(detail: IdentityDetail) -> list[dict[str, str]]:
    return [
        {"PolicyName": name, "PolicyDocument": show_document(text)}
        for name, text in detail.inline.items()
    ]


def _policies(*, of_aws: bool) -> Callable[[Call], list[_Entry]]:
    def collect(call: Call) -> list[_Entry]:
        found = call.deeds.iam.policies.list(call.caller.account)
        return [
            _Entry(
                "Policies",
                f"Policies {use.policy.name.lower()} {use.policy.account or 'aws'}",
                partial(_show_policy, call, use),
            )
            for use in found
            # Of AWS's policies, those are told of that the account uses.
            if (use.policy.account is None) is of_aws
            and (not of_aws or use.attached + use.bounding > 0)
        ]

    return collect


def _show_policy(call: Call, use: PolicyUse) -> dict[str, Any]:
    policy, versions = call.deeds.iam.policies.versions(call.caller.account, use.policy.arn.text)
    return show_policy(use) | {
        "Description": policy.description,
        "PolicyVersionList": [show_version(policy, version, document=True) for version in versions],
    }


_COLLECT: Final[Mapping[str, Callable[[Call], list[_Entry]]]] = MappingProxyType(
    {
        "User": _identities(Kind.USER, _show_user),
        "Group": _identities(Kind.GROUP, _show_group),
        "Role": _identities(Kind.ROLE, _show_role),
        "LocalManagedPolicy": _policies(of_aws=False),
        "AWSManagedPolicy": _policies(of_aws=True),
    }
)
_ALL: Final = tuple(_COLLECT)
