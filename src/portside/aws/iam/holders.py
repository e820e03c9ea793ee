"""The three kinds of identity as the API names them, and the ARNs that its operations act on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from portside.access.authorize import Resource
from portside.aws.calls import Call
from portside.identity.identities import Identity, Kind, identity_arn
from portside.identity.policies import AWS_PREFIX, policy_arn
from portside.identity.refusals import InputRefused, UserNameMissing
from portside.names.arns import Arn
from portside.names.errors import MalformedName


@dataclass(frozen=True, slots=True)
class Holder:
    """Who can have policies: a kind of identity, with its word and its parameter."""

    kind: Kind
    word: str

    @property
    def parameter(self) -> str:
        """The parameter that names it."""
        return f"{self.word}Name"

    def name(self, call: Call) -> str:
        """The name that the request gives."""
        return str(call.params[self.parameter])

    def resource(self, call: Call) -> Resource:
        """The identity that the request names, under the ARN that it has now."""
        name = self.name(call)
        account = call.caller.account
        found = call.deeds.iam.identities.find_arn(account, self.kind, name)
        return Resource.of(found or identity_arn(account, self.kind, "/", name))

    def new_resource(self, call: Call) -> Resource:
        """The identity that the request would make."""
        path = call.params.get("Path") or "/"
        return Resource.of(identity_arn(call.caller.account, self.kind, path, self.name(call)))


USER: Final = Holder(Kind.USER, "User")
GROUP: Final = Holder(Kind.GROUP, "Group")
ROLE: Final = Holder(Kind.ROLE, "Role")
HOLDERS: Final = (USER, GROUP, ROLE)


def acting_user(call: Call) -> Identity:
    """The user or root user that calls.

    Raises:
        UserNameMissing: the caller is a role's session.
    """
    found = call.deeds.iam.identities.find_of_arn(call.caller.arn.text)
    if found is None or found.kind not in {Kind.USER, Kind.ROOT}:
        raise UserNameMissing
    return found


def named_or_acting_user(call: Call) -> Identity:
    """The user whom ``UserName`` names, else the one that calls.

    Raises:
        NoSuchEntity: there is no such user.
        UserNameMissing: no name is given, and the caller is a role's session.
    """
    name = call.params.get("UserName")
    if name is None:
        return acting_user(call)
    return call.deeds.iam.identities.get(call.caller.account, Kind.USER, name)


def named_or_acting_resource(call: Call) -> Resource:
    """The user whom ``UserName`` names, else the one that calls."""
    if call.params.get("UserName") is None:
        return Resource.of(call.caller.arn)
    return USER.resource(call)


def resources_below(kind: Kind) -> Callable[[Call], Resource]:
    """All identities of a kind below the path that a listing is asked for."""

    def resource(call: Call) -> Resource:
        prefix = call.params.get("PathPrefix") or "/"
        return Resource.of(identity_arn(call.caller.account, kind, prefix, "*"))

    return resource


def named_policy(call: Call) -> Resource:
    """The policy that ``PolicyArn`` names; AWS's own can be read by everybody who may."""
    arn = parse_arn(call.params["PolicyArn"])
    if arn.text.startswith(AWS_PREFIX):
        return Resource(arn.text, call.caller.account.text)
    return Resource.of(arn)


def changed_policy(call: Call) -> Resource:
    """The policy that ``PolicyArn`` names, to be changed; AWS's own belong to nobody here."""
    return Resource.of(parse_arn(call.params["PolicyArn"]))


def new_policy(call: Call) -> Resource:
    """The policy that the request would make."""
    path = call.params.get("Path") or "/"
    return Resource.of(policy_arn(call.caller.account, path, call.params["PolicyName"]))


def named_provider(call: Call) -> Resource:
    """The OpenID Connect provider that the request names."""
    return Resource.of(parse_arn(call.params["OpenIDConnectProviderArn"]))


def parse_arn(text: str) -> Arn:
    """An ARN of a request.

    Raises:
        InputRefused: it is none.
    """
    try:
        return Arn(text)
    except MalformedName as error:
        raise InputRefused(f"ARN {text[:200]} is not valid.") from error


def read_tags(params: dict[str, Any]) -> list[tuple[str, str]]:
    """The tags that a request gives."""
    return [(tag["Key"], tag["Value"]) for tag in params.get("Tags") or []]
