"""Who asks, and how directly a ``Principal`` element names them.

Source: IAM user guide, "AWS JSON policy elements: Principal".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from portside.policy.statements import PrincipalElement


class PrincipalKind(StrEnum):
    """What a principal is; the values are those of ``aws:PrincipalType``."""

    ROOT = "Account"
    USER = "User"
    ROLE_SESSION = "AssumedRole"
    FEDERATED = "FederatedUser"
    """Somebody whom an identity provider names and who has assumed nothing yet."""
    SERVICE = "Service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who asks. ``arn`` is a session's own; ``role_arn`` the role's that it came from."""

    kind: PrincipalKind
    arn: str
    account: str
    unique_id: str = ""
    role_arn: str | None = None


class Grant(IntEnum):
    """How directly a statement speaks of a principal, from not at all to by its own name."""

    NONE = 0
    ACCOUNT = 1
    """Its account is named: that account's own policies decide."""
    ROLE = 2
    """The role is named: boundaries and session policies still limit its sessions."""
    DIRECT = 3
    """The user, the session or everybody is named: nothing but a denial limits it."""


def grant(element: PrincipalElement | None, principal: Principal) -> Grant:
    """How directly an element names a principal; statements without one speak of all."""
    if element is None:
        return Grant.DIRECT
    named = _named_by(element, principal)
    if not element.negated:
        return named
    return Grant.NONE if _is_spared(named, principal) else Grant.DIRECT


def _is_spared(named: Grant, principal: Principal) -> bool:
    """Whether ``NotPrincipal`` leaves somebody out whom it names like this.

    An account stands there beside those of its users who are meant, and spares none of the others
    (IAM user guide, "AWS JSON policy elements: NotPrincipal").
    """
    is_user = principal.kind in (PrincipalKind.USER, PrincipalKind.ROLE_SESSION)
    return named >= (Grant.ROLE if is_user else Grant.ACCOUNT)


def _named_by(element: PrincipalElement, principal: Principal) -> Grant:
    everybody = "*" in element.aws
    if principal.kind is PrincipalKind.SERVICE:
        return Grant.DIRECT if everybody or principal.arn in element.service else Grant.NONE
    if principal.kind is PrincipalKind.FEDERATED:
        # Whom a provider names is trusted by that provider's name alone: a role that trusts
        # accounts, or everybody, must not let every stranger in who can show some token.
        if principal.arn in element.federated:
            return Grant.DIRECT
        return Grant.ACCOUNT if everybody else Grant.NONE
    return max((_named(text, principal) for text in element.aws), default=Grant.NONE)


def _named(text: str, principal: Principal) -> Grant:
    if text in ("*", principal.arn):
        # A root user's ARN stands for its account, also where that root user itself asks.
        return Grant.DIRECT
    owner = principal.unique_id.partition(":")[0]
    if principal.role_arn is not None and text in (principal.role_arn, owner):
        return Grant.ROLE
    if owner and text == owner:
        return Grant.DIRECT
    if principal.account and text in (principal.account, _root(principal)):
        return Grant.ACCOUNT
    return Grant.NONE


def _root(principal: Principal) -> str:
    partition = principal.arn.split(":", 2)[1] if principal.arn.startswith("arn:") else "aws"
    return f"arn:{partition}:iam::{principal.account}:root"
