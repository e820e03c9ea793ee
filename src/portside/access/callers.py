"""The principal of a request, as authenticated now."""

from __future__ import annotations

from dataclasses import dataclass

from portside.names.accounts import AccountId
from portside.names.arns import Arn


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who acts. ``unique_id`` stays with the principal and is never given to another."""

    arn: Arn
    account: AccountId
    unique_id: str
    is_root: bool
    access_key_id: str | None = None
