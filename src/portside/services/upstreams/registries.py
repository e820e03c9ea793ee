"""Asking upstream registries over their ``/v2/`` API, with the credentials that they want.

Source: distribution-spec "Pull"; Docker Registry "Token Authentication Specification".
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import urlencode, urlsplit

from portside.manifests.documents import SIZE_MAX_BYTES
from portside.names.digests import Digest
from portside.names.media_types import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from portside.registry.challenges import Challenge, parse_challenge
from portside.registry.upstreams import UpstreamDenied, UpstreamUnavailable
from portside.services.upstreams.access_keys import fetch_authorization, has_access_key
from portside.services.upstreams.exchanges import Answered, Exchanges, Request
from portside.services.upstreams.sources import Source

ASK_SECONDS_MAX: Final = 60.0
"""How long a manifest, a token or a look may take in all."""
BLOB_SECONDS_MAX: Final = 6 * 3600.0
TOKEN_BYTES_MAX: Final = 1024 * 1024
TOKENS_MAX: Final = 256
REFERRERS_PAGES_MAX: Final = 100
THREADS: Final = 16
_TOKEN_SECONDS_DEFAULT: Final = 60
_ACCEPT: Final = f"{OCI_INDEX}, {OCI_MANIFEST}, {DOCKER_LIST}, {DOCKER_MANIFEST}, */*;q=0.1"

_NEXT = re.compile(r'<([^<>\s]{1,4000})>\s*;\s*rel="?next"?')

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Fetched:
    """A manifest as it came, not yet looked into."""

    body: bytes
    media_type: str | None
    digest: str | None
    """What the upstream says it is; to be checked."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a listing, and the path behind ``/v2/`` of the next one, if there is one."""

    document: dict[str, Any]
    next_path: str | None


class Registries:
    """A client of upstream registries; remembers tokens until shortly before they expire."""

    def __init__(self, exchanges: Exchanges) -> None:
        self._exchanges = exchanges
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="upstream")
        self._tokens: OrderedDict[Source, tuple[str, float]] = OrderedDict()

    async def in_thread(self, ask: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
        """Call a method in one of the threads that are for this alone.

        However slow upstreams are, they hold up none of the threads that write to disks.
        """
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(ask, *args, **named))

    def close(self) -> None:
        """Let go of the threads; what they wait for ends by its own time limits."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def ping(self, source: Source) -> None:
        """Make sure that the registry answers and lets us in.

        Raises:
            UpstreamDenied: it does not let us.
            UpstreamUnavailable: it cannot be reached, or is no registry.
        """
        with self._ask(source, "GET", "") as answered:
            if answered.status != 200:
                raise _unexpected(source, answered)

    def fetch_manifest(self, source: Source, reference: str) -> Fetched | None:
        """A manifest, or ``None`` where the registry has none; raises as :meth:`ping` does."""
        path = f"{source.repository}/manifests/{reference}"
        with self._ask(source, "GET", path, accept=_ACCEPT) as answered:
            if answered.status == 404:
                return None
            if answered.status != 200:
                raise _unexpected(source, answered)
            return Fetched(
                answered.read(SIZE_MAX_BYTES),
                answered.header("content-type"),
                answered.header("docker-content-digest"),
            )

    def find_digest(self, source: Source, reference: str) -> str | None:
        """The digest that a tag names now, or ``None`` where the registry does not say."""
        path = f"{source.repository}/manifests/{reference}"
        with self._ask(source, "HEAD", path, accept=_ACCEPT) as answered:
            return answered.header("docker-content-digest") if answered.status == 200 else None

    def find_blob_size(self, source: Source, digest: Digest) -> int | None:
        """A blob's size in bytes, or ``None`` where the registry has none or does not say."""
        path = f"{source.repository}/blobs/{digest}"
        with self._ask(source, "HEAD", path) as answered:
            length = answered.header("content-length") or ""
            return int(length) if answered.status == 200 and length.isdigit() else None

    def open_blob(self, source: Source, digest: Digest) -> Answered | None:
        """A blob's bytes, or ``None`` where the registry has none; the caller closes it."""
        path = f"{source.repository}/blobs/{digest}"
        answered = self._send(source, "GET", path, seconds_max=BLOB_SECONDS_MAX)
        if answered.status == 200:
            return answered
        with closing(answered):
            if answered.status == 404:
                return None
            raise _unexpected(source, answered)

    def list_referrers(self, source: Source, subject: Digest) -> list[str]:
        """The digests of images that name the subject; from the tag that stands for it if need be.

        Source: distribution-spec "Listing Referrers", "Unavailable Referrers API".
        """
        page = self.fetch_page(source, f"{source.repository}/referrers/{subject}")
        if page is None:
            fallback = f"{subject.algorithm}-{subject.encoded}"
            fetched = self.fetch_manifest(source, fallback)
            return list(_digests(_document(source, fetched.body))) if fetched else []
        found = list(_digests(page.document))
        for _ in range(REFERRERS_PAGES_MAX):
            page = self.fetch_page(source, page.next_path) if page.next_path else None
            if page is None:
                break
            found += _digests(page.document)
        return found

    def fetch_page(self, source: Source, path: str) -> Page | None:
        """A page of a listing and where the next one is; ``None`` where there is no such listing.

        Raises:
            UpstreamDenied, UpstreamUnavailable: as :meth:`ping`.
        """
        with self._ask(source, "GET", path, accept=f"{OCI_INDEX}, application/json") as answered:
            if 400 <= answered.status < 500:
                return None
            if answered.status != 200:
                raise _unexpected(source, answered)
            document = _document(source, answered.read(SIZE_MAX_BYTES))
            return Page(document, next_path(answered.header("link")))

    @contextmanager
    def _ask(
        self, source: Source, method: str, path: str, accept: str | None = None
    ) -> Iterator[Answered]:
        with closing(self._send(source, method, path, accept=accept)) as answered:
            yield answered

    def _send(
        self,
        source: Source,
        method: str,
        path: str,
        *,
        accept: str | None = None,
        seconds_max: float = ASK_SECONDS_MAX,
    ) -> Answered:
        headers = {"accept": accept} if accept else {}
        request = Request(
            method=method,
            url=f"{source.upstream.endpoint}/v2/{path}",
            headers=headers | self._remembered(source),
            is_trusted=source.upstream.is_trusted,
            seconds_max=seconds_max,
        )
        answered = self._exchanges.send(request)
        if answered.status == 401:
            challenge = parse_challenge(answered.headers("www-authenticate"))
            answered.close()
            authorization = self._authorize(source, challenge)
            answered = self._exchanges.send(
                Request(
                    method=method,
                    url=request.url,
                    headers=headers | {"authorization": authorization},
                    is_trusted=request.is_trusted,
                    seconds_max=seconds_max,
                )
            )
        if answered.status in (401, 403):
            answered.close()
            raise UpstreamDenied(source.shown, f"it answered {answered.status}")
        return answered

    def _remembered(self, source: Source) -> dict[str, str]:
        held = self._tokens.get(source)
        return {"authorization": held[0]} if held and held[1] > monotonic() else {}

    def _remember(self, source: Source, authorization: str, seconds: float) -> None:
        self._tokens[source] = (authorization, monotonic() + seconds)
        while len(self._tokens) > TOKENS_MAX:
            self._tokens.popitem(last=False)

    def _authorize(self, source: Source, challenge: Challenge | None) -> str:
        if challenge is None:
            raise UpstreamDenied(source.shown, "it asks for credentials of a kind not known here")
        if challenge.scheme == "basic":
            if source.credentials is None:
                raise UpstreamDenied(source.shown, "it asks for credentials and none are stored")
            if has_access_key(source):
                authorization, seconds = fetch_authorization(self._exchanges, source)
                self._remember(source, authorization, seconds)
                return authorization
            self._remember(source, source.credentials.basic, 3600.0)
            return source.credentials.basic
        token, seconds = self._fetch_token(source, challenge)
        # Renewed early: it must hold for as long as the request that it goes with takes to begin.
        self._remember(source, f"Bearer {token}", seconds * 0.8)
        return f"Bearer {token}"

    def _fetch_token(self, source: Source, challenge: Challenge) -> tuple[str, float]:
        realm = challenge.parameters.get("realm", "")
        query = {}
        if "service" in challenge.parameters:
            query["service"] = challenge.parameters["service"]
        if source.repository:
            query["scope"] = f"repository:{source.repository}:pull"
        elif "scope" in challenge.parameters:
            query["scope"] = challenge.parameters["scope"]
        joint = "&" if "?" in realm else "?"
        request = Request(
            method="GET",
            url=f"{realm}{joint}{urlencode(query)}" if query else realm,
            headers={"authorization": source.credentials.basic} if source.credentials else {},
            is_trusted=source.upstream.is_trusted,
            seconds_max=ASK_SECONDS_MAX,
        )
        with closing(self._exchanges.send(request)) as answered:
            if answered.status in (400, 401, 403):
                raise UpstreamDenied(source.shown, f"its token server answered {answered.status}")
            if answered.status != 200:
                raise _unexpected(source, answered)
            document = _document(source, answered.read(TOKEN_BYTES_MAX))
        token = document.get("token") or document.get("access_token")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise UpstreamUnavailable(source.shown, "its token server gives no token")
        seconds = document.get("expires_in")
        held = seconds if isinstance(seconds, int | float) else _TOKEN_SECONDS_DEFAULT
        return token, float(min(max(held, 0), 86_400))


def _digests(document: dict[str, Any]) -> Iterator[str]:
    for entry in document.get("manifests") or []:
        digest = entry.get("digest") if isinstance(entry, dict) else None
        if isinstance(digest, str):
            yield digest


def next_path(link: str | None) -> str | None:
    """The path behind ``/v2/`` that a ``Link`` header names as the next page (RFC 8288)."""
    found = _NEXT.search(link or "")
    if found is None:
        return None
    parts = urlsplit(found[1])
    # Whatever host it names: the next page is asked of the registry that the first one came from.
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    behind = path.removeprefix("/v2/")
    return behind if behind != path else None


def _unexpected(source: Source, answered: Answered) -> UpstreamUnavailable:
    return UpstreamUnavailable(source.shown, f"it answered {answered.status}")


def _document(source: Source, body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UpstreamUnavailable(source.shown, "it answers what is no JSON") from error
    if not isinstance(document, dict):
        raise UpstreamUnavailable(source.shown, "it answers what is no JSON object")
    return document
