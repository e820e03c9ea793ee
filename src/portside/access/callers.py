"""The principal of a request, as authenticated now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from portside.names.accounts import AccountId
from portside.names.arns import Arn


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What an STS session adds to its principal, and what it takes from it.

    ``policies`` and ``policy_arns`` only narrow the principal's rights (IAM user guide, "Session
    policies"). ``role_arn`` is the role assumed, or ``None`` where a user has a session of its own
    (GetSessionToken).
    """

    name: str
    role_arn: Arn | None
    issued_at: datetime
    expires_at: datetime
    policies: tuple[str, ...] = ()
    """JSON texts of inline session policies."""
    policy_arns: tuple[str, ...] = ()
    """ARNs of managed policies that narrow the session."""
    tags: Mapping[str, str] = field(default_factory=dict, hash=False)
    """``aws:PrincipalTag/…`` of the session, before those of its principal."""
    transitive_tag_keys: tuple[str, ...] = ()
    """Which of the tags go on to the next role of a chain."""
    source_identity: str | None = None
    provider: str | None = None
    """Of a web identity its provider's ARN: ``aws:FederatedProvider``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who acts. ``unique_id`` stays with the principal and is never given to another.

    In a role's session ``arn`` is the session's, ``arn:aws:sts::ACCOUNT:assumed-role/ROLE/NAME``,
    and ``unique_id`` the role's.
    """

    arn: Arn
    account: AccountId
    unique_id: str
    is_root: bool
    access_key_id: str | None = None
    session: Session | None = None

    @property
    def principal_arn(self) -> Arn:
        """Whose rights these are: the session's role, else the caller's own ARN."""
        if self.session is not None and self.session.role_arn is not None:
            return self.session.role_arn
        return self.arn

    @property
    def user_id(self) -> str:
        """``aws:userid`` (IAM user guide, "Global condition context keys")."""
        if self.is_root:
            # AWS gives a root user's account as its unique id.
            return self.account.text
        if self.session is not None and self.session.role_arn is not None:
            return f"{self.unique_id}:{self.session.name}"
        return self.unique_id
