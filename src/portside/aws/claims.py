"""What a request says of its signature (IAM user guide, "AWS Signature Version 4").

It stands in the ``Authorization`` header or, of a presigned request, in the query. Nothing here is
proven yet: :mod:`portside.aws.sigv4` does that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final
from urllib.parse import parse_qsl

ALGORITHM: Final = "AWS4-HMAC-SHA256"
EXPIRES_MAX_SECONDS: Final = 604_800
TIMESTAMP: Final = "%Y%m%dT%H%M%SZ"
_EXPIRES_DEFAULT_SECONDS: Final = 900
_TERMINATOR: Final = "aws4_request"
_PARAMETER = re.compile(r"([A-Za-z-]{1,40})=([^,\s]{1,2000})")
_ACCESS_KEY_ID = re.compile(r"[A-Za-z0-9_]{1,128}")
_SCOPE_NAME = re.compile(r"[a-z0-9-]{1,40}")


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
    session_token: str | None
    """Of temporary credentials, else ``None``."""
    expires_seconds: int | None
    """Of a presigned request, else ``None``."""

    @property
    def is_presigned(self) -> bool:
        """Whether the signature stands in the query."""
        return self.expires_seconds is not None


def incomplete(message: str) -> NotAuthenticated:
    """The refusal of a signature that lacks something or says it wrongly."""
    return NotAuthenticated(Failure.INCOMPLETE, message)


def parse_claim(request: SignedRequest) -> Claim:
    """Read the ``Authorization`` header, or the query of a presigned request.

    Raises:
        NotAuthenticated: there is neither, or it lacks something, or both are there.
    """
    headers = [value for name, value in request.headers if name == "authorization"]
    query = query_parameters(request)
    if not headers and "x-amz-algorithm" not in query:
        raise NotAuthenticated(Failure.MISSING, "Missing Authentication Token")
    if len(headers) + ("x-amz-algorithm" in query) > 1:
        raise incomplete("The request has more than one signature.")
    claim = _from_header(headers[0], request) if headers else _from_query(query)
    _check_signed_headers(claim, request)
    return claim


def query_parameters(request: SignedRequest) -> dict[str, str]:
    """The ``X-Amz-`` parameters of the query, by their names in lower case."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(request.query_string, keep_blank_values=True):
        key = name.lower()
        if key in found:
            raise incomplete(f"The query has more than one '{name[:100]}'.")
        if key.startswith("x-amz-"):
            found[key] = value
    return found


def _from_header(header: str, request: SignedRequest) -> Claim:
    algorithm, _, rest = header.strip().partition(" ")
    # AWS tells the owner of another scheme's header what Signature Version 4 would need.
    parameters = _header_parameters(rest) if algorithm == ALGORITHM else {}
    timestamp = request.header("x-amz-date") or _http_date(request.header("date"))
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if name not in parameters
    ]
    if timestamp is None:
        missing.append(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    if missing or timestamp is None:
        raise incomplete(" ".join(missing))
    access_key_id, date, region, service = _parse_credential(parameters["Credential"])
    return Claim(
        access_key_id=access_key_id,
        date=date,
        region=region,
        service=service,
        signed_headers=tuple(parameters["SignedHeaders"].split(";")),
        signature=parameters["Signature"],
        timestamp=timestamp,
        session_token=request.header("x-amz-security-token"),
        expires_seconds=None,
    )


def _header_parameters(text: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for part in text.split(",", 10) if text else ():
        found = _PARAMETER.fullmatch(part.strip())
        if found is None:
            raise incomplete(
                f"'{part.strip()[:100]}' not a valid key=value pair (missing equal-sign) in "
                "Authorization header."
            )
        if found[1] in parameters:
            raise incomplete(f"Authorization header has more than one '{found[1]}' parameter.")
        parameters[found[1]] = found[2]
    return parameters


def _from_query(query: dict[str, str]) -> Claim:
    if query["x-amz-algorithm"] != ALGORITHM:
        raise incomplete(f"Unsupported AWS 'algorithm': '{query['x-amz-algorithm'][:100]}'.")
    missing = [
        f"AWS query-string parameters must include 'X-Amz-{name}'."
        for name in ("Credential", "Signature", "SignedHeaders", "Date")
        if f"x-amz-{name.lower()}" not in query
    ]
    if missing:
        raise incomplete(" ".join(missing))
    access_key_id, date, region, service = _parse_credential(query["x-amz-credential"])
    return Claim(
        access_key_id=access_key_id,
        date=date,
        region=region,
        service=service,
        signed_headers=tuple(query["x-amz-signedheaders"].split(";")),
        signature=query["x-amz-signature"],
        timestamp=query["x-amz-date"],
        session_token=query.get("x-amz-security-token"),
        expires_seconds=_parse_expires(query.get("x-amz-expires")),
    )


def _parse_expires(text: str | None) -> int:
    if text is None:
        return _EXPIRES_DEFAULT_SECONDS
    if not re.fullmatch(r"[0-9]{1,6}", text) or not 1 <= int(text) <= EXPIRES_MAX_SECONDS:
        raise incomplete(f"X-Amz-Expires must be from 1 to {EXPIRES_MAX_SECONDS} seconds.")
    return int(text)


def _parse_credential(text: str) -> tuple[str, str, str, str]:
    parts = text.split("/", 5)
    if len(parts) != 5:
        raise incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            f"keyid/date/region/service/term, got '{text[:200]}'"
        )
    access_key_id, date, region, service, terminator = parts
    if terminator != _TERMINATOR:
        raise incomplete(
            f"Credential should be scoped with a valid terminator: '{_TERMINATOR}', not "
            f"'{terminator[:100]}'."
        )
    if not _ACCESS_KEY_ID.fullmatch(access_key_id):
        raise incomplete("Credential must begin with an access key id.")
    if not re.fullmatch(r"[0-9]{8}", date):
        raise incomplete(f"Date in Credential scope must be YYYYMMDD, not '{date[:100]}'.")
    if not _SCOPE_NAME.fullmatch(region) or not _SCOPE_NAME.fullmatch(service):
        raise incomplete("Credential should be scoped to a valid region and service.")
    return access_key_id, date, region, service


def _check_signed_headers(claim: Claim, request: SignedRequest) -> None:
    names = claim.signed_headers
    present = {name for name, _ in request.headers}
    if "host" not in names:
        raise incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    if list(names) != sorted(set(names)) or any(name != name.lower() for name in names):
        raise incomplete("SignedHeaders must be lower-case names, sorted, each once.")
    if not present.issuperset(names):
        absent = min(set(names) - present)
        raise incomplete(f"The header '{absent[:100]}' is signed but not present.")
    unsigned = sorted(name for name in present - set(names) if name.startswith("x-amz-"))
    if unsigned:
        raise incomplete(f"The header '{unsigned[0][:100]}' is present but not signed.")


def _http_date(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
        # "-0000" makes a time without a zone, which astimezone would take for local time.
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).strftime(TIMESTAMP)
    except (ValueError, OverflowError):
        return text
