"""How refusals of sessions and of identity tokens are worded."""

from __future__ import annotations

from portside.access import issuers, web_identity
from portside.aws.errors.wording import Answers, Wording
from portside.aws.protocol.errors import AWSError
from portside.identity import sessions
from portside.services.sign_in import SignInRefused


def _expired(refusal: web_identity.IdentityTokenExpired) -> Wording:
    now, end = (int(moment.timestamp()) for moment in (refusal.now, refusal.expired_at))
    # The face gives it STS's own code, which is not that of expired credentials.
    return "ExpiredIdentityTokenException", (
        f"Token expired: current date/time {now} must be before the expiration date/time {end}"
    )


ANSWERS: Answers = {
    sessions.SessionRefused: lambda refusal: ("ValidationError", refusal.reason),
    sessions.SessionTagsRefused: lambda refusal: ("InvalidParameterValue", refusal.reason),
    sessions.SessionDenied: lambda refusal: ("AccessDeniedException", refusal.reason),
    sessions.AccessKeyUnknown: lambda _: (
        "ValidationError",
        "The specified access key ID does not exist.",
    ),
    sessions.PackedPolicyTooLarge: lambda refusal: (
        "PackedPolicyTooLarge",
        f"Packed size of session policies and tags consumes {refusal.percent}% of allotted space.",
    ),
    web_identity.IdentityTokenInvalid: lambda refusal: ("InvalidIdentityToken", refusal.reason),
    web_identity.IdentityTokenExpired: _expired,
    web_identity.IdentityClaimRejected: lambda refusal: AWSError(
        "IDPRejectedClaim", refusal.reason, status=403
    ),
    SignInRefused: lambda _: (
        "AccessDeniedException",
        "Your authentication information is incorrect. Please try again.",
    ),
    issuers.IssuerUnreachable: lambda _: (
        "IDPCommunicationError",
        web_identity.NO_KEY,
    ),
}
