"""Access keys as credentials: an upstream that is ECR, or answers like it, gives tokens for them.

So that what the operator stores need not be renewed every twelve hours (ECR GetAuthorizationToken).
"""

from __future__ import annotations

import json
import re
from contextlib import closing
from typing import Any, Final

from portside.registry.upstreams import UpstreamDenied, UpstreamKind, UpstreamUnavailable
from portside.services.upstreams.exchanges import Exchanges, Request
from portside.services.upstreams.sources import Credentials, Source

ANSWER_BYTES_MAX: Final = 64 * 1024
ASK_SECONDS_MAX: Final = 60.0
TOKEN_SECONDS: Final = 11 * 3600.0
"""For how long a token of twelve hours is used."""

_ACCESS_KEY_ID = re.compile(r"A[KS]IA[A-Z0-9]{12,124}")
_HOST = re.compile(r"[0-9]{12}\.dkr\.ecr\.([a-z0-9-]+)\.(amazonaws\.com(?:\.cn)?)")
_REGION_DEFAULT: Final = "us-east-1"
_TARGET: Final = "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken"


def has_access_key(source: Source) -> bool:
    """Whether the rule is for an ECR and its credentials are an access key."""
    credentials = source.credentials
    return (
        source.upstream.kind is UpstreamKind.ECR
        and credentials is not None
        and _ACCESS_KEY_ID.fullmatch(credentials.username) is not None
    )


def fetch_authorization(exchanges: Exchanges, source: Source) -> tuple[str, float]:
    """An ``Authorization`` header that the registry takes, and for how many seconds.

    Raises:
        UpstreamDenied: the access key gets no token.
        UpstreamUnavailable: the API cannot be reached, or answers what it must not.
    """
    if source.credentials is None:
        raise UpstreamDenied(source.shown, "no access key is stored")
    url, region = _api(source)
    body = b"{}"
    request = Request(
        method="POST",
        url=url,
        headers=_sign(source.credentials, url, region, body),
        is_trusted=source.upstream.is_trusted,
        seconds_max=ASK_SECONDS_MAX,
        body=body,
    )
    with closing(exchanges.send(request)) as answered:
        content = answered.read(ANSWER_BYTES_MAX)
        if 400 <= answered.status < 500:
            raise UpstreamDenied(source.shown, f"its API answered {answered.status}")
    token = _token(content)
    if token is None:
        raise UpstreamUnavailable(source.shown, "its API gives no token")
    return f"Basic {token}", TOKEN_SECONDS


def _api(source: Source) -> tuple[str, str]:
    found = _HOST.fullmatch(source.upstream.endpoint.host)
    if found is None:
        return f"{source.upstream.endpoint}/", _REGION_DEFAULT
    return f"https://api.ecr.{found[1]}.{found[2]}/", found[1]


def _sign(credentials: Credentials, url: str, region: str, body: bytes) -> dict[str, str]:
    # botocore is loaded with the first such request: a worker that sees none stays smaller.
    from botocore.auth import SigV4Auth  # noqa: PLC0415
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415
    from botocore.credentials import Credentials as AccessKey  # noqa: PLC0415

    headers = {"content-type": "application/x-amz-json-1.1", "x-amz-target": _TARGET}
    request = AWSRequest("POST", url, headers=headers, data=body)
    key = AccessKey(credentials.username, credentials.access_token)
    SigV4Auth(key, "ecr", region).add_auth(request)
    return {name.lower(): str(value) for name, value in request.headers.items()}


def _token(content: bytes) -> str | None:
    try:
        document: Any = json.loads(content)
        token = document["authorizationData"][0]["authorizationToken"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return None
    usable = isinstance(token, str) and token.isascii() and token.isprintable()
    return token if usable else None
