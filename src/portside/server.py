"""The composition root: the only place where objects meet."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import structlog
from granian.constants import HTTPModes, Interfaces, Loops
from granian.server import Server as GranianServer

from portside.access.authenticate import Authenticator, find_secret
from portside.access.tokens import Tokens
from portside.aws.calls import Deeds as AWSDeeds
from portside.aws.face import AWSFace
from portside.blobs.folder import FolderBlobStore
from portside.distribution.calls import Deeds as DistributionDeeds
from portside.distribution.face import DistributionFace
from portside.metadata.caches import RepositoryCache
from portside.metadata.database import FILE_NAME, Database
from portside.metadata.freshness import Freshness
from portside.metadata.migrations import upgrade
from portside.names.accounts import AccountId, Region, RegistryId
from portside.registry.quotas import Quotas
from portside.services.deletions import Deleting
from portside.services.identity import Identity, RootCredentials
from portside.services.images import Images
from portside.services.layers import Layers
from portside.services.listings import Listings
from portside.services.pulls import Pulls
from portside.services.repositories import Repositories
from portside.services.uploads import Uploads, distrust_digests
from portside.settings import Settings
from portside.web.addressing import Addressing
from portside.web.answers import Answer, json_answer, send_answer
from portside.web.context import RequestIds, read_context
from portside.web.logs import configure_logs

PULLS_WRITTEN_EVERY_SECONDS = 5.0
THREADS = 16
_BLOBS = "blobs"

_log = structlog.get_logger()


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(tz=UTC)  # noqa: TID251 - this is the clock that is passed in everywhere


def prepare(settings: Settings) -> RootCredentials | None:
    """Make or bring forward a data directory, and the default account's root user.

    Returns credentials only if they were made now.

    Raises:
        OSError: the data directory cannot be written, or holds no database of ours.
    """
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Secrets are in it: nobody else may read it, wherever the folder came from.
    (settings.data / FILE_NAME).touch(mode=0o600)
    FolderBlobStore(settings.data / _BLOBS).prepare()
    database = _open_database(settings)
    try:
        upgrade(database)
        distrust_digests(database)
        identity = Identity(database, now)
        identity.token_key()
        return identity.ensure_root(AccountId(settings.account), _preset(settings))
    finally:
        database.close()


def configure_registry(
    settings: Settings, account: str, region: str, oci_strict: bool | None
) -> bool:
    """Set whose rules a registry follows; whether there is such an account.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
    """
    (settings.data / FILE_NAME).stat()
    database = _open_database(settings)
    try:
        upgrade(database)
        registry = RegistryId(AccountId(account), Region(region))
        return Identity(database, now).configure_registry(registry, oci_strict=oci_strict)
    finally:
        database.close()


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first."""
    configure_logs(settings.log_level, settings.log_format)
    tls = settings.tls_cert is not None
    server = GranianServer(
        "portside",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=settings.workers,
        loop=Loops.uvloop,
        http=HTTPModes.auto if tls else HTTPModes.http1,
        websockets=False,
        log_enabled=False,
        ssl_cert=settings.tls_cert,
        ssl_key=settings.tls_key,
        workers_kill_timeout=settings.drain_seconds,
        respawn_failed_workers=True,
    )
    # Workers are forked from here: what is loaded by now lives as long as they do, so no worker's
    # garbage collector need look at it, and its memory stays shared.
    gc.collect()
    gc.freeze()
    server.serve(target_loader=partial(Application, settings), wrap_loader=False)


class Application:
    """The ASGI application of one worker process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._addressing = Addressing(
            RegistryId(AccountId(settings.account), Region(settings.region)),
            settings.port,
            settings.suffix,
        )
        self._request_ids = RequestIds()
        self._faces: dict[str, Any] = {}
        self._freshness: Freshness | None = None
        self._pulls: Pulls | None = None
        self._closing: list[Callable[[], None]] = []
        self._writer: asyncio.Task[None] | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer an ASGI event: the process's lifespan, or one HTTP request."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        if self._freshness is not None:
            self._freshness.renew()
        context = read_context(scope, self._addressing, self._request_ids())
        path = context.path
        if path.startswith("/v2/") or path == "/v2":
            await self._faces["distribution"](context, receive, send)
        elif path == "/" and (context.method == "POST" or scope["query_string"]):
            await self._faces["aws"](context, receive, send)
        else:
            await send_answer(_plain_answer(path), send, [], head=context.method == "HEAD")

    async def _live(self, receive: Any, send: Any) -> None:
        await receive()
        # Threads mostly wait for disks: more of them than processor cores, but a bounded number.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
        self._compose()
        self._writer = asyncio.create_task(self._write_pulls())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._writer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._writer
        if self._pulls:
            await self._pulls.write_pulls()
        for close in self._closing:
            close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _write_pulls(self) -> None:
        while True:
            await asyncio.sleep(PULLS_WRITTEN_EVERY_SECONDS)
            try:
                if self._pulls:
                    await self._pulls.write_pulls()
            except Exception:  # noqa: BLE001 - the next round may succeed; pulls go on
                _log.exception("pull times could not be written")

    def _compose(self) -> None:
        settings = self._settings
        database = _open_database(settings)
        self._freshness = freshness = Freshness(database.path)
        self._closing += [database.close, freshness.close]
        tokens = Tokens(Identity(database, now).token_key())
        store = FolderBlobStore(settings.data / _BLOBS)
        repositories = Repositories(
            database,
            store,
            RepositoryCache(database, freshness),
            now,
            oci_strict=settings.oci_strict,
        )
        quotas = Quotas(tags_per_image=settings.tags_per_image_max)
        images = Images(database, repositories, now, quotas)
        deleting = Deleting(database, repositories, now)
        uploads = Uploads(database, store, repositories, now, lambda: str(uuid4()))
        self._pulls = Pulls(
            database,
            store,
            repositories,
            now,
            manifest_cache_bytes=settings.manifest_cache_mib * 1024 * 1024,
        )
        self._faces["distribution"] = DistributionFace(
            Authenticator(database, freshness, tokens, now),
            DistributionDeeds(
                repositories=repositories,
                images=images,
                deleting=deleting,
                uploads=uploads,
                pulls=self._pulls,
            ),
        )
        self._faces["aws"] = AWSFace(
            AWSDeeds(
                repositories=repositories,
                images=images,
                deleting=deleting,
                uploads=uploads,
                layers=Layers(database, uploads),
                listings=Listings(database),
                tokens=tokens,
                clock=now,
                addressing=self._addressing,
            ),
            partial(find_secret, database),
        )


def _plain_answer(path: str) -> Answer:
    if path == "/healthz":
        return json_answer(200, {"status": "ok"})
    return json_answer(404, {"message": "Portside: /v2/ for images, POST / for the AWS APIs"})


def _open_database(settings: Settings) -> Database:
    return Database(settings.data / FILE_NAME)


def _preset(settings: Settings) -> RootCredentials | None:
    if settings.root_access_key_id and settings.root_secret_access_key:
        return RootCredentials(settings.root_access_key_id, settings.root_secret_access_key)
    return None
