"""Uploads (distribution-spec "Pushing blobs": end-4a, 4b, 5, 6, 11, 13, 14)."""

from __future__ import annotations

import re

from portside.distribution.calls import Call
from portside.names.digests import HEX_LENGTHS, Digest
from portside.names.errors import MalformedName, Refusal
from portside.names.repositories import RepositoryName
from portside.registry.uploads import Upload
from portside.services.templates import pushing
from portside.services.uploads import Part
from portside.web import bodies
from portside.web.answers import Answer

_CONTENT_RANGE = re.compile(r"(\d{1,18})-(\d{1,18})")


class MalformedContentRange(Refusal):
    """A ``Content-Range`` that is not ``<first>-<last>``, or says another length than the body."""


async def start(call: Call) -> Answer:
    """Begin an upload, take a whole blob, or mount one (end-4a, 4b, 11)."""
    return await pushing(lambda create: _start(call, create), call.may_create)


async def _start(call: Call, create: bool) -> Answer:
    if create:
        await call.deeds.templates.create_on_push(call.registry, call.name)
    query = call.context.query
    if "mount" in query and await _mount(call, query["mount"], query.get("from") or None):
        return _created(call, Digest(query["mount"]))
    if "digest" in query:
        digest = Digest(query["digest"])
        chunks = bodies.stream(call.receive)
        await call.deeds.uploads.put_whole(call.registry, call.name, digest, chunks)
        return _created(call, digest)
    algorithm = query.get("digest-algorithm") or "sha256"
    if algorithm not in HEX_LENGTHS:
        raise MalformedName("digest", algorithm, "supported algorithms are sha256 and sha512")
    upload = await call.deeds.uploads.start(call.registry, call.name, algorithm)
    return Answer(202, _progress(call, upload))


async def _mount(call: Call, digest: str, source: str | None) -> bool:
    try:
        wanted = Digest(digest)
    except MalformedName:
        return False

    def may_read(name: RepositoryName) -> bool:
        return call.may("ecr:GetDownloadUrlForLayer", name)

    return await call.deeds.uploads.mount(call.registry, call.name, wanted, source, may_read)


async def status(call: Call) -> Answer:
    """Tell how far an upload has come (end-13)."""
    upload = await call.deeds.uploads.get(call.registry, call.name, call.reference)
    return Answer(204, _progress(call, upload))


async def append(call: Call) -> Answer:
    """Add a part (end-5)."""
    upload = await call.deeds.uploads.append(call.registry, call.name, call.reference, _part(call))
    return Answer(202, _progress(call, upload))


async def finish(call: Call) -> Answer:
    """Add a last part, if the request has a body, and make the upload a blob (end-6)."""
    digest = Digest(call.context.query.get("digest", ""))
    await call.deeds.uploads.finish(call.registry, call.name, call.reference, digest, _part(call))
    return _created(call, digest)


async def cancel(call: Call) -> Answer:
    """Drop an upload (end-14)."""
    await call.deeds.uploads.cancel(call.registry, call.name, call.reference)
    return Answer(204, {"docker-upload-uuid": call.reference})


def _part(call: Call) -> Part:
    headers = call.context.headers
    announced = headers.get("content-length")
    length = int(announced) if announced and announced.isdigit() else None
    place = headers.get("content-range")
    if place is None:
        return Part(bodies.stream(call.receive), None, length)
    found = _CONTENT_RANGE.fullmatch(place.strip())
    if found is None:
        raise MalformedContentRange(place)
    first, last = int(found[1]), int(found[2])
    if last < first or length not in (None, last - first + 1):
        raise MalformedContentRange(place)
    return Part(bodies.stream(call.receive), first, last - first + 1)


def progress_headers(name: str, upload: Upload) -> dict[str, str]:
    """The headers that tell where an upload stands and where it goes on."""
    return {
        "location": f"/v2/{name}/blobs/uploads/{upload.id}",
        "range": f"0-{max(0, upload.size_bytes - 1)}",
        "docker-upload-uuid": upload.id,
    }


def _progress(call: Call, upload: Upload) -> dict[str, str]:
    return progress_headers(call.name.text, upload)


def _created(call: Call, digest: Digest) -> Answer:
    location = f"/v2/{call.name}/blobs/{digest}"
    return Answer(201, {"location": location, "docker-content-digest": digest.text})
