"""How refusals of images and manifests are worded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portside.aws.errors.wording import (
    Answers,
    Wording,
    invalid_parameter,
    quota_reached,
    where,
)
from portside.manifests import documents
from portside.registry import refusals as registry
from portside.registry import sentences
from portside.registry.images import ImageIdentifier


def _identifier(image: ImageIdentifier) -> str:
    digest = image.digest or "null"
    tag = image.tag or "null"
    return f"{{imageDigest:'{digest}', imageTag:'{tag}'}}"


def _image_not_found(refusal: registry.ImageNotFound) -> Wording:
    return "ImageNotFoundException", (
        f"The image with imageId {_identifier(refusal.image)} does not exist within "
        f"{where(refusal)}"
    )


def _image_already_exists(refusal: registry.ImageAlreadyExists) -> Wording:
    return "ImageAlreadyExistsException", (
        f"Image with digest '{refusal.digest}' and tag '{refusal.tag or 'null'}' already exists in "
        f"the repository with name '{refusal.repository}' in registry with id "
        f"'{refusal.registry.account}'"
    )


def _tag_already_exists(refusal: registry.ImageTagAlreadyExists) -> Wording:
    return "ImageTagAlreadyExistsException", sentences.tag_already_exists(refusal)


def _digest_does_not_match(refusal: registry.ImageDigestDoesNotMatch) -> Wording:
    return "ImageDigestDoesNotMatchException", (
        f"Requested digest '{refusal.given}' does not match the digest '{refusal.actual}' of the "
        "manifest"
    )


def _storage_class(refusal: registry.StorageClassUnchangeable) -> Wording:
    return "ImageStorageClassUpdateNotSupportedException", (
        f"The image with digest '{refusal.digest}' in {where(refusal)} cannot be moved to the "
        f"storage class '{refusal.wanted}' because it is referenced by manifest list: "
        f"[{', '.join(refusal.indexes)}]"
    )


def _tag_of_another(refusal: registry.ImageTagDoesNotMatchDigest) -> Wording:
    del refusal
    return invalid_parameter("imageId", "Requested image digest does not match tag")


def _referenced(refusal: registry.ImageReferencedByIndex) -> Wording:
    return "InvalidParameterException", sentences.referenced_by_index(refusal.indexes)


def _layers_missing(refusal: registry.BlobsMissing) -> Wording:
    return "LayersNotFoundException", (
        f"The layers with digests '[{', '.join(refusal.digests)}]' required for pushing image into "
        f"{where(refusal)} does not exist"
    )


def _children_missing(refusal: registry.ChildrenMissing) -> Wording:
    return "ReferencedImagesNotFoundException", (
        f"The images with digests '[{', '.join(refusal.digests)}]' required for pushing image into "
        f"{where(refusal)} does not exist"
    )


def _manifest(reason: str) -> Callable[[Any], Wording]:
    return lambda _refusal: invalid_parameter("ImageManifest", reason)


ANSWERS: Answers = {
    documents.MalformedManifest: lambda refusal: invalid_parameter(
        "ImageManifest", f"Invalid image manifest provided: {refusal}"
    ),
    documents.Schema1Refused: _manifest("Docker schema 1 manifests are not supported"),
    documents.MediaTypeMissing: _manifest(
        "imageManifestMediaType must be given where the manifest has no mediaType"
    ),
    registry.ImageNotFound: _image_not_found,
    registry.ImageAlreadyExists: _image_already_exists,
    registry.ImageTagAlreadyExists: _tag_already_exists,
    registry.TooManyImages: quota_reached,
    registry.TooManyImageTags: quota_reached,
    registry.ImageDigestDoesNotMatch: _digest_does_not_match,
    registry.ImageReferencedByIndex: _referenced,
    registry.ImageTagDoesNotMatchDigest: _tag_of_another,
    registry.StorageClassUnchangeable: _storage_class,
    registry.BlobsMissing: _layers_missing,
    registry.ChildrenMissing: _children_missing,
}
