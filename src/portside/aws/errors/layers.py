"""How refusals of layers and their uploads are worded."""

from __future__ import annotations

from portside.aws.errors.wording import Answers, Wording, too_large, where
from portside.aws.protocol.errors import AWSError
from portside.registry import refusals as registry


def _layer_not_found(refusal: registry.BlobNotFound) -> Wording:
    return "LayersNotFoundException", (
        f"The layer with digest '{refusal.digest}' does not exist in {where(refusal)}"
    )


def _layer_already_exists(refusal: registry.LayerAlreadyExists) -> Wording:
    return "LayerAlreadyExistsException", (
        f"Layer with digest '{refusal.digest}' already exists in {where(refusal)}"
    )


def _upload_not_found(refusal: registry.UploadNotFound) -> Wording:
    return "UploadNotFoundException", (
        f"The upload with id '{refusal.upload_id}' does not exist in {where(refusal)}"
    )


def _upload_empty(refusal: registry.UploadEmpty) -> Wording:
    return "EmptyUploadException", (
        f"The upload with id '{refusal.upload_id}' in {where(refusal)} has no layer parts"
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


def _layer_archived(refusal: registry.LayerArchived) -> Wording:
    return "LayerInaccessibleException", (
        f"The layer with digest '{refusal.digest}' in {where(refusal)} is archived"
    )


def _unavailable(_refusal: registry.StoreUnavailable) -> AWSError:
    return AWSError("ServerException", "The layers cannot be reached now", status=500)


ANSWERS: Answers = {
    registry.StoreUnavailable: _unavailable,
    registry.LayerArchived: _layer_archived,
    registry.BlobNotFound: _layer_not_found,
    registry.LayerAlreadyExists: _layer_already_exists,
    registry.UploadNotFound: _upload_not_found,
    registry.UploadEmpty: _upload_empty,
    registry.UploadBusy: _busy,
    registry.PartTooSmall: _part_too_small,
    registry.PartOutOfOrder: _invalid_part,
    registry.PartLengthMismatch: _invalid_part,
    registry.DigestMismatch: _invalid_layer,
    registry.BlobTooLarge: too_large,
}
