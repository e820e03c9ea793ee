"""Signature Version 4, verified (IAM user guide, "AWS Signature Version 4").

Canonicalization and signing are botocore's own: what its clients compute is what is compared.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from portside.aws.claims import (
    TIMESTAMP,
    Claim,
    Failure,
    NotAuthenticated,
    SignedRequest,
    incomplete,
    parse_claim,
    query_parameters,
)

__all__ = ["Claim", "Failure", "NotAuthenticated", "SignedRequest", "parse_claim", "verify"]

SKEW: Final = timedelta(minutes=15)
UNSIGNED_PAYLOAD: Final = "UNSIGNED-PAYLOAD"
_TIMESTAMP_FORM = re.compile(r"[0-9]{8}T[0-9]{6}Z")


def verify(request: SignedRequest, claim: Claim, secret: str, now: datetime) -> None:
    """Prove that the request was signed with this secret, lately, and was not changed since.

    Raises:
        NotAuthenticated: it was not.
    """
    _check_time(claim, now)
    payload = _payload(request, claim)
    if not hmac.compare_digest(_sign(request, claim, secret, payload), claim.signature.encode()):
        raise _mismatch(
            "The request signature we calculated does not match the signature you provided. Check "
            "your AWS Secret Access Key and signing method. Consult the service documentation for "
            "details."
        )


def _mismatch(message: str) -> NotAuthenticated:
    return NotAuthenticated(Failure.MISMATCH, message)


def _check_time(claim: Claim, now: datetime) -> None:
    signed_at = _parse_timestamp(claim.timestamp)
    if signed_at is None:
        raise incomplete(
            "Date must be in ISO-8601 'basic format'. Got "
            f"'{claim.timestamp[:100]}'. See http://en.wikipedia.org/wiki/ISO_8601"
        )
    if claim.timestamp[:8] != claim.date:
        raise _mismatch(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{claim.date}' != '{claim.timestamp[:8]}', from '{claim.timestamp}'."
        )
    shown, present = claim.timestamp, now.strftime(TIMESTAMP)
    lifetime = SKEW if claim.expires_seconds is None else timedelta(seconds=claim.expires_seconds)
    oldest, latest = now - lifetime, now + SKEW
    if signed_at < oldest:
        minutes = int(lifetime.total_seconds() // 60)
        raise _mismatch(
            f"Signature expired: {shown} is now earlier than {oldest.strftime(TIMESTAMP)} "
            f"({present} - {minutes} min.)"
        )
    if signed_at > latest:
        raise _mismatch(
            f"Signature not yet current: {shown} is still later than "
            f"{latest.strftime(TIMESTAMP)} ({present} + 15 min.)"
        )


def _payload(request: SignedRequest, claim: Claim) -> str:
    """The payload's hash as the canonical request has it."""
    actual = hashlib.sha256(request.body).hexdigest()
    announced = request.header("x-amz-content-sha256")
    if announced is None and claim.is_presigned:
        announced = query_parameters(request).get("x-amz-content-sha256")
    if announced in (None, actual):
        return actual
    # Whoever holds a presigned URL may not add a body of his own to it.
    if announced == UNSIGNED_PAYLOAD and claim.is_presigned and not request.body:
        return UNSIGNED_PAYLOAD
    raise _mismatch("The value of 'x-amz-content-sha256' is not the SHA-256 of the request's body.")


def _parse_timestamp(text: str) -> datetime | None:
    if not _TIMESTAMP_FORM.fullmatch(text):
        return None
    try:
        return datetime.strptime(text, TIMESTAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def _canonical_query(query_string: str, *, is_presigned: bool) -> str:
    """The query without its own signature, each part decoded and encoded anew, as AWS does.

    Clients and proxies differ in what they escape. Bytes are kept, so that two queries that are
    not UTF-8 never look alike.
    """
    pairs = []
    for pair in query_string.split("&"):
        name, _, value = pair.replace("+", " ").partition("=")
        key = unquote_to_bytes(name)
        if pair and not (is_presigned and key.lower() == b"x-amz-signature"):
            pairs.append(f"{quote(key, '-_.~')}={quote(unquote_to_bytes(value), '-_.~')}")
    return "&".join(pairs)


def _sign(request: SignedRequest, claim: Claim, secret: str, payload: str) -> bytes:
    # botocore is loaded with the first AWS call, not with the server.
    from botocore.auth import SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.compat import HTTPHeaders  # noqa: PLC0415
    from botocore.credentials import Credentials  # noqa: PLC0415

    headers: Any = HTTPHeaders()
    for name, value in request.headers:
        if name in claim.signed_headers:
            headers[name] = value
    # A path cannot hold these two; escaped, they reach the canonical request and spoil it.
    path = "/" + request.raw_path.removeprefix("/").replace("#", "%23").replace("?", "%3F")
    query = _canonical_query(request.query_string, is_presigned=claim.is_presigned)
    make_request: Any = AWSRequest
    signed = make_request(
        method=request.method,
        url=f"http://signed{path}?{query}",
        headers=headers,
    )
    signed.context["timestamp"] = claim.timestamp
    auth: Any = SigV4Auth(Credentials(claim.access_key_id, secret), claim.service, claim.region)
    auth.headers_to_sign = lambda _request: headers
    auth.payload = lambda _request: payload
    canonical = auth.canonical_request(signed)
    return str(auth.signature(auth.string_to_sign(signed, canonical), signed)).encode()
