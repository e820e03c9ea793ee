"""May this principal do this, and which statement says so.

Source: IAM user guide, "Policy evaluation logic", "Policy evaluation for requests within a single
account", "Cross-account policy evaluation logic" and "Access denied error messages".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

from portside.policy.conditions import holds
from portside.policy.matching import action_matches
from portside.policy.principals import Grant, Principal, PrincipalKind, grant
from portside.policy.statements import Effect, Element, Kind, Policy, Statement
from portside.policy.variables import Reading, arn_matches, read_template


class Source(Enum):
    """What a policy is to a request; the values are AWS's words."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    TRUST = "role trust policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"

    @property
    def with_article(self) -> str:
        """The words in a sentence."""
        return {Source.IDENTITY: "an ", Source.TRUST: "the "}.get(self, "a ") + self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who would do what to which resource, under which circumstances.

    ``resource`` is an ARN, or ``*`` for an action on no resource of its own. ``context`` holds the
    condition keys of the request.
    """

    principal: Principal
    action: str
    resource: str
    resource_account: str
    context: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """Every policy that has a say. No session policies means no limit by them."""

    identity: Sequence[Policy] = ()
    resource: Sequence[Policy] = ()
    """Of the repository and of its registry; or the trust policy of the role to be assumed."""
    boundary: Policy | None = None
    session: Sequence[Policy] = ()


@dataclass(frozen=True, slots=True)
class Cited:
    """A statement, and the policy that it is in."""

    source: Source
    policy: Policy
    statement: Statement

    def __str__(self) -> str:
        name = self.statement.sid or f"number {self.statement.position + 1}"
        return f"statement {name} of {self.source.value} {self.policy.name or '(unnamed)'}"


@dataclass(frozen=True, slots=True)
class Decision:
    """An effect, what decided it in AWS's words, and the statement, where one did.

    ``asked`` holds the condition keys that were looked at, in lower case: as long as their values
    and the policies stay, so does the decision.
    """

    effect: Effect
    because: str
    statement: Cited | None = None
    asked: frozenset[str] = frozenset()

    @property
    def allowed(self) -> bool:
        """Whether the action may go on."""
        return self.effect is Effect.ALLOW

    @property
    def is_explicit(self) -> bool:
        """Whether a statement denies, rather than none allowing."""
        return self.effect is Effect.DENY and self.statement is not None


def evaluate(question: Question, policies: Policies) -> Decision:
    """Decide. A denial anywhere goes before everything; what nothing allows is denied."""
    view = _View(question, policies)
    decision = view.explicit_deny() or view.decide()
    return replace(decision, asked=frozenset(view.asked))


def statements_in_force(question: Question, policies: Policies) -> tuple[Cited, ...]:
    """Every statement that speaks of this request, allowing or denying, in order."""
    view = _View(question, policies)
    return tuple(cited for source in Source for cited, _ in view.in_force(source))


def sources(policies: Policies) -> dict[Source, Sequence[Policy]]:
    """The policies by what each is to a request."""
    return {
        Source.IDENTITY: policies.identity,
        Source.RESOURCE: [one for one in policies.resource if one.kind is not Kind.TRUST],
        Source.TRUST: [one for one in policies.resource if one.kind is Kind.TRUST],
        Source.BOUNDARY: [] if policies.boundary is None else [policies.boundary],
        Source.SESSION: policies.session,
    }


class _View:
    """One question to one set of policies."""

    def __init__(self, question: Question, policies: Policies) -> None:
        self._question = question
        self._reading = Reading(question.context)
        self._policies = sources(policies)

    @property
    def asked(self) -> set[str]:
        return self._reading.asked

    def in_force(self, source: Source) -> Iterator[tuple[Cited, Grant]]:
        for policy in self._policies[source]:
            for statement in policy.statements:
                given = grant(statement.principal, self._question.principal)
                if given and _applies(statement, self._question, self._reading):
                    yield Cited(source, policy, statement), given

    def explicit_deny(self) -> Decision | None:
        for source in Source:
            for cited, _ in self.in_force(source):
                if cited.statement.effect is Effect.DENY:
                    because = f"with an explicit deny in {source.with_article}"
                    return Decision(Effect.DENY, because, cited)
        return None

    def decide(self) -> Decision:
        kind = self._question.principal.kind
        if kind in (PrincipalKind.SERVICE, PrincipalKind.FEDERATED):
            return self._resource_side()
        if self._question.principal.account != self._question.resource_account:
            return self._both_sides()
        return self._one_account()

    def _one_account(self) -> Decision:
        """Within an account identity and resource policies add up."""
        cited, given = self._strongest()
        if self._policies[Source.TRUST] and cited is None:
            return self._nothing_allows(Source.TRUST)
        if cited is not None and given is Grant.DIRECT:
            return self._allowed_by(cited)
        if cited is not None and given is Grant.ROLE:
            return self._limited(self._allowed_by(cited))
        return self._identity_side()

    def _both_sides(self) -> Decision:
        """Between accounts both must allow: the principal's own, and the resource's."""
        own = self._identity_side()
        return self._resource_side() if own.allowed else own

    def _identity_side(self) -> Decision:
        if self._question.principal.kind is PrincipalKind.ROOT:
            return Decision(Effect.ALLOW, "the root user may do what its account may")
        allow = self._allow(Source.IDENTITY)
        if allow is None:
            return self._nothing_allows(Source.IDENTITY)
        return self._limited(self._allowed_by(allow))

    def _limited(self, decision: Decision) -> Decision:
        for source in (Source.BOUNDARY, Source.SESSION):
            if self._policies[source] and self._allow(source) is None:
                return self._nothing_allows(source)
        return decision

    def _resource_side(self) -> Decision:
        cited, given = self._strongest()
        is_stranger = self._question.principal.kind is PrincipalKind.FEDERATED
        if cited is None or (is_stranger and given is not Grant.DIRECT):
            trust = Source.TRUST if self._policies[Source.TRUST] else Source.RESOURCE
            return self._nothing_allows(trust)
        return self._allowed_by(cited)

    def _strongest(self) -> tuple[Cited | None, Grant]:
        best: tuple[Cited | None, Grant] = (None, Grant.NONE)
        for source in (Source.RESOURCE, Source.TRUST):
            for cited, given in self.in_force(source):
                if cited.statement.effect is Effect.ALLOW and given > best[1]:
                    best = (cited, given)
        return best

    def _allow(self, source: Source) -> Cited | None:
        return next(
            (cited for cited, _ in self.in_force(source) if cited.statement.effect is Effect.ALLOW),
            None,
        )

    def _allowed_by(self, cited: Cited) -> Decision:
        words = f"{cited.source.with_article} allows the {self._question.action} action"
        return Decision(Effect.ALLOW, words, cited)

    def _nothing_allows(self, source: Source) -> Decision:
        because = f"no {source.value} allows the {self._question.action} action"
        return Decision(Effect.DENY, because)


def _applies(statement: Statement, question: Question, reading: Reading) -> bool:
    unresolved = statement.effect is Effect.DENY
    return (
        names_action(statement.action, question.action)
        and names_resource(statement, question.resource, reading)
        and all(
            holds(condition, reading, variables=statement.variables, unresolved=unresolved)
            for condition in statement.conditions
        )
    )


def names_action(element: Element, action: str) -> bool:
    """Whether an ``Action`` or ``NotAction`` speaks of an action."""
    named = any(action_matches(pattern, action) for pattern in element.patterns)
    return named is not element.negated


def names_resource(statement: Statement, resource: str, reading: Reading) -> bool:
    """Whether a statement's ``Resource`` or ``NotResource`` speaks of a resource."""
    element = statement.resource
    if element is None:
        return True
    answers = [
        resource_matches(pattern, resource, reading, variables=statement.variables)
        for pattern in element.patterns
    ]
    if True in answers:
        return not element.negated
    if element.negated and None in answers:
        # What cannot be told apart must neither widen an Allow nor narrow a Deny.
        return statement.effect is Effect.DENY
    return element.negated


def resource_matches(
    pattern: str, resource: str, reading: Reading, *, variables: bool
) -> bool | None:
    """Whether a resource is one that a pattern names; ``None`` where a variable has no value."""
    if pattern == "*":
        return True
    template = read_template(pattern, variables=variables, wildcards=True)
    return arn_matches(template, resource, reading)
