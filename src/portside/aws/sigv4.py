"""Signature Version 4, verified (IAM user guide, "AWS Signature Version 4").

Canonicalization and signing are botocore's own: what its clients compute is what is compared.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Any, Final
from urllib.parse import parse_qsl

ALGORITHM: Final = "AWS4-HMAC-SHA256"
SKEW: Final = timedelta(minutes=15)
EXPIRES_MAX_SECONDS: Final = 604_800
_TIMESTAMP: Final = "%Y%m%dT%H%M%SZ"
_PART = re.compile(r"\s*([A-Za-z-]{1,40})=([^,\s]{1,2000})\s*")
_SCOPE = re.compile(
    r"([A-Za-z0-9_]{1,128})/([0-9]{8})/([a-z0-9-]{1,40})/([a-z0-9-]{1,40})/aws4_request"
)


class Failure(Enum):
    """Why a request is not authenticated; each protocol has a code for it."""

    MISSING = "missing"
    INCOMPLETE = "incomplete"
    MISMATCH = "mismatch"


class NotAuthenticated(Exception):  # noqa: N818 - named for what it tells
    """The request's signature does not prove who sent it."""

    def __init__(self, failure: Failure, message: str) -> None:
        super().__init__(message)
        self.failure = failure
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """A request as it came over the wire; header names are in lower case."""

    method: str
    raw_path: str
    query_string: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header, several joined by commas, or ``None``."""
        found = [value for key, value in self.headers if key == name]
        return ",".join(found) if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a request says of its signature."""

    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]
    signature: str
    timestamp: str
    expires_seconds: int | None
    """Of a presigned request, else ``None``."""


def parse_claim(request: SignedRequest) -> Claim:
    """Read the ``Authorization`` header, or the query of a presigned request.

    Raises:
        NotAuthenticated: there is neither, or it lacks something.
    """
    header = request.header("authorization")
    query = dict(parse_qsl(request.query_string, keep_blank_values=True))
    if header is None and "X-Amz-Algorithm" not in query:
        raise NotAuthenticated(Failure.MISSING, "Missing Authentication Token")
    claim = _from_query(query) if header is None else _from_header(header, request)
    _check(claim, request)
    return claim


def verify(request: SignedRequest, claim: Claim, secret: str, now: datetime) -> None:
    """Prove that the request was signed with this secret, lately, and was not changed since.

    Raises:
        NotAuthenticated: it was not.
    """
    _check_time(claim, now)
    _check_payload(request)
    if not hmac.compare_digest(_sign(request, claim, secret).encode(), claim.signature.encode()):
        raise NotAuthenticated(
            Failure.MISMATCH,
            "The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details.",
        )


def _incomplete(message: str) -> NotAuthenticated:
    return NotAuthenticated(Failure.INCOMPLETE, message)


def _from_header(header: str, request: SignedRequest) -> Claim:
    algorithm, _, rest = header.strip().partition(" ")
    if algorithm != ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{algorithm[:100]}'.")
    matches = (_PART.fullmatch(part) for part in rest.split(","))
    parts: dict[str, str] = {found[1]: found[2] for found in matches if found}
    for name in ("Credential", "Signature", "SignedHeaders"):
        if name not in parts:
            raise _incomplete(f"Authorization header requires '{name}' parameter.")
    timestamp = request.header("x-amz-date") or _http_date(request.header("date"))
    if timestamp is None:
        raise _incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    return _claim(parts["Credential"], parts["SignedHeaders"], parts["Signature"], timestamp, None)


def _from_query(query: dict[str, str]) -> Claim:
    if query["X-Amz-Algorithm"] != ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{query['X-Amz-Algorithm'][:100]}'.")
    for name in ("Credential", "Signature", "SignedHeaders", "Date"):
        if f"X-Amz-{name}" not in query:
            raise _incomplete(f"AWS query-string parameters must include 'X-Amz-{name}'.")
    expires = query.get("X-Amz-Expires", "900")
    if not re.fullmatch(r"[0-9]{1,6}", expires) or not 1 <= int(expires) <= EXPIRES_MAX_SECONDS:
        raise _incomplete(f"X-Amz-Expires must be from 1 to {EXPIRES_MAX_SECONDS} seconds.")
    return _claim(
        query["X-Amz-Credential"],
        query["X-Amz-SignedHeaders"],
        query["X-Amz-Signature"],
        query["X-Amz-Date"],
        int(expires),
    )


def _claim(
    credential: str, signed: str, signature: str, timestamp: str, expires: int | None
) -> Claim:
    scope = _SCOPE.fullmatch(credential)
    if scope is None:
        raise _incomplete(
            "Credential must have the form ACCESS_KEY/YYYYMMDD/REGION/SERVICE/aws4_request."
        )
    return Claim(
        access_key_id=scope[1],
        date=scope[2],
        region=scope[3],
        service=scope[4],
        signed_headers=tuple(signed.lower().split(";")),
        signature=signature,
        timestamp=timestamp,
        expires_seconds=expires,
    )


def _check(claim: Claim, request: SignedRequest) -> None:
    if "host" not in claim.signed_headers:
        raise _incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    unsigned = [
        name
        for name, _ in request.headers
        if name.startswith("x-amz-") and name not in claim.signed_headers
    ]
    if unsigned:
        raise _incomplete(f"The header '{unsigned[0][:100]}' is present but not signed.")
    if sum(name == "authorization" for name, _ in request.headers) > 1:
        raise _incomplete("There is more than one Authorization header.")


def _check_time(claim: Claim, now: datetime) -> None:
    signed_at = _parse_timestamp(claim.timestamp)
    if signed_at is None:
        raise _incomplete("Date must be in ISO-8601 'basic format', YYYYMMDD'T'HHMMSS'Z'.")
    if claim.timestamp[:8] != claim.date:
        raise NotAuthenticated(
            Failure.MISMATCH,
            "Credential should be scoped to a valid date of the request's own.",
        )
    shown, present = signed_at.strftime(_TIMESTAMP), now.strftime(_TIMESTAMP)
    lifetime = timedelta(seconds=claim.expires_seconds or 0) or SKEW
    oldest = now - lifetime
    if signed_at < oldest:
        minutes = int(lifetime.total_seconds() // 60)
        raise NotAuthenticated(
            Failure.MISMATCH,
            f"Signature expired: {shown} is now earlier than {oldest.strftime(_TIMESTAMP)} "
            f"({present} - {minutes} min.)",
        )
    if signed_at > now + SKEW:
        latest = (now + SKEW).strftime(_TIMESTAMP)
        raise NotAuthenticated(
            Failure.MISMATCH,
            f"Signature not yet current: {shown} is still later than {latest} "
            f"({present} + 15 min.)",
        )


def _check_payload(request: SignedRequest) -> None:
    announced = request.header("x-amz-content-sha256")
    if announced is None:
        return
    if announced != hashlib.sha256(request.body).hexdigest():
        raise NotAuthenticated(
            Failure.MISMATCH,
            "The value of 'x-amz-content-sha256' is not the SHA-256 of the request's body.",
        )


def _parse_timestamp(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, _TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _http_date(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return parsedate_to_datetime(text).astimezone(UTC).strftime(_TIMESTAMP)
    except ValueError:
        return text[:100]


def _sign(request: SignedRequest, claim: Claim, secret: str) -> str:
    # botocore is loaded with the first AWS call, not with the server.
    from botocore.auth import SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.compat import HTTPHeaders  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    headers: Any = HTTPHeaders()
    for name, value in request.headers:
        if name in claim.signed_headers:
            headers[name] = value
    # Decoded and encoded anew, as AWS does: clients and proxies differ in what they escape.
    query = parse_qsl(request.query_string, keep_blank_values=True)
    make_request: Any = AWSRequest
    signed = make_request(
        method=request.method,
        url=f"http://signed{request.raw_path}",
        data=request.body,
        headers=headers,
        params=[pair for pair in query if pair[0] != "X-Amz-Signature"],
    )
    signed.context["timestamp"] = claim.timestamp
    auth: Any = SigV4Auth(Credentials(claim.access_key_id, secret), claim.service, claim.region)
    auth.headers_to_sign = lambda _request: headers
    canonical = auth.canonical_request(signed)
    return str(auth.signature(auth.string_to_sign(signed, canonical), signed))
