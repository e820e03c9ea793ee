"""Why a caller is turned away, as facts; each face words them."""

from __future__ import annotations

from dataclasses import dataclass

from portside.names.errors import Refusal


@dataclass(eq=False)
class CredentialsMissing(Refusal):
    """The request names nobody."""


@dataclass(eq=False)
class CredentialsUnknown(Refusal):
    """The access key is unknown or inactive."""

    access_key_id: str


@dataclass(eq=False)
class SessionExpired(Refusal):
    """The temporary credentials' time is over."""


@dataclass(eq=False)
class TokenInvalid(Refusal):
    """Not a token that this registry issued, or its principal is gone."""


@dataclass(eq=False)
class TokenExpired(Refusal):
    """The token's twelve hours, or those of its session, are over."""


@dataclass(eq=False)
class AccessDenied(Refusal):
    """The caller may not do this; ``because`` is the deciding reason."""

    principal: str
    action: str
    resource: str
    because: str

    def __str__(self) -> str:
        """AWS's sentence for a denial (IAM user guide, "Access denied error messages")."""
        denied = (
            f"User: {self.principal} is not authorized to perform: {self.action} on resource: "
            f"{self.resource}"
        )
        if not self.because:
            # STS does not tell why.
            return denied
        reason = self.because if self.because.startswith("with ") else f"because {self.because}"
        return f"{denied} {reason}"
