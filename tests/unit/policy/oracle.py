"""IAM's evaluation written down as it is explained: slow, obvious, and nothing of the real one.

Statements are what JSON holds, with lists everywhere. Conditions are StringEquals,
StringNotEquals and their IfExists only.
"""

import re
from dataclasses import dataclass, field
from typing import Any

Statement = dict[str, Any]


@dataclass
class Request:
    """Who (arn, account, and the role's arn of a session) asks for what."""

    arn: str
    account: str
    role_arn: str | None
    action: str
    resource: str
    owner: str
    context: dict[str, list[str]] = field(default_factory=dict)


def wild(pattern: str, text: str) -> bool:
    parts = [{"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern]
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def arn_wild(pattern: str, arn: str) -> bool:
    if pattern == "*":
        return True
    wanted, given = pattern.split(":", 5), arn.split(":", 5)
    wanted += ["*"] * (6 - len(wanted))
    return len(given) == 6 and all(map(wild, wanted, given))


def in_force(statement: Statement, request: Request) -> bool:
    action = any(wild(p.lower(), request.action.lower()) for p in statement["Action"])
    resource = any(arn_wild(p, request.resource) for p in statement.get("Resource", ["*"]))
    if action == statement.get("NotAction", False):
        return False
    if resource == statement.get("NotResource", False):
        return False
    for operator, keys in statement.get("Condition", {}).items():
        for key, wanted in keys.items():
            given = request.context.get(key)
            if given is None:
                met = "Not" in operator or "IfExists" in operator
            else:
                met = (given[0] in wanted) != ("Not" in operator)
            if not met:
                return False
    return True


def named(statement: Statement, request: Request) -> str:
    """How a statement of a resource names the caller: directly, by role, by account, not."""
    listed = statement["Principal"]["AWS"]
    if "*" in listed or request.arn in listed:
        return "direct"
    if request.role_arn in listed:
        return "role"
    root = f"arn:aws:iam::{request.account}:root"
    return "account" if request.account in listed or root in listed else "not"


def decide(  # noqa: C901, PLR0911 - one flow chart, read from top to bottom
    request: Request,
    identity: list[Statement],
    resource: list[Statement],
    boundary: list[Statement] | None,
    session: list[Statement] | None,
) -> tuple[str, str]:
    """The effect, and the kind of policy that decided."""

    def any_with(effect: str, statements: list[Statement]) -> bool:
        return any(one["Effect"] == effect and in_force(one, request) for one in statements)

    for_us = [one for one in resource if named(one, request) != "not"]
    kinds = [("identity", identity), ("resource", for_us)]
    kinds += [("boundary", boundary or []), ("session", session or [])]
    for kind, statements in kinds:
        if any_with("Deny", statements):
            return "Deny", f"explicit {kind}"
    is_root = request.arn.endswith(":root")
    allowing = [one for one in for_us if one["Effect"] == "Allow" and in_force(one, request)]
    ways = {named(one, request) for one in allowing}
    same = request.account == request.owner
    if same and "direct" in ways:
        return "Allow", "resource"
    by_role = same and "role" in ways
    if not is_root and not by_role and not any_with("Allow", identity):
        return "Deny", "no identity"
    if not is_root or by_role:
        if boundary is not None and not any_with("Allow", boundary):
            return "Deny", "no boundary"
        if session is not None and not any_with("Allow", session):
            return "Deny", "no session"
    if not same:
        return ("Allow", "resource") if ways else ("Deny", "no resource")
    return "Allow", "resource" if by_role else "root" if is_root else "identity"
