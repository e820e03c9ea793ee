"""Requests signed by botocore, as a server sees them."""

import calendar
import email.utils
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from portside.aws.sigv4 import SignedRequest

KEY: Final = "AKIDEXAMPLE"
SECRET: Final = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"  # noqa: S105 - AWS's published example
NOW: Final = datetime(2026, 11, 24, 0, 30, 0, tzinfo=UTC)
HOST: Final = "registry.example:5000"
JSON_HEADERS: Final = {
    "host": HOST,
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
}


class _AtMoment:
    """Signs at a given moment instead of now, in the way that the rest of the class does."""

    moment: datetime

    def add_auth(self, request: Any) -> None:
        signer: Any = self
        request.context["timestamp"] = self.moment.strftime("%Y%m%dT%H%M%SZ")
        signer._modify_request_before_signing(request)
        canonical = signer.canonical_request(request)
        to_sign = signer.string_to_sign(request, canonical)
        signer._inject_signature_to_request(request, signer.signature(to_sign, request))


class HeaderSigner(_AtMoment, SigV4Auth):
    """botocore's signer of headers."""


class QuerySigner(_AtMoment, SigV4QueryAuth):
    """botocore's signer of URLs."""


def seen(request: Any) -> SignedRequest:
    """The request as it arrives."""
    parts = urlsplit(request.url)
    return SignedRequest(
        method=request.method,
        raw_path=parts.path,
        query_string=parts.query,
        headers=tuple((name.lower(), value) for name, value in request.headers.items()),
        body=request.data or b"",
    )


def unsigned(**changes: Any) -> Any:
    parts = {
        "method": "POST",
        "url": f"http://{HOST}/",
        "data": b"{}",
        "headers": dict(JSON_HEADERS),
    } | changes
    make: Any = AWSRequest
    return make(**parts)


def with_header(
    *, moment: datetime = NOW, token: str | None = None, secret: str = SECRET, **changes: Any
) -> SignedRequest:
    """A request with an ``Authorization`` header."""
    request = unsigned(**changes)
    signer: Any = HeaderSigner(Credentials(KEY, secret, token), "ecr", "us-east-1")
    signer.moment = moment
    signer.add_auth(request)
    return seen(request)


def presigned(
    *,
    moment: datetime = NOW,
    expires: int = 900,
    token: str | None = None,
    url: str = f"http://{HOST}/?Action=GetCallerIdentity&Version=2011-06-15",
    headers: dict[str, str] | None = None,
) -> SignedRequest:
    """A request with its signature in the query."""
    request = unsigned(method="GET", url=url, data=b"", headers={"host": HOST} | (headers or {}))
    signer: Any = QuerySigner(Credentials(KEY, SECRET, token), "sts", "us-east-1", expires)
    signer.moment = moment
    signer.add_auth(request)
    return seen(request)


def with_headers(request: SignedRequest, **changes: str | None) -> SignedRequest:
    """The request with headers replaced, added, or taken away (``None``)."""
    named = {name.replace("_", "-"): value for name, value in changes.items()}
    kept = [(name, value) for name, value in request.headers if name not in named]
    added = [(name, value) for name, value in named.items() if value is not None]
    return replace(request, headers=(*kept, *added))


def http_date(moment: datetime) -> str:
    """A ``Date`` header's value."""
    return email.utils.formatdate(calendar.timegm(moment.utctimetuple()), usegmt=True)
