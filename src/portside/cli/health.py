"""``portside health``: whether the server of these settings answers, for health checks."""

from __future__ import annotations

import http.client
import ssl
from typing import Annotated, Any

import typer

from portside.cli.exits import UNUSABLE, fail, resolve_settings
from portside.cli.options import setting_options
from portside.settings import Settings

TIMEOUT_SECONDS = 5.0
OK = 200


@setting_options
def health(
    *,
    worker: Annotated[
        bool, typer.Option("--worker", help="Ask `portside worker` at its --worker-port.")
    ] = False,
    ready: Annotated[
        bool, typer.Option("--ready", help="Also whether it can use its database and blobs.")
    ] = False,
    **flags: Any,
) -> None:
    """Ask the server on this machine how it is; end with 0 only if it says that it is well."""
    settings = resolve_settings(flags).settings
    port = settings.worker_port if worker else settings.port
    if port is None:
        fail("the worker has no --worker-port to be asked at", UNUSABLE)
    path = "/readyz" if ready else "/healthz"
    try:
        status, said = _ask(settings, port, path)
    except (OSError, http.client.HTTPException) as error:
        fail(f"nothing answers on port {port}: {error}", UNUSABLE)
    if status != OK:
        fail(f"{path} answers {status}: {said}", UNUSABLE)
    typer.echo(said)


def _ask(settings: Settings, port: int, path: str) -> tuple[int, str]:
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - compared, not bound
    host = everywhere.get(settings.host, settings.host)
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    if settings.serves_tls:
        # It asks itself, for nothing that is secret: the certificate may be for other names.
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        connection = http.client.HTTPSConnection(
            host, port, timeout=TIMEOUT_SECONDS, context=context
        )
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read(1000).decode("utf-8", "replace").strip()
    finally:
        connection.close()
