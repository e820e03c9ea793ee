"""``portside credential-provider``: a registry's password for the kubelet, when it pulls an image.

The protocol is Kubernetes' ``credentialprovider.kubelet.k8s.io/v1``: a request on standard input, a
response on standard output. The access key and the endpoint are where AWS's programs look for them.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import typer

from portside.cli.exits import UNUSABLE, WRONG_USE, fail

API: Final = "credentialprovider.kubelet.k8s.io/v1"
_REGISTRY_HOST: Final = re.compile(r"[0-9]{12}\.dkr\.ecr\.([a-z0-9-]{1,40})\.")
REQUEST_BYTES_MAX: Final = 1 << 20
CACHED: Final = "6h0m0s"
"""Passwords are valid for 12 hours."""


def credential_provider(
    *,
    endpoint: Annotated[
        str | None,
        typer.Option("--endpoint", help="The API, instead of AWS_ENDPOINT_URL or the host."),
    ] = None,
) -> None:
    """Answer a CredentialProviderRequest of the kubelet (standard input to standard output)."""
    host = _read_host()
    answer = {
        "apiVersion": API,
        "kind": "CredentialProviderResponse",
        "cacheKeyType": "Registry",
        "cacheDuration": CACHED,
        "auth": {host: _login(host, endpoint)},
    }
    typer.echo(json.dumps(answer))


def _read_host() -> str:
    try:
        request = json.loads(sys.stdin.read(REQUEST_BYTES_MAX))
        known = request["apiVersion"] == API and request["kind"] == "CredentialProviderRequest"
        image = request["image"]
    except (ValueError, KeyError, TypeError):
        known, image = False, ""
    if not known or not isinstance(image, str) or "/" not in image:
        fail(f"standard input must hold a CredentialProviderRequest of {API}", WRONG_USE)
    return image.partition("/")[0]


def _login(host: str, endpoint: str | None) -> dict[str, str]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only this command

    try:
        client = _client(host, endpoint)
        token = client.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    except (BotoCoreError, ClientError) as error:
        fail(f"no password for {host}: {error}", UNUSABLE)
    user, _, password = base64.b64decode(token).decode().partition(":")
    return {"username": user, "password": password}


def _client(host: str, endpoint: str | None) -> Any:
    import botocore.session  # noqa: PLC0415 - only this command

    session = botocore.session.get_session()
    named = _REGISTRY_HOST.match(host)
    region = named[1] if named else session.get_config_variable("region") or "us-east-1"
    client: Any = session.create_client("ecr", region_name=region, endpoint_url=endpoint)
    # Nothing is configured, and the registry is none of Amazon's: it is its own endpoint.
    if _is_amazons(client.meta.endpoint_url) and not _is_amazons(f"https://{host}"):
        return session.create_client("ecr", region_name=region, endpoint_url=f"https://{host}")
    return client


def _is_amazons(url: str) -> bool:
    name = urlsplit(url).hostname or ""
    return name.endswith((".amazonaws.com", ".amazonaws.com.cn"))
