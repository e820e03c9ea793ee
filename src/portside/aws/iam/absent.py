"""Kinds of things that Portside does not have: everybody has none of them.

Programs that delete a user or a role ask for each of these first, so that nothing stays behind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from portside.aws.calls import Call
from portside.aws.iam.holders import ROLE, named_or_acting_user
from portside.aws.iam.pages import paginate

Handler = Callable[[Call], dict[str, Any]]

OF_USERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ListMFADevices": "MFADevices",
        "ListSSHPublicKeys": "SSHPublicKeys",
        "ListServiceSpecificCredentials": "ServiceSpecificCredentials",
        "ListSigningCertificates": "Certificates",
    }
)
"""Operations that list what users have, with the member of their answers."""

OF_ROLES: Final[Mapping[str, str]] = MappingProxyType(
    {"ListInstanceProfilesForRole": "InstanceProfiles"}
)
"""Operations that list what roles have, with the member of their answers."""

OF_ACCOUNTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "ListInstanceProfiles": "InstanceProfiles",
        "ListVirtualMFADevices": "VirtualMFADevices",
    }
)
"""Operations that list what accounts have, with the member of their answers."""


def none_of_user(member: str) -> Handler:
    """What a user has of it, who must be there: nothing."""

    def handle(call: Call) -> dict[str, Any]:
        """List what a user has: none, since there are no such things here."""
        named_or_acting_user(call)
        return _none(member, call)

    return handle


def none_of_role(member: str) -> Handler:
    """What a role has of it, which must be there: nothing."""

    def handle(call: Call) -> dict[str, Any]:
        """List what a role has: none, since there are no such things here."""
        call.deeds.iam.identities.get(call.caller.account, ROLE.kind, ROLE.name(call))
        return _none(member, call)

    return handle


def none_of_account(member: str) -> Handler:
    """What the account has of it: nothing."""

    def handle(call: Call) -> dict[str, Any]:
        """List what the account has: none, since there are no such things here."""
        return _none(member, call)

    return handle


def _none(member: str, call: Call) -> dict[str, Any]:
    page, more = paginate(call, (), str)
    return {member: page, **more}
