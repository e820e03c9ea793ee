"""Why somebody may or may not do something, asked by an operator rather than by a request."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from portside.access.callers import Caller, Session
from portside.access.circumstances import Circumstances
from portside.access.gathering import Resource, gather
from portside.identity.identities import Kind
from portside.metadata import identities, principals
from portside.metadata.database import Transaction
from portside.names.accounts import AccountId
from portside.names.arns import Arn
from portside.policy.evaluate import evaluate
from portside.policy.review import Explanation, review

SESSION_NAME = "explained"
"""How the session is called that a role is taken for."""
_SESSION_LIFETIME = timedelta(hours=1)


def explain_principal(
    tx: Transaction,
    principal: Arn,
    action: str,
    resource: Resource,
    circumstances: Circumstances,
    now: datetime,
) -> Explanation | None:
    """What would be decided for a root user, user, role or role session; ``None``: there is none.

    A role stands for a session of it without session policies.
    """
    caller = find_caller(tx, principal, now)
    if caller is None:
        return None
    question, policies = gather(tx, caller, action, resource, circumstances, now)
    # What the operator says of the request goes before what is known of it.
    question = replace(question, context={**question.context, **circumstances.parameters})
    found = review(question, policies)
    return Explanation(
        principal=caller.arn.text,
        action=action,
        resource=resource.text,
        decision=evaluate(question, policies),
        reviews=found,
    )


def find_caller(tx: Transaction, principal: Arn, now: datetime) -> Caller | None:
    """The caller whom an ARN names, as if it had signed a request; ``None``: there is none."""
    kind, _, rest = principal.resource.partition("/")
    if kind == "assumed-role":
        name, _, session = rest.partition("/")
        role = identities.find_identity(tx, AccountId(principal.account), Kind.ROLE, name)
        return None if role is None else _session(role.arn, role.id, session, now)
    held = principals.find_principal(tx, principal)
    if held is None:
        return None
    if held.kind == Kind.ROLE:
        return _session(held.arn, held.unique_id, SESSION_NAME, now)
    return Caller(
        arn=held.arn,
        account=held.account,
        unique_id=held.unique_id,
        is_root=held.kind == Kind.ROOT,
    )


def _session(role: Arn, unique_id: str, name: str, now: datetime) -> Caller:
    _, _, role_name = role.resource.rpartition("/")
    return Caller(
        arn=Arn(f"arn:aws:sts::{role.account}:assumed-role/{role_name}/{name}"),
        account=AccountId(role.account),
        unique_id=unique_id,
        is_root=False,
        session=Session(
            name=name, role_arn=role, issued_at=now, expires_at=now + _SESSION_LIFETIME
        ),
    )
