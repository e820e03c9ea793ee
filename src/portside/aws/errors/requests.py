"""How refusals of callers and of what they send are worded."""

from __future__ import annotations

from portside.access import refusals as access
from portside.aws.errors.wording import Answers, Wording, invalid_parameter, too_large
from portside.aws.protocol.errors import AWSError
from portside.names.errors import MalformedName
from portside.registry import pages
from portside.registry import refusals as registry
from portside.registry.throttling import Throttled
from portside.web import limits
from portside.web.bodies import BodyTooLarge


def _malformed(refusal: MalformedName) -> Wording:
    parameters = {
        "tag": "imageTag",
        "digest": "imageDigest",
        "account": "registryId",
        "repository name": "repositoryName",
    }
    return invalid_parameter(parameters.get(refusal.kind, refusal.kind), refusal.rule)


def _denied(refusal: access.AccessDenied) -> Wording:
    return "AccessDeniedException", str(refusal)


ANSWERS: Answers = {
    MalformedName: _malformed,
    BodyTooLarge: too_large,
    pages.MalformedPageToken: lambda _: invalid_parameter("nextToken", "Invalid token"),
    # AWS's common errors have the first; S3, the only service that words them, the others.
    limits.ServerBusy: lambda refusal: AWSError(
        "ServiceUnavailable",
        "Service is unable to handle request.",
        status=503,
        retry_seconds=refusal.wait_seconds,
    ),
    registry.DatabaseUnavailable: lambda _: AWSError(
        "ServiceUnavailable",
        "The database cannot be reached.",
        status=503,
        retry_seconds=1,
    ),
    limits.HeadersTooLarge: lambda refusal: AWSError(
        "RequestHeaderSectionTooLarge",
        f"Your request header section exceeds the maximum allowed size of {refusal.limit_bytes} "
        "bytes.",
        status=431,
    ),
    limits.BodyTooSlow: lambda _: AWSError(
        "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout "
        "period.",
        status=408,
    ),
    Throttled: lambda _: ("ThrottlingException", "Rate exceeded"),
    access.AccessDenied: _denied,
    access.CredentialsMissing: lambda _: (
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    ),
    access.CredentialsUnknown: lambda _: (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ),
    access.SessionExpired: lambda _: (
        "ExpiredTokenException",
        "The security token included in the request is expired",
    ),
}
