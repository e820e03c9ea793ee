"""Images (ECR ListImages, DescribeImages, BatchGetImage, PutImage, BatchDeleteImage)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from portside.aws.calls import Call
from portside.aws.ecr import scans
from portside.aws.ecr.image_ids import (
    failure,
    read_target,
    refusal_failure,
    require_target,
    show_identifier,
)
from portside.aws.ecr.listings import refuse_pages
from portside.names.digests import Digest
from portside.names.errors import Refusal
from portside.names.tags import Tag
from portside.registry.images import (
    Image,
    ImageFilter,
    ImageIdentifier,
    ImageStatus,
    StorageClass,
    StoredManifest,
    TagStatus,
    Target,
)
from portside.registry.pages import parse_token, render_token
from portside.registry.refusals import ImageNotFound
from portside.registry.scans import Scan
from portside.services.images import PushedImage, StoredImage
from portside.services.listings import Found
from portside.services.templates import pushing

PAGE_DEFAULT = 100


async def list_images(call: Call) -> dict[str, Any]:
    """List digests with tags, one entry a tag, by pages."""
    limit = call.params.get("maxResults") or PAGE_DEFAULT
    # The position is the last image that was shown and the last of its tags that was.
    position = parse_token("images", call.params.get("nextToken"), int, str)
    after = (position[0], position[1]) if position else (0, "")
    found = await call.deeds.listings.entries(
        call.registry, call.name, _filter(call), after=after, limit=limit + 1
    )
    identifiers = [show_identifier(ImageIdentifier(digest, tag)) for _, digest, tag in found]
    answer: dict[str, Any] = {"imageIds": identifiers[:limit]}
    if len(found) > limit:
        image_id, _, tag = found[limit - 1]
        answer["nextToken"] = render_token("images", image_id, tag or "")
    return answer


async def describe_images(call: Call) -> dict[str, Any]:
    """Show the named images, or all of them by pages."""
    if call.params.get("imageIds"):
        refuse_pages(call, "imageIds")
        return {"imageDetails": await _describe_named(call)}
    limit = call.params.get("maxResults") or PAGE_DEFAULT
    position = parse_token("details", call.params.get("nextToken"), int)
    found = await call.deeds.listings.page(
        call.registry,
        call.name,
        _filter(call),
        after=position[0] if position else 0,
        limit=limit + 1,
    )
    answer: dict[str, Any] = {"imageDetails": await _show_all(call, found[:limit])}
    if len(found) > limit:
        answer["nextToken"] = render_token("details", found[limit - 1].id)
    return answer


async def _describe_named(call: Call) -> list[dict[str, Any]]:
    named = [require_target(entry, "imageIds") for entry in call.params["imageIds"]]
    found = await _find(call, named, bodies=False)
    shown: dict[int, Image] = {}
    for target, one in zip(named, found, strict=True):
        if one.image is None:
            raise ImageNotFound(call.registry, call.name.text, target.identifier)
        shown[one.image.id] = one.image
    return await _show_all(call, list(shown.values()))


async def _show_all(call: Call, images: list[Image]) -> list[dict[str, Any]]:
    known = await call.deeds.scanning.find_scans(images)
    return [_show(call, image, known.get(image.id)) for image in images]


async def batch_get_image(call: Call) -> dict[str, Any]:
    """Give the named images' manifests, and say which are not to be had."""
    accepted = call.params.get("acceptedMediaTypes")
    targets = [read_target(entry) for entry in call.params["imageIds"]]
    named = [target for target in targets if isinstance(target, Target)]
    failures = [target for target in targets if not isinstance(target, Target)]
    for target in named:
        wanted = target.tag or target.digest
        if wanted is not None:
            await call.deeds.pull_through.prepare_image(call.puller, wanted)
    images = []
    for target, one in zip(named, await _find(call, named, bodies=True), strict=True):
        if one.tag_names_another:
            failures.append(failure("ImageTagDoesNotMatchDigest", target.identifier))
        elif one.image is not None and one.image.status is ImageStatus.ARCHIVED:
            failures.append(failure("ImageInaccessible", target.identifier))
        elif one.image is None or (accepted and one.image.media_type not in accepted):
            failures.append(failure("ImageNotFound", target.identifier))
        else:
            stored = _stored(one.image, one.body)
            call.deeds.pulls.record(call.registry, stored, call.caller.principal_arn)
            images.append(_show_manifest(call, target, one.image, one.body))
    return {"images": images, "failures": failures}


async def put_image(call: Call) -> dict[str, Any]:
    """Store a manifest under its digest and, if one is given, a tag."""
    params = call.params
    body = params["imageManifest"].encode()
    tag, digest = params.get("imageTag"), params.get("imageDigest")
    pushed = PushedImage(
        body=body,
        media_type=params.get("imageManifestMediaType"),
        digest=Digest(digest) if digest else None,
        tags=(Tag(tag),) if tag else (),
        refuse_unchanged=True,
    )

    async def put(create: bool) -> StoredImage:
        wanted = replace(pushed, create_repository=create)
        return await call.deeds.images.put_image(call.registry, call.name, wanted)

    stored = await pushing(put, call.may_create)
    identifier = {"imageDigest": stored.digest.text}
    return {
        "image": {
            "registryId": call.account,
            "repositoryName": call.name.text,
            "imageId": identifier | ({"imageTag": tag} if tag else {}),
            "imageManifest": params["imageManifest"],
            "imageManifestMediaType": stored.media_type,
        }
    }


async def update_image_storage_class(call: Call) -> dict[str, Any]:
    """Move an image to the archive, or bring it back from there, which takes no time."""
    target = require_target(call.params["imageId"], "imageId")
    storage_class = StorageClass(call.params["targetStorageClass"])
    moved = await call.deeds.transitions.move(call.registry, call.name, target, storage_class)
    identifier = ImageIdentifier(moved.digest.text, target.tag.text if target.tag else None)
    return {
        "registryId": call.account,
        "repositoryName": call.name.text,
        "imageId": show_identifier(identifier),
        "imageStatus": moved.status.value,
    }


async def batch_delete_image(call: Call) -> dict[str, Any]:
    """Delete the named images and tags, and say which stay."""
    targets = [read_target(entry) for entry in call.params["imageIds"]]
    named = [target for target in targets if isinstance(target, Target)]
    failures = [target for target in targets if not isinstance(target, Target)]
    result = await call.deeds.deleting.delete_batch(call.registry, call.name, named)
    refused: list[tuple[ImageIdentifier, Refusal]] = result.refused
    failures += [refusal_failure(identifier, refusal) for identifier, refusal in refused]
    return {"imageIds": [show_identifier(gone) for gone in result.gone], "failures": failures}


def _filter(call: Call) -> ImageFilter:
    chosen = call.params.get("filter") or {}
    status = chosen.get("imageStatus", "ACTIVE")
    return ImageFilter(
        TagStatus(chosen.get("tagStatus", "ANY")),
        None if status == "ANY" else ImageStatus(status),
    )


async def _find(call: Call, targets: list[Target], *, bodies: bool) -> list[Found]:
    return await call.deeds.listings.find(call.registry, call.name, targets, bodies=bodies)


def _stored(image: Image, body: bytes) -> StoredManifest:
    return StoredManifest(
        image_id=image.id, digest=image.digest, media_type=image.media_type, body=body
    )


def _show_manifest(call: Call, target: Target, image: Image, body: bytes) -> dict[str, Any]:
    identifier = ImageIdentifier(image.digest.text, target.tag.text if target.tag else None)
    return {
        "registryId": call.account,
        "repositoryName": call.name.text,
        "imageId": show_identifier(identifier),
        "imageManifest": body.decode(),
        "imageManifestMediaType": image.media_type,
    }


def _show(call: Call, image: Image, scan: Scan | None) -> dict[str, Any]:
    shown = {
        "registryId": call.account,
        "repositoryName": call.name.text,
        "imageDigest": image.digest.text,
        "imageTags": [tag.text for tag in image.tags] or None,
        "imageSizeInBytes": image.image_bytes,
        "imagePushedAt": image.pushed_at,
        "imageManifestMediaType": image.media_type,
        "artifactMediaType": image.artifact_type or image.config_media_type,
        "imageScanStatus": scans.show_status(scan) if scan else None,
        "imageScanFindingsSummary": scans.show_summary(scan) if scan else None,
        "lastRecordedPullTime": image.pulled_at,
        "subjectManifestDigest": image.subject.text if image.subject else None,
        "imageStatus": image.status.value,
        "lastArchivedAt": image.archived_at,
        "lastActivatedAt": image.activated_at,
    }
    return {name: value for name, value in shown.items() if value is not None}
