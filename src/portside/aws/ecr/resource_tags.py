"""Resource tags (ECR TagResource, UntagResource, ListTagsForResource)."""

from __future__ import annotations

from typing import Any

from portside.access.authorize import Resource
from portside.aws.calls import Call
from portside.aws.protocol.errors import AWSError
from portside.names.accounts import Region, RegistryId
from portside.names.arns import Arn, parse_repository_arn
from portside.names.errors import MalformedName
from portside.names.repositories import RepositoryName


def tagged_resource(call: Call) -> Resource:
    """The repository that ``resourceArn`` names."""
    _resolve(call)
    return Resource.of(Arn(call.params["resourceArn"]))


async def tag_resource(call: Call) -> dict[str, Any]:
    """Put tags on a repository."""
    registry, name = _resolve(call)
    added = [(tag["Key"], tag["Value"]) for tag in call.params["tags"]]
    await call.deeds.repositories.add_resource_tags(registry, name, added)
    return {}


async def untag_resource(call: Call) -> dict[str, Any]:
    """Take tags off a repository."""
    registry, name = _resolve(call)
    await call.deeds.repositories.remove_resource_tags(registry, name, call.params["tagKeys"])
    return {}


async def list_tags_for_resource(call: Call) -> dict[str, Any]:
    """Show a repository's tags."""
    registry, name = _resolve(call)
    held = await call.deeds.repositories.resource_tags(registry, name)
    return {"tags": [{"Key": key, "Value": value} for key, value in held.items()]}


def _resolve(call: Call) -> tuple[RegistryId, RepositoryName]:
    try:
        account, region, name = parse_repository_arn(Arn(call.params["resourceArn"]))
        return RegistryId(account, Region(region)), name
    except MalformedName as error:
        raise AWSError(
            "InvalidParameterException",
            "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'",
        ) from error
