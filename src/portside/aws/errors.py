"""How the AWS APIs word each refusal (ECR API reference, "Errors" of each operation)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portside.access import refusals as access
from portside.aws.protocol.errors import AWSError
from portside.manifests import documents
from portside.names.errors import MalformedName, Refusal
from portside.registry import pages, sentences
from portside.registry import refusals as registry
from portside.registry.images import ImageIdentifier
from portside.web.bodies import BodyTooLarge

Wording = tuple[str, str]
"""An error's code and message."""


def invalid_parameter(parameter: str, reason: str) -> Wording:
    """ECR's sentence for a parameter that it does not take."""
    return (
        "InvalidParameterException",
        f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{reason}'",
    )


def _where(refusal: registry.RepositoryRefusal) -> str:
    account = refusal.registry.account
    return f"the repository with name '{refusal.repository}' in the registry with id '{account}'"


def _repository_not_found(refusal: registry.RepositoryNotFound) -> Wording:
    return "RepositoryNotFoundException", sentences.repository_not_found(refusal)


def _repository_already_exists(refusal: registry.RepositoryAlreadyExists) -> Wording:
    return "RepositoryAlreadyExistsException", (
        f"The repository with name '{refusal.repository}' already exists in the registry with id "
        f"'{refusal.registry.account}'"
    )


def _repository_not_empty(refusal: registry.RepositoryNotEmpty) -> Wording:
    return "RepositoryNotEmptyException", (
        f"The repository with name '{refusal.repository}' in registry with id "
        f"'{refusal.registry.account}' cannot be deleted because it still contains images"
    )


def _identifier(image: ImageIdentifier) -> str:
    digest = image.digest or "null"
    tag = image.tag or "null"
    return f"{{imageDigest:'{digest}', imageTag:'{tag}'}}"


def _image_not_found(refusal: registry.ImageNotFound) -> Wording:
    return "ImageNotFoundException", (
        f"The image with imageId {_identifier(refusal.image)} does not exist within "
        f"{_where(refusal)}"
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


def _referenced(refusal: registry.ImageReferencedByIndex) -> Wording:
    return "InvalidParameterException", sentences.referenced_by_index(refusal.indexes)


def _layers_missing(refusal: registry.BlobsMissing) -> Wording:
    return "LayersNotFoundException", (
        f"The layers with digests '[{', '.join(refusal.digests)}]' required for pushing image into "
        f"{_where(refusal)} does not exist"
    )


def _children_missing(refusal: registry.ChildrenMissing) -> Wording:
    return "ReferencedImagesNotFoundException", (
        f"The images with digests '[{', '.join(refusal.digests)}]' required for pushing image into "
        f"{_where(refusal)} does not exist"
    )


def _layer_not_found(refusal: registry.BlobNotFound) -> Wording:
    return "LayersNotFoundException", (
        f"The layer with digest '{refusal.digest}' does not exist in {_where(refusal)}"
    )


def _layer_already_exists(refusal: registry.LayerAlreadyExists) -> Wording:
    return "LayerAlreadyExistsException", (
        f"Layer with digest '{refusal.digest}' already exists in {_where(refusal)}"
    )


def _upload_not_found(refusal: registry.UploadNotFound) -> Wording:
    return "UploadNotFoundException", (
        f"The upload with id '{refusal.upload_id}' does not exist in {_where(refusal)}"
    )


def _upload_empty(refusal: registry.UploadEmpty) -> Wording:
    return "EmptyUploadException", (
        f"The upload with id '{refusal.upload_id}' in {_where(refusal)} has no layer parts"
    )


def _part_too_small(refusal: registry.PartTooSmall) -> Wording:
    return "LayerPartTooSmallException", (
        f"A part of the upload with id '{refusal.upload_id}' that is not the last is smaller than "
        f"{refusal.part_bytes} bytes"
    )


def _invalid_part(refusal: registry.PartOutOfOrder | registry.PartLengthMismatch) -> AWSError:
    last = refusal.upload.size_bytes - 1
    return AWSError(
        "InvalidLayerPartException",
        f"The part of the upload with id '{refusal.upload.id}' does not follow the last valid byte "
        f"received, {last}, or is not as long as announced",
        fields={
            "registryId": refusal.registry.account.text,
            "repositoryName": refusal.repository,
            "uploadId": refusal.upload.id,
            "lastValidByteReceived": last,
        },
    )


def _invalid_layer(refusal: registry.DigestMismatch) -> Wording:
    return "InvalidLayerException", (
        f"The uploaded layer has the digest '{refusal.actual}', not '{refusal.expected}'"
    )


def _busy(refusal: registry.UploadBusy) -> Wording:
    return "LimitExceededException", (
        f"Another request is writing to the upload with id '{refusal.upload_id}'"
    )


def _too_large(refusal: BodyTooLarge | registry.BlobTooLarge) -> Wording:
    return "LimitExceededException", f"more than {refusal.limit_bytes} bytes are not accepted"


def _malformed(refusal: MalformedName) -> Wording:
    parameters = {
        "tag": "imageTag",
        "digest": "imageDigest",
        "account": "registryId",
        "repository name": "repositoryName",
    }
    return invalid_parameter(parameters.get(refusal.kind, refusal.kind), refusal.rule)


def _invalid_tags(refusal: registry.InvalidResourceTags) -> Wording:
    return "InvalidTagParameterException", invalid_parameter("tags", refusal.reason)[1]


def _too_many_tags(refusal: registry.TooManyResourceTags) -> Wording:
    return "TooManyTagsException", (
        f"The resource would have {refusal.count} tags; at most 50 are allowed"
    )


def _denied(refusal: access.AccessDenied) -> Wording:
    return "AccessDeniedException", str(refusal)


def _manifest(reason: str) -> Callable[[Any], Wording]:
    return lambda _refusal: invalid_parameter("ImageManifest", reason)


ANSWERS: dict[type[Refusal], Callable[[Any], Wording | AWSError]] = {
    MalformedName: _malformed,
    BodyTooLarge: _too_large,
    pages.MalformedPageToken: lambda _: invalid_parameter("nextToken", "Invalid token"),
    documents.MalformedManifest: lambda refusal: invalid_parameter(
        "ImageManifest", f"Invalid image manifest provided: {refusal}"
    ),
    documents.Schema1Refused: _manifest("Docker schema 1 manifests are not supported"),
    documents.MediaTypeMissing: _manifest(
        "imageManifestMediaType must be given where the manifest has no mediaType"
    ),
    registry.RepositoryNotFound: _repository_not_found,
    registry.RepositoryAlreadyExists: _repository_already_exists,
    registry.RepositoryNotEmpty: _repository_not_empty,
    registry.ImageNotFound: _image_not_found,
    registry.ImageAlreadyExists: _image_already_exists,
    registry.ImageTagAlreadyExists: _tag_already_exists,
    registry.TooManyImageTags: lambda refusal: (
        "LimitExceededException",
        sentences.too_many_tags(refusal),
    ),
    registry.ImageDigestDoesNotMatch: _digest_does_not_match,
    registry.ImageReferencedByIndex: _referenced,
    registry.BlobsMissing: _layers_missing,
    registry.ChildrenMissing: _children_missing,
    registry.BlobNotFound: _layer_not_found,
    registry.LayerAlreadyExists: _layer_already_exists,
    registry.UploadNotFound: _upload_not_found,
    registry.UploadEmpty: _upload_empty,
    registry.UploadBusy: _busy,
    registry.PartTooSmall: _part_too_small,
    registry.PartOutOfOrder: _invalid_part,
    registry.PartLengthMismatch: _invalid_part,
    registry.DigestMismatch: _invalid_layer,
    registry.BlobTooLarge: _too_large,
    registry.InvalidMutability: lambda refusal: invalid_parameter(
        "imageTagMutabilityExclusionFilters", refusal.reason
    ),
    registry.InvalidResourceTags: _invalid_tags,
    registry.TooManyResourceTags: _too_many_tags,
    access.AccessDenied: _denied,
    access.CredentialsMissing: lambda _: (
        "MissingAuthenticationTokenException",
        "Missing Authentication Token",
    ),
    access.CredentialsUnknown: lambda _: (
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    ),
}


def word(refusal: Refusal) -> AWSError:
    """The error that a refusal is answered with."""
    worded = ANSWERS[type(refusal)](refusal)
    return worded if isinstance(worded, AWSError) else AWSError(*worded)
