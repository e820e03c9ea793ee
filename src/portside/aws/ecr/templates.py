"""Repository creation templates (ECR CreateRepositoryCreationTemplate …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.aws.ecr.repositories import show_mutability
from portside.registry.mutability import MutabilityMode, TagMutability
from portside.registry.pages import parse_token, render_token
from portside.registry.repositories import Encryption
from portside.registry.templates import Purpose, Template, TemplateParts

PAGE_DEFAULT = 100


async def create_template(call: Call) -> dict[str, Any]:
    """Add a template."""
    made = await call.deeds.templates.create(call.registry, call.params["prefix"], _parts(call))
    return _answer(call, made)


async def update_template(call: Call) -> dict[str, Any]:
    """Change what is given of a template."""
    changed = await call.deeds.templates.update(call.registry, call.params["prefix"], _parts(call))
    return _answer(call, changed)


async def delete_template(call: Call) -> dict[str, Any]:
    """Remove a template."""
    gone = await call.deeds.templates.delete(call.registry, call.params["prefix"])
    return _answer(call, gone)


async def describe_templates(call: Call) -> dict[str, Any]:
    """Show the templates of the named prefixes, or all of them by pages."""
    limit = call.params.get("maxResults") or PAGE_DEFAULT
    position = parse_token("templates", call.params.get("nextToken"))
    found = await call.deeds.templates.page(
        call.registry,
        call.params.get("prefixes") or None,
        str(position[0]) if position else "",
        limit + 1,
    )
    answer: dict[str, Any] = {
        "registryId": call.account,
        "repositoryCreationTemplates": [_show(template) for template in found[:limit]],
    }
    if len(found) > limit:
        answer["nextToken"] = render_token("templates", found[limit - 1].key)
    return answer


def _parts(call: Call) -> TemplateParts:
    params = call.params
    tags = params.get("resourceTags")
    purposes = params.get("appliedFor")
    return TemplateParts(
        applied_for=None if purposes is None else _purposes(purposes),
        description=params.get("description"),
        mutability=_mutability(params),
        encryption=_encryption(params.get("encryptionConfiguration")),
        resource_tags=None if tags is None else tuple((tag["Key"], tag["Value"]) for tag in tags),
        repository_policy=params.get("repositoryPolicy"),
        lifecycle_policy=params.get("lifecyclePolicy"),
        custom_role_arn=params.get("customRoleArn"),
    )


def _purposes(given: list[str]) -> tuple[Purpose, ...]:
    return tuple(dict.fromkeys(Purpose(text) for text in given))


def _mutability(params: dict[str, Any]) -> TagMutability | None:
    mode, filters = (
        params.get("imageTagMutability"),
        params.get("imageTagMutabilityExclusionFilters"),
    )
    if mode is None and filters is None:
        return None
    exclusions = tuple(entry["filter"] for entry in filters or [])
    return TagMutability(MutabilityMode(mode or MutabilityMode.MUTABLE), exclusions)


def _encryption(given: dict[str, Any] | None) -> Encryption | None:
    if given is None:
        return None
    return Encryption(type=given["encryptionType"], kms_key=given.get("kmsKey") or None)


def _answer(call: Call, template: Template) -> dict[str, Any]:
    return {"registryId": call.account, "repositoryCreationTemplate": _show(template)}


def _show(template: Template) -> dict[str, Any]:
    settings = template.settings
    encryption = {"encryptionType": settings.encryption.type, "kmsKey": settings.encryption.kms_key}
    shown = {
        "prefix": template.prefix,
        "description": template.description,
        "encryptionConfiguration": {key: held for key, held in encryption.items() if held},
        "resourceTags": [{"Key": key, "Value": value} for key, value in template.resource_tags],
        **show_mutability(settings.mutability),
        "repositoryPolicy": template.repository_policy,
        "lifecyclePolicy": template.lifecycle_policy,
        "appliedFor": [purpose.value for purpose in template.applied_for],
        "customRoleArn": template.custom_role_arn,
        "createdAt": template.created_at,
        "updatedAt": template.updated_at,
    }
    return {name: value for name, value in shown.items() if value not in (None, [])}
