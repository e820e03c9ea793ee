"""Repositories (ECR CreateRepository, DescribeRepositories …)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portside.access.authorize import Resource
from portside.aws.calls import Call
from portside.aws.ecr.listings import refuse_pages
from portside.names.arns import registry_arn, repository_arn
from portside.names.repositories import RepositoryName
from portside.registry.mutability import MutabilityMode, TagMutability
from portside.registry.pages import parse_token, render_token
from portside.registry.repositories import Encryption, Repository, RepositorySettings

PAGE_DEFAULT = 100


def described_repositories(call: Call) -> tuple[Resource, ...]:
    """Each repository that is named; all of the registry where none is."""
    names = [RepositoryName(name) for name in call.params.get("repositoryNames") or []]
    named = [repository_arn(call.registry, name) for name in dict.fromkeys(names)]
    return tuple(Resource.of(arn) for arn in named or [registry_arn(call.registry)])


def tagging(call: Call) -> tuple[tuple[str, Resource], ...]:
    """To make a repository with tags takes the right to tag it, too (ECR CreateRepository)."""
    if not call.params.get("tags"):
        return ()
    return (("ecr:TagResource", Resource.of(repository_arn(call.registry, call.name))),)


async def create_repository(call: Call) -> dict[str, Any]:
    """Make a repository."""
    params = call.params
    encryption = params.get("encryptionConfiguration") or {}
    scanning = params.get("imageScanningConfiguration") or {}
    settings = RepositorySettings(
        mutability=_mutability(params),
        scan_on_push=bool(scanning.get("scanOnPush")),
        encryption=Encryption(
            type=encryption.get("encryptionType", "AES256"), kms_key=encryption.get("kmsKey")
        ),
    )
    tags = [(tag["Key"], tag["Value"]) for tag in params.get("tags") or []]
    created = await call.deeds.repositories.create(call.registry, call.name, settings, tags)
    return {"repository": _show(call, created)}


async def describe_repositories(call: Call) -> dict[str, Any]:
    """Show the named repositories, or all of them by pages."""
    names = call.params.get("repositoryNames")
    if names:
        refuse_pages(call, "repositoryNames")
        wanted = [RepositoryName(name) for name in names]
        found = await call.deeds.repositories.describe(call.registry, wanted)
        return {"repositories": [_show(call, repository) for repository in found]}
    limit = call.params.get("maxResults") or PAGE_DEFAULT
    position = parse_token("repositories", call.params.get("nextToken"), str)
    after = position[0] if position else ""
    found = await call.deeds.repositories.page(call.registry, after, limit + 1)
    answer: dict[str, Any] = {"repositories": [_show(call, one) for one in found[:limit]]}
    if len(found) > limit:
        answer["nextToken"] = render_token("repositories", found[limit - 1].name.text)
    return answer


async def delete_repository(call: Call) -> dict[str, Any]:
    """Remove a repository; with ``force`` also one that holds images."""
    force = bool(call.params.get("force"))
    deleted = await call.deeds.repositories.delete(call.registry, call.name, force=force)
    return {"repository": _show(call, deleted)}


async def put_image_tag_mutability(call: Call) -> dict[str, Any]:
    """Change which tags may move."""
    changed = await call.deeds.repositories.put_mutability(
        call.registry, call.name, _mutability(call.params)
    )
    return {
        "registryId": call.account,
        "repositoryName": changed.name.text,
        **show_mutability(changed.settings.mutability),
    }


def _mutability(params: Mapping[str, Any]) -> TagMutability:
    filters = params.get("imageTagMutabilityExclusionFilters") or []
    mode = MutabilityMode(params.get("imageTagMutability") or MutabilityMode.MUTABLE)
    return TagMutability(mode, tuple(entry["filter"] for entry in filters))


def show_mutability(mutability: TagMutability) -> dict[str, Any]:
    """A tag mutability as answers have it."""
    shown: dict[str, Any] = {"imageTagMutability": mutability.mode.value}
    if mutability.exclusions:
        shown["imageTagMutabilityExclusionFilters"] = [
            {"filterType": "WILDCARD", "filter": filter_} for filter_ in mutability.exclusions
        ]
    return shown


def _show(call: Call, repository: Repository) -> dict[str, Any]:
    host = call.deeds.addressing.shown_host(repository.registry, call.context.host)
    settings = repository.settings
    encryption = {"encryptionType": settings.encryption.type}
    if settings.encryption.kms_key:
        encryption["kmsKey"] = settings.encryption.kms_key
    return {
        "repositoryArn": repository.arn.text,
        "registryId": repository.registry.account.text,
        "repositoryName": repository.name.text,
        "repositoryUri": f"{host}/{repository.name}",
        "createdAt": repository.created_at,
        **show_mutability(settings.mutability),
        "imageScanningConfiguration": {"scanOnPush": settings.scan_on_push},
        "encryptionConfiguration": encryption,
    }
