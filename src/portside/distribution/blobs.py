"""Blobs (distribution-spec "Pulling blobs", "Deleting Blobs")."""

from __future__ import annotations

from collections.abc import AsyncIterator

from portside.distribution.calls import Call
from portside.names.digests import Digest
from portside.registry.refusals import BlobNotFound
from portside.services.pulls import BlobOnDisk
from portside.web.answers import Answer
from portside.web.ranges import Unsatisfiable, parse_range


async def get(call: Call) -> Answer:
    """Give a blob's bytes, or a range of them (end-2); for HEAD, what they would be."""
    is_head = call.context.method == "HEAD"
    wanted = Digest(call.reference)
    blob = await call.deeds.pull_through.blob(
        call.registry, call.name, wanted, call.may_here, only_look=is_head
    )
    digest = blob.digest.text
    if blob.archived and not is_head:
        # HEAD still tells that it is there: a push needs no more, and brings the image back.
        raise BlobNotFound(call.registry, call.name.text, digest)
    headers = {
        "docker-content-digest": digest,
        "etag": f'"{digest}"',
        "accept-ranges": "bytes",
        "cache-control": "max-age=31536000",
    }
    if digest in (call.context.headers.get("if-none-match") or ""):
        return Answer(304, headers)
    if is_head or blob.path is not None or not blob.size_bytes:
        return await _whole_or_part(call, blob, headers)
    address = await call.deeds.pulls.find_address(blob.digest)
    if address is None:
        return await _whole_or_part(call, blob, headers)
    # A range is asked for there again: clients repeat their headers, all but this server's
    # credentials.
    moved = {"docker-content-digest": digest, "location": address, "cache-control": "no-store"}
    return Answer(307, moved)


async def _whole_or_part(call: Call, blob: BlobOnDisk, headers: dict[str, str]) -> Answer:
    headers["content-type"] = "application/octet-stream"
    try:
        part = parse_range(call.context.headers.get("range"), blob.size_bytes)
    except Unsatisfiable:
        return Answer(416, {"content-range": f"bytes */{blob.size_bytes}"})
    if part is not None:
        headers["content-range"] = part.content_range
        headers["content-length"] = str(part.length)
        return Answer(206, headers, await _bytes(call, blob, part.first, part.last))
    headers["content-length"] = str(blob.size_bytes)
    if blob.path is not None and blob.size_bytes:
        return Answer(200, headers, blob.path)
    return Answer(200, headers, await _bytes(call, blob, 0, blob.size_bytes - 1))


async def _bytes(call: Call, blob: BlobOnDisk, first: int, last: int) -> AsyncIterator[bytes]:
    if call.context.method == "HEAD":
        # What is not sent need not be opened; the length stands among the headers.
        return _nothing()
    return await call.deeds.pulls.open(blob, first, last)


async def _nothing() -> AsyncIterator[bytes]:
    nothing: tuple[bytes, ...] = ()
    for piece in nothing:
        yield piece


async def delete(call: Call) -> Answer:
    """Take a blob out of the repository (end-10), where the registry follows OCI."""
    await call.deeds.deleting.delete_blob(call.registry, call.name, Digest(call.reference))
    return Answer(202)
