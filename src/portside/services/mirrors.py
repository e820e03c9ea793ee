"""Feeds of advisories from where they are published, or from a mirror of one's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

OSV: Final = "https://osv-vulnerabilities.storage.googleapis.com"
ECOSYSTEMS: Final = (
    "Debian",
    "Ubuntu",
    "Alpine",
    "Red Hat",
    "Rocky Linux",
    "AlmaLinux",
    "Wolfi",
    "PyPI",
    "npm",
    "RubyGems",
    "Go",
    "Maven",
    "crates.io",
)
FEEDS: Final = tuple(f"{OSV}/{quote(ecosystem)}/all.zip" for ecosystem in ECOSYSTEMS)
"""What is fetched unless other places are set."""
FEED_BYTES_MAX: Final = 8 * 1024 * 1024 * 1024
_TIMEOUT: Final = urllib3.Timeout(connect=15, read=60)
_RETRIES: Final = urllib3.Retry(total=4, redirect=3, backoff_factor=1)
_PIECE_BYTES: Final = 1024 * 1024

Progress = Callable[[str, int, int], None]


class FeedUnreachable(OSError):  # noqa: N818 - named for what it tells
    """A feed that could not be fetched; the message says which and why."""


def fetch(url: str, folder: Path, progress: Progress) -> Path:
    """Fetch a feed into a folder, under the last two parts of its path.

    ``url`` comes from the operator's settings, and so may lead anywhere.

    Raises:
        FeedUnreachable: no answer, another status than 200, or more than the bound.
    """
    parts = [unquote(part) for part in urlsplit(url).path.split("/") if part not in ("", "..")]
    if urlsplit(url).scheme not in ("http", "https") or not parts:
        raise FeedUnreachable(f"{url} is no URL of a feed")
    target = folder.joinpath(*(part.replace("/", "_") for part in parts[-2:]))
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with urllib3.PoolManager(timeout=_TIMEOUT, retries=_RETRIES) as pool:
            answer = pool.request("GET", url, preload_content=False)
            try:
                _save(answer, url, target, progress)
            finally:
                answer.release_conn()
    except HTTPError as error:
        raise FeedUnreachable(f"{url}: {error}") from error
    return target


def _save(answer: urllib3.BaseHTTPResponse, url: str, target: Path, progress: Progress) -> None:
    if answer.status != 200:
        raise FeedUnreachable(f"{url} answers with status {answer.status}")
    announced = answer.headers.get("content-length", "")
    total = int(announced) if announced.isdigit() else 0
    received = 0
    with target.open("wb") as file:
        for piece in answer.stream(_PIECE_BYTES):
            received += len(piece)
            if received > FEED_BYTES_MAX:
                raise FeedUnreachable(f"{url} is larger than {FEED_BYTES_MAX} bytes")
            file.write(piece)
            progress(url, received, max(total, received))
