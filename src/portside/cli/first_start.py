"""What the first start shows, once: the root credentials and a first push to copy."""

from __future__ import annotations

import typer

from portside.services.identity import RootCredentials
from portside.settings import Settings

_TEMPLATE = """\

The root user of account {account} was made. Its secret is shown this once and never again.

  export AWS_ACCESS_KEY_ID={key_id}
  export AWS_SECRET_ACCESS_KEY={secret}
  export AWS_DEFAULT_REGION={region}
  export AWS_ENDPOINT_URL={endpoint}

A first push:

  aws ecr create-repository --repository-name hello
  aws ecr get-login-password | docker login --username AWS --password-stdin {registry}
  docker tag IMAGE {registry}/hello
  docker push {registry}/hello

Serving on {endpoint} (Ctrl-C stops).
"""


def show_credentials(settings: Settings, credentials: RootCredentials) -> None:
    """Print new root credentials with commands that use them."""
    scheme = "http" if settings.tls_cert is None else "https"
    name = "localhost" if settings.host in ("127.0.0.1", "0.0.0.0", "::") else settings.host  # noqa: S104 - compared, not bound
    local = f"{name}:{settings.port}"
    registry = local
    if settings.suffix:
        registry = f"{settings.account}.dkr.ecr.{settings.region}.{settings.suffix}:{settings.port}"
    typer.echo(
        _TEMPLATE.format(
            account=settings.account,
            key_id=credentials.access_key_id,
            secret=credentials.secret_access_key,
            region=settings.region,
            endpoint=f"{scheme}://{local}",
            registry=registry,
        )
    )
