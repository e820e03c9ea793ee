"""``referrers`` (distribution-spec "Listing Referrers", end-12)."""

from __future__ import annotations

from portside.distribution.calls import Call
from portside.distribution.pages import InvalidPageSize, next_link
from portside.names.digests import Digest
from portside.names.media_types import OCI_INDEX
from portside.registry.images import Referrer, ReferrerFilter
from portside.web.answers import Answer, json_answer

PAGE_MAX = 1000


async def list_referrers(call: Call) -> Answer:
    """List the images that name a subject, which need not be there, as an OCI index."""
    subject = Digest(call.reference)
    query = call.context.query
    artifact_type = query.get("artifactType") or None
    after = query.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 19):
        raise InvalidPageSize(after)
    await call.deeds.pull_through.prepare_referrers(call.puller, subject)
    found, more = await call.deeds.pulls.referrers(
        call.registry,
        call.name,
        ReferrerFilter(subject, (artifact_type,) if artifact_type else ()),
        after=int(after),
        limit=PAGE_MAX,
    )
    headers = {"content-type": OCI_INDEX}
    if artifact_type:
        headers["oci-filters-applied"] = "artifactType"
    if more is not None:
        next_query = {"after": str(more)}
        if artifact_type:
            next_query["artifactType"] = artifact_type
        headers |= next_link(f"/v2/{call.name}/referrers/{subject}", next_query)
    index = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [_descriptor(referrer) for referrer in found],
    }
    return json_answer(200, index, headers)


def _descriptor(referrer: Referrer) -> dict[str, object]:
    descriptor: dict[str, object] = {
        "mediaType": referrer.media_type,
        "digest": referrer.digest.text,
        "size": referrer.manifest_bytes,
    }
    if referrer.artifact_type:
        descriptor["artifactType"] = referrer.artifact_type
    if referrer.annotations:
        descriptor["annotations"] = referrer.annotations
    return descriptor
