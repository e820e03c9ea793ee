"""Users (IAM CreateUser, GetUser, ListUsers …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.aws.iam.holders import USER, named_or_acting_user, read_tags
from portside.aws.iam.pages import paginate
from portside.aws.iam.shapes import show_group, show_user
from portside.identity.identities import Kind
from portside.services.identity.identities import NewIdentity


def create_user(call: Call) -> dict[str, Any]:
    """Make a user."""
    made = call.deeds.iam.identities.create(
        call.caller.account,
        NewIdentity(
            kind=Kind.USER,
            name=USER.name(call),
            path=call.params.get("Path") or "/",
            boundary_arn=call.params.get("PermissionsBoundary"),
            tags=read_tags(call.params),
        ),
    )
    return {"User": show_user(made, whole=True)}


def get_user(call: Call) -> dict[str, Any]:
    """Show a user, or the one that calls."""
    user = named_or_acting_user(call)
    shown = show_user(user, whole=True)
    if user.kind is Kind.ROOT:
        # AWS gives a root user's account as its unique id, and no name.
        shown |= {"UserId": user.account.text, "UserName": None}
    profile = call.deeds.iam.identities.find_login_profile(user)
    shown["PasswordLastUsed"] = profile.last_used_at if profile else None
    return {"User": shown}


def list_users(call: Call) -> dict[str, Any]:
    """Show users below a path."""
    prefix = call.params.get("PathPrefix") or "/"
    found = call.deeds.iam.identities.list(call.caller.account, Kind.USER, prefix)
    page, more = paginate(call, found, lambda user: user.name.lower())
    return {"Users": [show_user(user) for user in page], **more}


def update_user(call: Call) -> dict[str, Any]:
    """Give a user another name or path."""
    user = call.deeds.iam.identities.get(call.caller.account, Kind.USER, USER.name(call))
    params = call.params
    call.deeds.iam.identities.rename(user, params.get("NewPath"), params.get("NewUserName"))
    return {}


def list_groups_for_user(call: Call) -> dict[str, Any]:
    """Show the groups that a user is in."""
    found = call.deeds.iam.memberships.groups_of(call.caller.account, USER.name(call))
    page, more = paginate(call, found, lambda group: group.name.lower())
    return {"Groups": [show_group(group) for group in page], **more}
