"""Request bodies: streamed, or whole within a limit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from portside.names.errors import Refusal

Receive = Callable[[], Awaitable[dict[str, Any]]]


class ClientGone(Exception):  # noqa: N818 - named for what it tells
    """The client went away before its body was whole."""


class BodyTooLarge(Refusal):
    """The body passes the limit of its kind of request."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"the body is larger than {limit_bytes} bytes")
        self.limit_bytes = limit_bytes


async def stream(receive: Receive) -> AsyncIterator[bytes]:
    """The body's pieces as they come.

    Raises:
        ClientGone: the connection ended before the body did.
    """
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body = message.get("body", b"")
        if body:
            yield body
        more = message.get("more_body", False)


async def read(receive: Receive, limit_bytes: int, announced: str | None = None) -> bytes:
    """The whole body; ``announced`` is the Content-Length header, if there is one.

    Raises:
        BodyTooLarge: before or while reading, never after more than the limit was kept.
        ClientGone: the connection ended before the body did.
    """
    if announced is not None and announced.isdigit() and int(announced) > limit_bytes:
        raise BodyTooLarge(limit_bytes)
    pieces: list[bytes] = []
    size = 0
    async for piece in stream(receive):
        size += len(piece)
        if size > limit_bytes:
            raise BodyTooLarge(limit_bytes)
        pieces.append(piece)
    return b"".join(pieces)
