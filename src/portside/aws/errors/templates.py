"""How refusals of repository creation templates are worded."""

from __future__ import annotations

from portside.aws.errors.wording import Answers, Wording, invalid_parameter
from portside.registry import templates


def _not_found(refusal: templates.TemplateNotFound) -> Wording:
    return "TemplateNotFoundException", (
        f"The repository creation template with prefix '{refusal.prefix}' does not exist in the "
        f"registry with id '{refusal.registry.account}'"
    )


def _already_exists(refusal: templates.TemplateAlreadyExists) -> Wording:
    return "TemplateAlreadyExistsException", (
        f"The repository creation template with prefix '{refusal.prefix}' already exists in the "
        f"registry with id '{refusal.registry.account}'"
    )


def _too_many(refusal: templates.TooManyTemplates) -> Wording:
    return "LimitExceededException", (
        f"The registry already has the maximum allowed number of repository creation templates, "
        f"{refusal.limit}"
    )


ANSWERS: Answers = {
    templates.TemplateNotFound: _not_found,
    templates.TemplateAlreadyExists: _already_exists,
    templates.TooManyTemplates: _too_many,
    templates.InvalidTemplate: lambda refusal: invalid_parameter(refusal.parameter, refusal.reason),
}
