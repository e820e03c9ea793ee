"""May this caller do this, and why."""

from __future__ import annotations

from dataclasses import dataclass

from portside.access.callers import Caller
from portside.access.refusals import AccessDenied
from portside.names.accounts import AccountId
from portside.names.arns import Arn
from portside.policy.evaluate import Decision, Policies, Question, evaluate
from portside.policy.principals import Principal, PrincipalKind


@dataclass(frozen=True, slots=True)
class Resource:
    """What an action is done to: an ARN, or ``*`` for actions on no resource of their own."""

    text: str
    account: str

    @classmethod
    def of(cls, arn: Arn) -> Resource:
        """The resource of an ARN, in its own account."""
        return cls(arn.text, arn.account)

    @classmethod
    def everything(cls, account: AccountId) -> Resource:
        """The resource of actions that know none, in this account."""
        return cls("*", account.text)


def explain(caller: Caller, action: str, resource: Resource) -> Decision:
    """The decision with its reason; nothing is refused here."""
    kind = PrincipalKind.ROOT if caller.is_root else PrincipalKind.USER
    principal = Principal(
        kind=kind, arn=caller.arn.text, account=caller.account.text, unique_id=caller.unique_id
    )
    question = Question(
        principal=principal,
        action=action,
        resource=resource.text,
        resource_account=resource.account,
    )
    return evaluate(question, Policies())


def authorize(caller: Caller, action: str, resource: Resource) -> None:
    """Let pass what is allowed.

    Raises:
        AccessDenied: nothing allows it, or something denies it.
    """
    decision = explain(caller, action, resource)
    if not decision.allowed:
        raise AccessDenied(caller.arn.text, action, resource.text, decision.because)
