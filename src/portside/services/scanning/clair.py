"""Clair v4 as the scanner: it fetches the layers itself, and is asked over HTTP what it found."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

import urllib3
from urllib3.exceptions import HTTPError

from portside.metadata.database import Database
from portside.names.digests import Digest
from portside.registry.images import Image
from portside.registry.repositories import Repository
from portside.services.scanning.platforms import Platform, list_platforms
from portside.services.scanning.scanners import UNSUPPORTED, Outcome, ScanFailed, once
from portside.vulnerabilities.reports import clair
from portside.vulnerabilities.reports.reported import MalformedReport, Report, mapping, text

LayerAddress = Callable[[Repository, Digest], str]
"""Where Clair can fetch a layer of a repository for a while, without credentials."""
ANSWER_BYTES_MAX: Final = 256 * 1024 * 1024
_INDEX: Final = "/indexer/api/v1/index_report"
_REPORT: Final = "/matcher/api/v1/vulnerability_report/"
# Clair answers when the image is read through and indexed.
_TIMEOUT: Final = urllib3.Timeout(connect=15, read=1800)
_PIECE_BYTES: Final = 1024 * 1024
_WORDS_LENGTH_MAX: Final = 600


class Clair:
    """A :class:`~portside.services.scanning.scanners.Scanner` that asks a Clair server."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        url: str,
        layer_address: LayerAddress,
        answer_bytes_max: int = ANSWER_BYTES_MAX,
    ) -> None:
        self._database = database
        self._clock = clock
        self._url = url.rstrip("/")
        self._layer_address = layer_address
        self._answer_bytes_max = answer_bytes_max

    def identity(self) -> str:
        """Clair and the day: its database changes unseen, so images are due every day."""
        return f"clair {self._clock():%Y-%m-%d}"

    def scan(self, repository: Repository, image: Image) -> Outcome:
        """See :meth:`Scanner.scan`."""
        with urllib3.PoolManager(timeout=_TIMEOUT, retries=False) as pool:
            reports = [
                self._report(pool, repository, platform)
                for platform in list_platforms(self._database, repository, image)
            ]
        if not any(report.supported for report in reports):
            raise ScanFailed(UNSUPPORTED)
        found = once(located for report in reports for located in report.found)
        return Outcome(found=found, identity=self.identity())

    def _report(
        self, pool: urllib3.PoolManager, repository: Repository, platform: Platform
    ) -> Report:
        layers = [
            {
                "hash": layer.digest.text,
                "uri": self._layer_address(repository, layer.digest),
                "headers": {},
            }
            for layer in platform.manifest.layers
        ]
        digest = platform.image.digest.text
        asked = json.dumps({"hash": digest, "layers": layers}).encode()
        indexed = mapping(self._ask(pool, "POST", _INDEX, asked))
        if indexed.get("state") == "IndexError" or indexed.get("err"):
            said = text(indexed.get("err"))[:_WORDS_LENGTH_MAX] or "it does not say why"
            raise ScanFailed(f"Clair could not index the image: {said}")
        try:
            return clair.read(self._ask(pool, "GET", _REPORT + digest, None))
        except MalformedReport as error:
            raise ScanFailed(f"{self._url}: {error}") from error

    def _ask(self, pool: urllib3.PoolManager, method: str, path: str, body: bytes | None) -> Any:
        headers = {"content-type": "application/json", "accept": "application/json"}
        try:
            answer = pool.request(
                method, self._url + path, body=body, headers=headers, preload_content=False
            )
            try:
                content = self._content(answer)
            finally:
                answer.release_conn()
        except HTTPError as error:
            raise ScanFailed(f"Clair at {self._url} cannot be reached: {error}") from error
        if answer.status not in (200, 201):
            said = content[:_WORDS_LENGTH_MAX].decode(errors="replace").strip()
            raise ScanFailed(f"Clair at {self._url} answers with status {answer.status}: {said}")
        try:
            return json.loads(content)
        except (ValueError, RecursionError) as error:
            raise ScanFailed(f"Clair at {self._url} did not answer in JSON") from error

    def _content(self, answer: urllib3.BaseHTTPResponse) -> bytes:
        content = bytearray()
        for piece in answer.stream(_PIECE_BYTES):
            content += piece
            if len(content) > self._answer_bytes_max:
                limit = self._answer_bytes_max
                raise ScanFailed(f"Clair at {self._url} answers with more than {limit} bytes")
        return bytes(content)
