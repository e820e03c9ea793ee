"""Accounts, regions, and the registry that the two of them name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from portside.names.errors import MalformedName

_ACCOUNT = re.compile(r"[0-9]{12}")
_ALIAS = re.compile(r"[a-z0-9]++(?:-[a-z0-9]++)*+")
_REGION = re.compile(r"[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-[0-9]{1,2}")


@dataclass(frozen=True, slots=True, order=True)
class AccountId:
    """Twelve digits.

    Raises:
        MalformedName: anything else.
    """

    text: str

    def __post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.text):
            raise MalformedName("account", self.text, "expected 12 digits")

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> AccountId:
        """Read an account id; the constructor's twin for callers that take parsers."""
        return cls(text)


@dataclass(frozen=True, slots=True, order=True)
class AccountAlias:
    """A name that may stand for an account's digits (IAM ``accountAliasType``).

    Raises:
        MalformedName: not 3 to 63 small letters, digits and single inner hyphens.
    """

    text: str

    def __post_init__(self) -> None:
        if not 3 <= len(self.text) <= 63 or not _ALIAS.fullmatch(self.text):
            raise MalformedName(
                "account alias",
                self.text,
                "expected 3 to 63 small letters, digits and single hyphens between them",
            )

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> AccountAlias:
        """Read an alias; the constructor's twin for callers that take parsers."""
        return cls(text)


@dataclass(frozen=True, slots=True, order=True)
class Region:
    """An AWS region's name, as in ``us-east-1`` or ``us-gov-west-1``.

    Raises:
        MalformedName: anything else.
    """

    text: str

    def __post_init__(self) -> None:
        if len(self.text) > 40 or not _REGION.fullmatch(self.text):
            raise MalformedName("region", self.text, "expected the form of us-east-1")

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: str) -> Region:
        """Read a region; the constructor's twin for callers that take parsers."""
        return cls(text)


@dataclass(frozen=True, slots=True, order=True)
class RegistryId:
    """The one registry that an account has in a region."""

    account: AccountId
    region: Region
