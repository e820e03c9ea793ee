"""What the first start shows, once: the root credentials and a first push to copy."""

from __future__ import annotations

import typer

from portside.services.identity.accounts import RootCredentials
from portside.settings import Settings

HTTPS_PORT = 443

_TEMPLATE = """\

The root user of account {account} was made. Its secret is shown this once and never again.

  export AWS_ACCESS_KEY_ID={key_id}
  export AWS_SECRET_ACCESS_KEY={secret}
  export AWS_DEFAULT_REGION={region}
  export AWS_ENDPOINT_URL={endpoint}
{trust}
A first push:

  aws ecr create-repository --repository-name hello
  aws ecr get-login-password | docker login --username AWS --password-stdin {registry}
  docker tag IMAGE {registry}/hello
  docker push {registry}/hello
"""


def show_credentials(settings: Settings, credentials: RootCredentials) -> None:
    """Print new root credentials with commands that use them."""
    typer.echo(
        _TEMPLATE.format(
            account=settings.account,
            key_id=credentials.access_key_id,
            secret=credentials.secret_access_key,
            region=settings.region,
            endpoint=endpoint(settings),
            registry=registry(settings),
            trust=_trust(settings),
        )
    )


def registry(settings: Settings) -> str:
    """The host, and the port where one is needed, of the default registry."""
    if not settings.suffix:
        return _local(settings)
    port = "" if settings.port == HTTPS_PORT and settings.serves_tls else f":{settings.port}"
    return f"{settings.account}.dkr.ecr.{settings.region}.{settings.suffix}{port}"


def endpoint(settings: Settings) -> str:
    """The URL under which this machine reaches the server."""
    scheme = "https" if settings.serves_tls else "http"
    return f"{scheme}://{_local(settings)}"


def _trust(settings: Settings) -> str:
    if settings.tls != "self-signed":
        return ""
    file = settings.data.resolve() / "tls" / "authority.pem"
    return f"  export AWS_CA_BUNDLE={file}\n\n`portside trust` tells how others trust it.\n"


def _local(settings: Settings) -> str:
    everywhere = ("127.0.0.1", "0.0.0.0", "::")  # noqa: S104 - compared, not bound
    name = "localhost" if settings.host in everywhere else settings.host
    return f"[{name}]:{settings.port}" if ":" in name else f"{name}:{settings.port}"
