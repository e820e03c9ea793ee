"""Referrers of an image (ECR ListImageReferrers)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.aws.ecr.image_ids import REASONS
from portside.aws.errors.wording import invalid_parameter
from portside.aws.protocol.errors import AWSError
from portside.names.digests import Digest
from portside.names.errors import MalformedName
from portside.registry.images import ImageStatus, Referrer, ReferrerFilter
from portside.registry.pages import parse_token, render_token
from portside.registry.upstreams import UpstreamReferrersUnavailable, UpstreamRefusal

PAGE_DEFAULT = 20


async def list_image_referrers(call: Call) -> dict[str, Any]:
    """List the images that name a subject, which need not be there, by pages."""
    limit = call.params.get("maxResults") or PAGE_DEFAULT
    position = parse_token("referrers", call.params.get("nextToken"), int)
    wanted = _filter(call)
    try:
        await call.deeds.pull_through.prepare_referrers(call.puller, wanted.subject)
    except UpstreamRefusal as refusal:
        raise UpstreamReferrersUnavailable(refusal.upstream, refusal.reason) from refusal
    found, more = await call.deeds.pulls.referrers(
        call.registry,
        call.name,
        wanted,
        after=position[0] if position else 0,
        limit=limit,
    )
    answer: dict[str, Any] = {"referrers": [_show(referrer) for referrer in found]}
    if more is not None:
        answer["nextToken"] = render_token("referrers", more)
    return answer


def _filter(call: Call) -> ReferrerFilter:
    chosen = call.params.get("filter") or {}
    status = chosen.get("artifactStatus", "ACTIVE")
    try:
        subject = Digest(call.params["subjectId"]["imageDigest"])
    except MalformedName as error:
        raise AWSError(
            *invalid_parameter("subjectId.imageDigest", REASONS["InvalidImageDigest"])
        ) from error
    return ReferrerFilter(
        subject,
        tuple(chosen.get("artifactTypes") or ()),
        None if status == "ANY" else ImageStatus(status),
    )


def _show(referrer: Referrer) -> dict[str, Any]:
    return {
        "digest": referrer.digest.text,
        "mediaType": referrer.media_type,
        "artifactType": referrer.artifact_type,
        "size": referrer.manifest_bytes,
        "annotations": referrer.annotations or None,
        "artifactStatus": referrer.status.value,
    }
