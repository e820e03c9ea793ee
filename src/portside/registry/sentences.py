"""ECR's own sentences, which both faces say word for word (ECR API; ``docker push``)."""

from __future__ import annotations

from collections.abc import Sequence

from portside.registry.refusals import ImageTagAlreadyExists, RepositoryNotFound, TooManyImageTags

EXPIRED = "Your authorization token has expired. Reauthenticate and try again."


def repository_not_found(refusal: RepositoryNotFound) -> str:
    """Of RepositoryNotFoundException, and of ``NAME_UNKNOWN``."""
    return (
        f"The repository with name '{refusal.repository}' does not exist in the registry with id "
        f"'{refusal.registry.account}'"
    )


def tag_already_exists(refusal: ImageTagAlreadyExists) -> str:
    """Of ImageTagAlreadyExistsException, and of ``TAG_INVALID``."""
    return (
        f"The image tag '{refusal.tag}' already exists in the '{refusal.repository}' repository "
        "and cannot be overwritten because the repository is immutable."
    )


def referenced_by_index(indexes: Sequence[str]) -> str:
    """Of the failure ImageReferencedByManifestList."""
    return f"Requested image referenced by manifest list: [{', '.join(indexes)}]"


def too_many_tags(refusal: TooManyImageTags) -> str:
    """Of LimitExceededException where an image's tags pass the quota."""
    return (
        f"The image with digest '{refusal.digest}' in the repository with name "
        f"'{refusal.repository}' in the registry with id '{refusal.registry.account}' already has "
        f"the maximum allowed number of tags, {refusal.limit}"
    )
