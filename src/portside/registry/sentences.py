"""ECR's own sentences, which both faces say word for word (ECR API; ``docker push``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from portside.registry.refusals import (
    ImageTagAlreadyExists,
    QuotaReached,
    RepositoryNotFound,
    TooManyImages,
    TooManyImageTags,
    TooManyRepositories,
)

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


def quota_reached(refusal: QuotaReached) -> str:
    """Of LimitExceededException, and of ``DENIED``, where a quota is full."""
    holder, held = _QUOTAS[type(refusal)](refusal)
    return (
        f"The {holder} already has the maximum allowed number of {held} which is '{refusal.limit}'"
    )


_QUOTAS: dict[type[QuotaReached], Callable[[Any], tuple[str, str]]] = {
    TooManyRepositories: lambda refusal: (
        f"registry with id '{refusal.registry.account}'",
        "repositories",
    ),
    TooManyImages: lambda refusal: (
        (
            f"repository with name '{refusal.repository}' in registry with id "
            f"'{refusal.registry.account}'"
        ),
        "images",
    ),
    TooManyImageTags: lambda refusal: (
        (
            f"image with digest '{refusal.digest}' in the repository with name "
            f"'{refusal.repository}' in registry with id '{refusal.registry.account}'"
        ),
        "tags",
    ),
}
