"""ECR's ``imageId`` in and out, and the failures that batches answer with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portside.aws.errors.wording import invalid_parameter
from portside.aws.protocol.errors import AWSError
from portside.names.digests import Digest
from portside.names.errors import MalformedName, Refusal
from portside.names.tags import Tag
from portside.registry.images import ImageIdentifier, Target
from portside.registry.refusals import ImageReferencedByIndex, ImageTagDoesNotMatchDigest
from portside.registry.sentences import referenced_by_index

REASONS = {
    "ImageNotFound": "Requested image not found",
    "ImageTagDoesNotMatchDigest": "Requested image digest does not match tag",
    "MissingDigestAndTag": "Invalid request parameters: both tag and digest cannot be null",
    "InvalidImageDigest": "Invalid request parameters: image digest should satisfy the regex "
    "'[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'",
    "ImageInaccessible": "Requested image is archived and cannot be pulled",
    "InvalidImageTag": "Invalid request parameters: image tag should satisfy the regex "
    "'[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}'",
}


def read_target(entry: Mapping[str, Any]) -> Target | dict[str, Any]:
    """The image that an ``imageId`` names, or the failure to answer with."""
    identifier = ImageIdentifier(entry.get("imageDigest"), entry.get("imageTag"))
    if identifier.digest is None and identifier.tag is None:
        return failure("MissingDigestAndTag", identifier)
    try:
        digest = Digest(identifier.digest) if identifier.digest is not None else None
    except MalformedName:
        return failure("InvalidImageDigest", identifier)
    try:
        tag = Tag(identifier.tag) if identifier.tag is not None else None
    except MalformedName:
        return failure("InvalidImageTag", identifier)
    return Target(tag, digest)


def require_target(entry: Mapping[str, Any], parameter: str) -> Target:
    """The image that the ``imageId`` of a parameter names.

    Raises:
        AWSError: it names none, or names it malformed.
    """
    target = read_target(entry)
    if isinstance(target, Target):
        return target
    raise AWSError(*invalid_parameter(parameter, target["failureReason"]))


def show_identifier(identifier: ImageIdentifier) -> dict[str, str]:
    """An ``imageId`` with what is known of it."""
    shown = {"imageDigest": identifier.digest, "imageTag": identifier.tag}
    return {name: value for name, value in shown.items() if value is not None}


def failure(code: str, identifier: ImageIdentifier, reason: str | None = None) -> dict[str, Any]:
    """An entry of ``failures``."""
    return {
        "imageId": show_identifier(identifier),
        "failureCode": code,
        "failureReason": reason or REASONS[code],
    }


def refusal_failure(identifier: ImageIdentifier, refusal: Refusal) -> dict[str, Any]:
    """The entry of ``failures`` for what a deletion was refused with."""
    if isinstance(refusal, ImageReferencedByIndex):
        reason = referenced_by_index(refusal.indexes)
        return failure("ImageReferencedByManifestList", identifier, reason)
    if isinstance(refusal, ImageTagDoesNotMatchDigest):
        return failure("ImageTagDoesNotMatchDigest", identifier)
    return failure("ImageNotFound", identifier)
