"""What users, groups and roles are given: the same operations for each of the three."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.aws.iam.holders import Holder, parse_arn, read_tags
from portside.aws.iam.pages import paginate
from portside.aws.iam.shapes import show_attached, show_document, show_tags


def attach_policy(holder: Holder, call: Call) -> dict[str, Any]:
    """Attach a managed policy."""
    arn = parse_arn(call.params["PolicyArn"]).text
    call.deeds.iam.permissions.attach(call.caller.account, holder.kind, holder.name(call), arn)
    return {}


def detach_policy(holder: Holder, call: Call) -> dict[str, Any]:
    """Detach a managed policy."""
    arn = parse_arn(call.params["PolicyArn"]).text
    call.deeds.iam.permissions.detach(call.caller.account, holder.kind, holder.name(call), arn)
    return {}


def list_attached_policies(holder: Holder, call: Call) -> dict[str, Any]:
    """Show the managed policies that are attached."""
    prefix = call.params.get("PathPrefix") or "/"
    name = holder.name(call)
    found = call.deeds.iam.permissions.attached(call.caller.account, holder.kind, name)
    below = [policy for policy in found if policy.path.startswith(prefix)]
    page, more = paginate(
        call, below, lambda policy: f"{policy.name.lower()} {policy.account or 'aws'}"
    )
    return {"AttachedPolicies": [show_attached(policy) for policy in page], **more}


def put_inline_policy(holder: Holder, call: Call) -> dict[str, Any]:
    """Add an inline policy, or change one."""
    params = call.params
    call.deeds.iam.permissions.put_inline(
        call.caller.account,
        holder.kind,
        holder.name(call),
        params["PolicyName"],
        params["PolicyDocument"],
    )
    return {}


def get_inline_policy(holder: Holder, call: Call) -> dict[str, Any]:
    """Show an inline policy."""
    name, policy_name = holder.name(call), call.params["PolicyName"]
    text = call.deeds.iam.permissions.get_inline(
        call.caller.account, holder.kind, name, policy_name
    )
    return {
        holder.parameter: name,
        "PolicyName": policy_name,
        "PolicyDocument": show_document(text),
    }


def list_inline_policies(holder: Holder, call: Call) -> dict[str, Any]:
    """Show the names of inline policies."""
    name = holder.name(call)
    found = call.deeds.iam.permissions.inline(call.caller.account, holder.kind, name)
    page, more = paginate(call, found, str)
    return {"PolicyNames": page, **more}


def delete_inline_policy(holder: Holder, call: Call) -> dict[str, Any]:
    """Remove an inline policy."""
    call.deeds.iam.permissions.delete_inline(
        call.caller.account, holder.kind, holder.name(call), call.params["PolicyName"]
    )
    return {}


def put_boundary(holder: Holder, call: Call) -> dict[str, Any]:
    """Set a permissions boundary."""
    arn = parse_arn(call.params["PermissionsBoundary"]).text
    call.deeds.iam.identities.put_boundary(call.caller.account, holder.kind, holder.name(call), arn)
    return {}


def delete_boundary(holder: Holder, call: Call) -> dict[str, Any]:
    """Remove a permissions boundary."""
    call.deeds.iam.identities.put_boundary(
        call.caller.account, holder.kind, holder.name(call), None
    )
    return {}


def tag(holder: Holder, call: Call) -> dict[str, Any]:
    """Put tags on an identity."""
    call.deeds.iam.identities.tag(
        call.caller.account, holder.kind, holder.name(call), read_tags(call.params)
    )
    return {}


def untag(holder: Holder, call: Call) -> dict[str, Any]:
    """Take tags off an identity."""
    call.deeds.iam.identities.untag(
        call.caller.account, holder.kind, holder.name(call), call.params["TagKeys"]
    )
    return {}


def list_tags(holder: Holder, call: Call) -> dict[str, Any]:
    """Show an identity's tags."""
    account = call.caller.account
    held = call.deeds.iam.identities.get(account, holder.kind, holder.name(call))
    page, more = paginate(call, show_tags(held.tags), lambda entry: entry["Key"])
    return {"Tags": page, **more}


def delete(holder: Holder, call: Call) -> dict[str, Any]:
    """Remove an identity that has nothing any more."""
    call.deeds.iam.identities.delete(call.caller.account, holder.kind, holder.name(call))
    return {}
