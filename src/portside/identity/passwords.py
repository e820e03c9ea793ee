"""What an account asks of its users' passwords (IAM ``PasswordPolicy``)."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from portside.identity.refusals import PasswordRefused

SYMBOLS: Final = frozenset("!@#$%^&*()_+-=[]{}|'")
"""IAM user guide, "Custom password policy options": the characters that count as symbols."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """A custom password policy; the defaults are those of UpdateAccountPasswordPolicy."""

    length_min: int = 6
    symbols: bool = False
    numbers: bool = False
    uppercase: bool = False
    lowercase: bool = False
    users_may_change: bool = False
    age_max_days: int | None = None
    reuse_prevention: int | None = None
    hard_expiry: bool | None = None

    def as_record(self) -> dict[str, Any]:
        """The policy as JSON keeps it."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> PasswordPolicy:
        """The inverse of :meth:`as_record`."""
        return cls(**record)

    def expires_at(self, changed_at: datetime) -> datetime | None:
        """When a password set then is too old, or ``None`` for never."""
        if self.age_max_days is None:
            return None
        return changed_at + timedelta(days=self.age_max_days)


DEFAULT_LENGTH_MIN: Final = 8
_KINDS_MIN: Final = 3


def check_password(policy: PasswordPolicy | None, password: str, account_alias: str | None) -> None:
    """Refuse a password that the account's policy, or without one IAM's default, does not take.

    Raises:
        PasswordRefused: with the first rule that it breaks.
    """
    if policy is None:
        _check_default(password, account_alias)
        return
    rules = (
        (True, len(password) >= policy.length_min, f"a minimum length of {policy.length_min}"),
        (policy.lowercase, _has(password, string.ascii_lowercase), "at least one lowercase letter"),
        (policy.uppercase, _has(password, string.ascii_uppercase), "at least one uppercase letter"),
        (policy.numbers, _has(password, string.digits), "at least one number"),
        (policy.symbols, _has(password, SYMBOLS), "at least one of the symbols "),
    )
    for asked, kept, rule in rules:
        if asked and not kept:
            shown = rule + "! @ # $ % ^ & * ( ) _ + - = [ ] { } | '" if rule[-1] == " " else rule
            raise PasswordRefused(f"Password should have {shown}")


def _check_default(password: str, account_alias: str | None) -> None:
    if len(password) < DEFAULT_LENGTH_MIN:
        raise PasswordRefused(f"Password should have a minimum length of {DEFAULT_LENGTH_MIN}")
    kinds = (string.ascii_uppercase, string.ascii_lowercase, string.digits, SYMBOLS)
    if sum(_has(password, kind) for kind in kinds) < _KINDS_MIN:
        raise PasswordRefused(
            "Password should have at least three of the following character types: uppercase "
            "letters, lowercase letters, numbers, and symbols"
        )
    if account_alias is not None and password.lower() == account_alias.lower():
        raise PasswordRefused("Password should not be identical to the account's name")


def _has(password: str, characters: str | frozenset[str]) -> bool:
    return any(character in characters for character in password)
