"""Whether a role may be assumed: what its trust policy and the caller's own policies say together.

IAM user guide, "Methods to assume a role" and "Passing session tags in AWS STS": tags and a source
identity are actions of their own, which the trust policy must allow too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from portside.access.callers import Caller
from portside.access.circumstances import Context, caller_keys, resource_keys
from portside.access.gathering import principal_of
from portside.access.refusals import AccessDenied
from portside.access.standing import load_rights
from portside.access.web_identity import WebIdentity
from portside.identity.identities import Identity
from portside.identity.sessions import SessionTerms
from portside.metadata.database import Transaction
from portside.policy.documents import Kind, Policy, parse
from portside.policy.evaluate import Policies, Question, evaluate
from portside.policy.principals import Principal, PrincipalKind

TAG_SESSION = "sts:TagSession"
SET_SOURCE_IDENTITY = "sts:SetSourceIdentity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A role that is to be assumed, by which action, on which terms.

    ``context`` holds the condition keys of the request (:mod:`portside.access.circumstances`).
    """

    action: str
    role: Identity
    trust_policy: str
    terms: SessionTerms
    is_tagged: bool
    """Whether the session will have tags, asked for or inherited."""
    context: Mapping[str, tuple[str, ...]]

    @property
    def policy(self) -> Policy:
        """The role's trust policy, read."""
        return parse(self.trust_policy, Kind.TRUST, f"trust policy of {self.role.arn}")

    def actions(self) -> Iterator[str]:
        """Every action that the trust policy must allow."""
        yield self.action
        if self.is_tagged:
            yield TAG_SESSION
        if self.terms.source_identity is not None:
            yield SET_SOURCE_IDENTITY

    def keys(self) -> Context:
        """The request's condition keys and those of the assumption (STS's own)."""
        terms = self.terms
        given = {
            "sts:RoleSessionName": (terms.name,),
            "sts:ExternalId": (terms.external_id,) if terms.external_id else (),
            "sts:SourceIdentity": (terms.source_identity,) if terms.source_identity else (),
            "sts:TransitiveTagKeys": terms.transitive_tag_keys,
            "aws:TagKeys": tuple(key for key, _ in terms.tags),
            **{f"aws:RequestTag/{key}": (value,) for key, value in terms.tags},
        }
        of_role = resource_keys("iam", self.role.account.text, self.role.tags)
        return {**self.context, **of_role, **{key: held for key, held in given.items() if held}}


def check_trust(tx: Transaction, caller: Caller, assumption: Assumption) -> None:
    """Let a caller assume a role whose trust policy and own policies allow it.

    Raises:
        AccessDenied: they do not.
    """
    own = load_rights(tx, caller)
    for action in assumption.actions():
        question = Question(
            principal=principal_of(caller),
            action=action,
            resource=assumption.role.arn.text,
            resource_account=assumption.role.account.text,
            context=assumption.keys() | caller_keys(caller, own.tags),
        )
        policies = Policies(
            identity=own.identity,
            resource=(assumption.policy,),
            boundary=own.boundary,
            session=own.session,
        )
        decision = evaluate(question, policies)
        if not decision.allowed:
            because = decision.because if decision.is_explicit else ""
            raise AccessDenied(caller.arn.text, action, assumption.role.arn.text, because)


def trusts_web_identity(assumption: Assumption, provider_arn: str, identity: WebIdentity) -> bool:
    """Whether a role's trust policy lets somebody whom a provider names assume it."""
    principal = Principal(
        kind=PrincipalKind.FEDERATED, arn=provider_arn, account=assumption.role.account.text
    )
    context = {
        **assumption.keys(),
        **identity.context(),
        "aws:FederatedProvider": (provider_arn,),
    }
    policies = Policies(resource=(assumption.policy,))
    return all(
        evaluate(
            Question(
                principal=principal,
                action=action,
                resource=assumption.role.arn.text,
                resource_account=assumption.role.account.text,
                context=context,
            ),
            policies,
        ).allowed
        for action in assumption.actions()
    )
