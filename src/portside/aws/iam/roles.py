"""Roles (IAM CreateRole, UpdateAssumeRolePolicy …)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from portside.aws.calls import Call
from portside.aws.iam.holders import ROLE, read_tags
from portside.aws.iam.pages import paginate
from portside.aws.iam.shapes import show_role
from portside.identity.identities import Kind, RoleTerms
from portside.services.identity.identities import NewIdentity

SESSION_SECONDS_DEFAULT = 3600


def create_role(call: Call) -> dict[str, Any]:
    """Make a role."""
    params = call.params
    new = NewIdentity(
        kind=Kind.ROLE,
        name=ROLE.name(call),
        path=params.get("Path") or "/",
        boundary_arn=params.get("PermissionsBoundary"),
        tags=read_tags(params),
    )
    terms = RoleTerms(
        trust_policy=params["AssumeRolePolicyDocument"],
        description=params.get("Description"),
        session_seconds_max=params.get("MaxSessionDuration") or SESSION_SECONDS_DEFAULT,
    )
    role, held = call.deeds.iam.identities.create_role(call.caller.account, new, terms)
    shown = show_role(role, held, whole=True)
    # A role that is just made was never used: AWS leaves this out.
    del shown["RoleLastUsed"]
    return {"Role": shown}


def get_role(call: Call) -> dict[str, Any]:
    """Show a role."""
    # What this process has noted and not yet written counts too.
    call.deeds.iam.key_uses.write()
    role, terms = call.deeds.iam.identities.get_role(call.caller.account, ROLE.name(call))
    return {"Role": show_role(role, terms, whole=True)}


def list_roles(call: Call) -> dict[str, Any]:
    """Show roles below a path."""
    prefix = call.params.get("PathPrefix") or "/"
    found = call.deeds.iam.identities.list_roles(call.caller.account, prefix)
    page, more = paginate(call, found, lambda entry: entry[0].name.lower())
    return {"Roles": [show_role(role, terms) for role, terms in page], **more}


def update_role(call: Call) -> dict[str, Any]:
    """Change a role's description and how long its sessions may be."""
    _change(call)
    return {}


def update_role_description(call: Call) -> dict[str, Any]:
    """Change a role's description, and show it."""
    role, terms = _change(call)
    return {"Role": show_role(role, terms, whole=True)}


def update_assume_role_policy(call: Call) -> dict[str, Any]:
    """Change who may assume a role."""
    document = call.params["PolicyDocument"]
    call.deeds.iam.identities.put_trust_policy(call.caller.account, ROLE.name(call), document)
    return {}


def _change(call: Call) -> tuple[Any, RoleTerms]:
    params = call.params

    def change(terms: RoleTerms) -> RoleTerms:
        seconds = params.get("MaxSessionDuration") or terms.session_seconds_max
        described = params.get("Description")
        return replace(
            terms,
            session_seconds_max=seconds,
            description=terms.description if described is None else described,
        )

    return call.deeds.iam.identities.change_role(call.caller.account, ROLE.name(call), change)
