"""How refusals of repositories and their settings are worded."""

from __future__ import annotations

from portside.aws.errors.wording import Answers, Wording, invalid_parameter, quota_reached
from portside.registry import refusals as registry
from portside.registry import sentences


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


def _invalid_tags(refusal: registry.InvalidResourceTags) -> Wording:
    return "InvalidTagParameterException", invalid_parameter("tags", refusal.reason)[1]


def _too_many_tags(refusal: registry.TooManyResourceTags) -> Wording:
    return "TooManyTagsException", (
        f"The resource would have {refusal.count} tags; at most 50 are allowed"
    )


ANSWERS: Answers = {
    registry.RepositoryNotFound: _repository_not_found,
    registry.RepositoryAlreadyExists: _repository_already_exists,
    registry.RepositoryNotEmpty: _repository_not_empty,
    registry.TooManyRepositories: quota_reached,
    registry.InvalidMutability: lambda refusal: invalid_parameter(
        "imageTagMutabilityExclusionFilters", refusal.reason
    ),
    registry.InvalidResourceTags: _invalid_tags,
    registry.TooManyResourceTags: _too_many_tags,
}
