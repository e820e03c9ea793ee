"""Account settings: their names, what they may be, and what they are unless set.

Source: ECR API, PutAccountSetting; ECR user guide, "Private registry settings".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portside.names.errors import Refusal


class AccountSetting(StrEnum):
    """What can be set for a registry."""

    BASIC_SCAN_TYPE_VERSION = "BASIC_SCAN_TYPE_VERSION"
    """Which engine basic scanning uses."""
    REGISTRY_POLICY_SCOPE = "REGISTRY_POLICY_SCOPE"
    """Whether a registry policy speaks of three actions (V1) or of all (V2)."""
    BLOB_MOUNTING = "BLOB_MOUNTING"
    """Whether a push may take layers from other repositories of the registry."""


SCOPE_OF_THREE: Final = "V1"
MOUNTING_ENABLED: Final = "ENABLED"

VALUES: Final = {
    AccountSetting.BASIC_SCAN_TYPE_VERSION: ("AWS_NATIVE",),
    AccountSetting.REGISTRY_POLICY_SCOPE: ("V2", SCOPE_OF_THREE),
    AccountSetting.BLOB_MOUNTING: (MOUNTING_ENABLED, "DISABLED"),
}
"""The values that each setting takes; the first is what it is unless set."""


@dataclass(eq=False)
class InvalidAccountSetting(Refusal):
    """No setting of this name, or no value for it: ``parameter`` is at fault."""

    parameter: str
    given: str
    allowed: tuple[str, ...]


def find_setting(name: str) -> AccountSetting:
    """The setting of this name.

    Raises:
        InvalidAccountSetting: there is none.
    """
    try:
        return AccountSetting(name)
    except ValueError as error:
        raise InvalidAccountSetting("name", name, tuple(AccountSetting)) from error


def check_value(setting: AccountSetting, value: str) -> None:
    """Refuse a value that the setting does not take.

    Raises:
        InvalidAccountSetting: with the values that it takes.
    """
    if value not in VALUES[setting]:
        raise InvalidAccountSetting("value", value, VALUES[setting])


def default_value(setting: AccountSetting) -> str:
    """What a setting is where nobody set it."""
    return VALUES[setting][0]
