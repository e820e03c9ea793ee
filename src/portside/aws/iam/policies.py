"""Managed policies and their versions (IAM CreatePolicy, CreatePolicyVersion …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.aws.iam.holders import read_tags
from portside.aws.iam.pages import paginate
from portside.aws.iam.shapes import show_policy, show_tags, show_version
from portside.identity.identities import Identity, Kind
from portside.services.identity.managed import NewPolicy, PolicyUse


def create_policy(call: Call) -> dict[str, Any]:
    """Make a policy."""
    params = call.params
    made = call.deeds.iam.policies.create(
        call.caller.account,
        NewPolicy(
            name=params["PolicyName"],
            document=params["PolicyDocument"],
            path=params.get("Path") or "/",
            description=params.get("Description"),
            tags=read_tags(params),
        ),
    )
    shown = show_policy(PolicyUse(policy=made, attached=0, bounding=0))
    return {"Policy": shown | ({"Tags": show_tags(made.tags)} if made.tags else {})}


def get_policy(call: Call) -> dict[str, Any]:
    """Show a policy."""
    use = call.deeds.iam.policies.get(call.caller.account, call.params["PolicyArn"])
    return {"Policy": show_policy(use, whole=True)}


def list_policies(call: Call) -> dict[str, Any]:
    """Show the account's policies and AWS's, or those of them that are asked for."""
    found = call.deeds.iam.policies.list(call.caller.account)
    wanted = [use for use in found if _is_wanted(use, call.params)]
    page, more = paginate(call, wanted, _key)
    return {"Policies": [show_policy(use) for use in page], **more}


def delete_policy(call: Call) -> dict[str, Any]:
    """Remove a policy that nobody has any more."""
    call.deeds.iam.policies.delete(call.caller.account, call.params["PolicyArn"])
    return {}


def create_policy_version(call: Call) -> dict[str, Any]:
    """Add a version of a policy."""
    policy, version = call.deeds.iam.policies.create_version(
        call.caller.account,
        call.params["PolicyArn"],
        call.params["PolicyDocument"],
        default=bool(call.params.get("SetAsDefault")),
    )
    return {"PolicyVersion": show_version(policy, version)}


def get_policy_version(call: Call) -> dict[str, Any]:
    """Show a version of a policy with its text."""
    policy, version = call.deeds.iam.policies.get_version(
        call.caller.account, call.params["PolicyArn"], call.params["VersionId"]
    )
    return {"PolicyVersion": show_version(policy, version, document=True)}


def list_policy_versions(call: Call) -> dict[str, Any]:
    """Show the versions of a policy, the newest first."""
    policy, found = call.deeds.iam.policies.versions(call.caller.account, call.params["PolicyArn"])
    page, more = paginate(call, found, lambda version: f"{10**9 - version.number:010}")
    return {"Versions": [show_version(policy, version) for version in page], **more}


def set_default_policy_version(call: Call) -> dict[str, Any]:
    """Make a version the one in force."""
    params = call.params
    call.deeds.iam.policies.put_default_version(
        call.caller.account, params["PolicyArn"], params["VersionId"]
    )
    return {}


def delete_policy_version(call: Call) -> dict[str, Any]:
    """Remove a version that is not in force."""
    params = call.params
    call.deeds.iam.policies.delete_version(
        call.caller.account, params["PolicyArn"], params["VersionId"]
    )
    return {}


def tag_policy(call: Call) -> dict[str, Any]:
    """Put tags on a policy."""
    call.deeds.iam.policies.tag(
        call.caller.account, call.params["PolicyArn"], read_tags(call.params)
    )
    return {}


def untag_policy(call: Call) -> dict[str, Any]:
    """Take tags off a policy."""
    call.deeds.iam.policies.untag(
        call.caller.account, call.params["PolicyArn"], call.params["TagKeys"]
    )
    return {}


def list_policy_tags(call: Call) -> dict[str, Any]:
    """Show a policy's tags."""
    use = call.deeds.iam.policies.get(call.caller.account, call.params["PolicyArn"])
    page, more = paginate(call, show_tags(use.policy.tags), lambda entry: entry["Key"])
    return {"Tags": page, **more}


def list_entities_for_policy(call: Call) -> dict[str, Any]:
    """Show who has a policy attached, or as permissions boundary."""
    attached, bounded = call.deeds.iam.policies.holders(
        call.caller.account, call.params["PolicyArn"]
    )
    usage = call.params.get("PolicyUsageFilter")
    found = {
        "PermissionsPolicy": list(attached),
        "PermissionsBoundary": list(bounded),
    }.get(usage or "", [*attached, *bounded])
    unique = {identity.id: identity for identity in found if _is_asked_for(identity, call.params)}
    page, more = paginate(call, unique.values(), lambda one: f"{one.kind} {one.name.lower()}")
    return {
        f"Policy{word}s": [
            {f"{word}Name": one.name, f"{word}Id": one.id} for one in page if one.kind is kind
        ]
        for kind, word in ((Kind.GROUP, "Group"), (Kind.USER, "User"), (Kind.ROLE, "Role"))
    } | more


def _is_asked_for(identity: Identity, params: dict[str, Any]) -> bool:
    wanted = params.get("EntityFilter")
    prefix = params.get("PathPrefix") or "/"
    return identity.path.startswith(prefix) and wanted in {None, identity.kind.capitalize()}


def _is_wanted(use: PolicyUse, params: dict[str, Any]) -> bool:
    scope = {True: "AWS", False: "Local"}[use.policy.account is None]
    usage = params.get("PolicyUsageFilter")
    return all(
        (
            params.get("Scope") in {None, "All", scope},
            not params.get("OnlyAttached") or use.attached > 0,
            use.policy.path.startswith(params.get("PathPrefix") or "/"),
            usage != "PermissionsPolicy" or use.attached > 0,
            usage != "PermissionsBoundary" or use.bounding > 0,
        )
    )


def _key(use: PolicyUse) -> str:
    return f"{use.policy.name.lower()} {use.policy.account or 'aws'}"
