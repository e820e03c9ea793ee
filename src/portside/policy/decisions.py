"""What an authorization comes to (IAM user guide, "Policy evaluation logic")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Effect(StrEnum):
    """Allowed, or not."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """An effect and what decided it, in AWS's words where it is a denial."""

    effect: Effect
    because: str

    @property
    def allowed(self) -> bool:
        """Whether the action may go on."""
        return self.effect is Effect.ALLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who would do what to which resource."""

    principal_arn: str
    principal_account: str
    is_root: bool
    action: str
    resource_arn: str
    resource_account: str


def decide(question: Question) -> Decision:
    """Answer by the rules that need no policy document.

    An account's root user may do everything in its own account. Nobody else, and nobody in
    another account, may do anything that no policy allows.
    """
    if question.principal_account != question.resource_account:
        return Decision(
            Effect.DENY, f"no resource-based policy allows the {question.action} action"
        )
    if question.is_root:
        return Decision(Effect.ALLOW, "the root user of the account that owns the resource")
    return Decision(Effect.DENY, f"no identity-based policy allows the {question.action} action")
