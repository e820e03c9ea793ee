"""How refusals of callers and of what they send are worded."""

from __future__ import annotations

from portside.access import refusals as access
from portside.aws.errors.wording import Answers, Wording, invalid_parameter, too_large
from portside.names.errors import MalformedName
from portside.registry import pages
from portside.registry.throttling import Throttled
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
