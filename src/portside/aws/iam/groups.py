"""Groups and their members (IAM CreateGroup, AddUserToGroup …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.aws.iam.holders import GROUP, USER
from portside.aws.iam.pages import paginate
from portside.aws.iam.shapes import show_group, show_user
from portside.identity.identities import Kind
from portside.services.identity.identities import NewIdentity


def create_group(call: Call) -> dict[str, Any]:
    """Make a group."""
    path = call.params.get("Path") or "/"
    new = NewIdentity(kind=Kind.GROUP, name=GROUP.name(call), path=path)
    made = call.deeds.iam.identities.create(call.caller.account, new)
    return {"Group": show_group(made)}


def get_group(call: Call) -> dict[str, Any]:
    """Show a group with its users."""
    group, members = call.deeds.iam.memberships.members(call.caller.account, GROUP.name(call))
    page, more = paginate(call, members, lambda user: user.name.lower())
    return {"Group": show_group(group), "Users": [show_user(user) for user in page], **more}


def list_groups(call: Call) -> dict[str, Any]:
    """Show groups below a path."""
    prefix = call.params.get("PathPrefix") or "/"
    found = call.deeds.iam.identities.list(call.caller.account, Kind.GROUP, prefix)
    page, more = paginate(call, found, lambda group: group.name.lower())
    return {"Groups": [show_group(group) for group in page], **more}


def update_group(call: Call) -> dict[str, Any]:
    """Give a group another name or path."""
    group = call.deeds.iam.identities.get(call.caller.account, Kind.GROUP, GROUP.name(call))
    params = call.params
    call.deeds.iam.identities.rename(group, params.get("NewPath"), params.get("NewGroupName"))
    return {}


def add_user_to_group(call: Call) -> dict[str, Any]:
    """Put a user into a group."""
    account = call.caller.account
    call.deeds.iam.memberships.add(account, GROUP.name(call), USER.name(call))
    return {}


def remove_user_from_group(call: Call) -> dict[str, Any]:
    """Take a user out of a group."""
    account = call.caller.account
    call.deeds.iam.memberships.remove(account, GROUP.name(call), USER.name(call))
    return {}
