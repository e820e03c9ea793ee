"""Manifests (distribution-spec "Pulling", "Pushing" and "Deleting Manifests")."""

from __future__ import annotations

from dataclasses import replace

from portside.distribution.calls import Call
from portside.distribution.negotiation import Verdict, choose
from portside.manifests.documents import SIZE_MAX_BYTES
from portside.manifests.platforms import find_platform
from portside.names.digests import Digest
from portside.names.references import parse_reference
from portside.names.tags import Tag
from portside.registry.images import ImageIdentifier, StoredManifest
from portside.registry.refusals import ImageNotFound
from portside.services.images import PushedImage, StoredImage
from portside.services.templates import pushing
from portside.web import bodies
from portside.web.answers import Answer

TAG_PARAMETERS_MAX = 100


async def get(call: Call) -> Answer:
    """Give a manifest's exact bytes (end-3); for HEAD, what they would be."""
    reference = parse_reference(call.reference)
    pulling = call.deeds.pull_through
    manifest = await pulling.manifest(call.registry, call.name, reference, call.may_here)
    if isinstance(reference, Tag):
        manifest = await _negotiate(call, manifest)
    if call.context.method == "GET":
        call.deeds.pulls.record(call.registry, manifest, call.caller.principal_arn)
    digest = manifest.digest.text
    headers = {"docker-content-digest": digest, "etag": f'"{digest}"'}
    if digest in (call.context.headers.get("if-none-match") or ""):
        return Answer(304, headers)
    headers["content-type"] = manifest.media_type
    return Answer(200, headers, manifest.body)


async def put(call: Call) -> Answer:
    """Store a manifest under a tag, or under a digest and ``tag`` parameters (end-7)."""
    reference = parse_reference(call.reference)
    headers = call.context.headers
    body = await bodies.read(call.receive, SIZE_MAX_BYTES, headers.get("content-length"))
    named = call.context.query.getlist("tag") if isinstance(reference, Digest) else []
    if len(named) > TAG_PARAMETERS_MAX:
        return Answer(414)
    extra = tuple(Tag(text) for text in dict.fromkeys(named))
    is_tag = isinstance(reference, Tag)
    pushed = PushedImage(
        body=body,
        media_type=headers.get("content-type"),
        digest=reference if isinstance(reference, Digest) else None,
        tags=(reference,) if isinstance(reference, Tag) else extra,
    )
    stored = await pushing(lambda create: _put(call, pushed, create), call.may_create)
    answer = {
        "location": f"/v2/{call.name}/manifests/{stored.digest}",
        "docker-content-digest": stored.digest.text,
    }
    if stored.subject:
        answer["oci-subject"] = stored.subject.text
    if extra and not is_tag:
        answer["oci-tag"] = ", ".join(tag.text for tag in extra)
    return Answer(201, answer)


async def _put(call: Call, pushed: PushedImage, create: bool) -> StoredImage:
    wanted = replace(pushed, create_repository=create)
    return await call.deeds.images.put_image(call.registry, call.name, wanted)


async def delete(call: Call) -> Answer:
    """Delete a tag, or an image with all its tags (end-9)."""
    reference = parse_reference(call.reference)
    await call.deeds.deleting.delete_reference(call.registry, call.name, reference)
    return Answer(202)


async def _negotiate(call: Call, manifest: StoredManifest) -> StoredManifest:
    verdict = choose(call.context.headers.list("accept"), manifest.media_type)
    if verdict is Verdict.SERVE:
        return manifest
    child = find_platform(manifest.body, "linux", "amd64") if verdict is Verdict.CHILD else None
    if child is None:
        identifier = ImageIdentifier(tag=call.reference)
        raise ImageNotFound(call.registry, call.name.text, identifier)
    pulling = call.deeds.pull_through
    return await pulling.manifest(call.registry, call.name, child, call.may_here)
