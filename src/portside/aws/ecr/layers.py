"""Layers (ECR BatchCheckLayerAvailability, InitiateLayerUpload …)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from portside.access.tokens import GRANT_PARAMETER
from portside.aws.calls import Call
from portside.aws.protocol.errors import AWSError
from portside.names.digests import Digest
from portside.names.errors import MalformedName
from portside.registry.uploads import PART_BYTES, Upload
from portside.registry.upstreams import UpstreamLayerUnavailable, UpstreamRefusal
from portside.services.templates import pushing


async def batch_check_layer_availability(call: Call) -> dict[str, Any]:
    """Tell which layers the repository has."""
    wanted: list[Digest] = []
    failures = []
    for text in call.params["layerDigests"]:
        try:
            wanted.append(Digest(text))
        except MalformedName:
            failures.append(_layer_failure(text))
    held = await call.deeds.layers.sizes(call.registry, call.name, wanted)
    archived = await call.deeds.layers.archived(call.registry, call.name, list(held))
    layers = [_availability(one, held.get(one), one in archived) for one in wanted]
    return {"layers": layers, "failures": failures}


def _layer_failure(text: str) -> dict[str, str]:
    if not text:
        return {
            "failureCode": "MissingLayerDigest",
            "failureReason": "Invalid request parameters: layer digest cannot be empty",
        }
    return {
        "layerDigest": text,
        "failureCode": "InvalidLayerDigest",
        "failureReason": "Invalid request parameters: layer digest should satisfy the regex "
        "'[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    }


def _availability(digest: Digest, size: int | None, archived: bool) -> dict[str, Any]:
    if size is None:
        return {"layerDigest": digest.text, "layerAvailability": "UNAVAILABLE"}
    state = "ARCHIVED" if archived else "AVAILABLE"
    return {"layerDigest": digest.text, "layerAvailability": state, "layerSize": size}


async def initiate_layer_upload(call: Call) -> dict[str, Any]:
    """Begin an upload."""

    async def start(create: bool) -> Upload:
        if create:
            await call.deeds.templates.create_on_push(call.registry, call.name)
        return await call.deeds.uploads.start(call.registry, call.name)

    upload = await pushing(start, call.may_create)
    return {"uploadId": upload.id, "partSize": PART_BYTES}


async def upload_layer_part(call: Call) -> dict[str, Any]:
    """Add a part to an upload."""
    params = call.params
    upload = await call.deeds.layers.upload_part(
        call.registry,
        call.name,
        params["uploadId"],
        (params["partFirstByte"], params["partLastByte"]),
        params["layerPartBlob"],
    )
    return {
        "registryId": call.account,
        "repositoryName": call.name.text,
        "uploadId": upload.id,
        "lastByteReceived": upload.size_bytes - 1,
    }


async def complete_layer_upload(call: Call) -> dict[str, Any]:
    """Make an upload a layer."""
    digests = call.params["layerDigests"]
    try:
        wanted = [Digest(text) for text in digests]
    except MalformedName as error:
        raise AWSError(
            "InvalidParameterException",
            "Invalid parameter at 'layerDigests' failed to satisfy constraint: "
            "'layer digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+''",
        ) from error
    upload_id = call.params["uploadId"]
    await call.deeds.layers.complete(call.registry, call.name, upload_id, wanted)
    return {
        "registryId": call.account,
        "repositoryName": call.name.text,
        "uploadId": upload_id,
        "layerDigest": wanted[0].text,
    }


async def get_download_url_for_layer(call: Call) -> dict[str, Any]:
    """Give a URL from which a layer can be read for a while without further credentials."""
    try:
        digest = Digest(call.params["layerDigest"])
    except MalformedName as error:
        raise AWSError(
            "InvalidParameterException",
            "Invalid parameter at 'layerDigest' failed to satisfy constraint: "
            "'must satisfy regular expression '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+''",
        ) from error
    deeds = call.deeds
    try:
        await deeds.pull_through.prepare_blob(call.puller, digest)
    except UpstreamRefusal as refusal:
        raise UpstreamLayerUnavailable(refusal.upstream, refusal.reason) from refusal
    await deeds.layers.require(call.registry, call.name, digest)
    address = await deeds.pulls.find_address(digest)
    if address is not None:
        return {"downloadUrl": address, "layerDigest": digest.text}
    grant = deeds.tokens.issue_layer_grant(call.caller, call.name.text, digest.text, deeds.clock())
    host = deeds.addressing.shown_host(call.registry, call.context.host)
    path = f"/v2/{call.name}/blobs/{digest}?{GRANT_PARAMETER}={quote(grant)}"
    return {
        "downloadUrl": f"{call.context.scheme}://{host}{path}",
        "layerDigest": digest.text,
    }
