"""Responses as ASGI messages, built directly: the hot path can afford nothing between."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]
Content = bytes | Path | AsyncIterator[bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers, and content: bytes, a whole file, or a stream.

    ``Content-Length`` is set for bytes; for files and streams it stands among the headers.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    content: Content = b""


def json_answer(status: int, document: Any, headers: Mapping[str, str] | None = None) -> Answer:
    """A JSON document."""
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return Answer(status, {"content-type": "application/json", **(headers or {})}, body)


async def send_answer(
    answer: Answer, send: Send, common: list[tuple[bytes, bytes]], *, head: bool = False
) -> int:
    """Send an answer with the headers common to all; of a HEAD request only the headers.

    Returns how many bytes of content were sent.
    """
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    content = answer.content
    # RFC 9110, section 8.6: none in a 204; a 304 would have to give the full content's.
    if isinstance(content, bytes) and answer.status not in (204, 304):
        headers.append((b"content-length", b"%d" % len(content)))
    await send(
        {"type": "http.response.start", "status": answer.status, "headers": headers + common}
    )
    if head:
        await send({"type": "http.response.body", "body": b""})
        return 0
    if isinstance(content, bytes):
        await send({"type": "http.response.body", "body": content})
        return len(content)
    if isinstance(content, Path):
        await send({"type": "http.response.pathsend", "path": str(content)})
        return int(answer.headers["content-length"])
    sent = 0
    async for piece in content:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        sent += len(piece)
    await send({"type": "http.response.body", "body": b""})
    return sent
