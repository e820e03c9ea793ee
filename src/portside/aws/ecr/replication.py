"""Replication of a registry (ECR DescribeRegistry, PutReplicationConfiguration …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.aws.ecr.image_ids import require_target, show_identifier
from portside.registry.images import ImageIdentifier
from portside.registry.replication import (
    ImageReplication,
    read_configuration,
    render_configuration,
    render_destination,
)


async def describe_registry(call: Call) -> dict[str, Any]:
    """Show the registry and where its images are copied to."""
    configuration = await call.deeds.configurations.replication(call.registry)
    return {
        "registryId": call.account,
        "replicationConfiguration": render_configuration(configuration),
    }


async def put_replication_configuration(call: Call) -> dict[str, Any]:
    """Configure where the registry's images are copied to."""
    configuration = read_configuration(call.params["replicationConfiguration"])
    await call.deeds.configurations.put_replication(call.registry, configuration)
    return {"replicationConfiguration": render_configuration(configuration)}


async def describe_image_replication_status(call: Call) -> dict[str, Any]:
    """Show how far the copying of an image to each destination has come."""
    target = require_target(call.params["imageId"], "imageId")
    image, found = await call.deeds.replication.status(call.registry, call.name, target)
    tag = target.tag.text if target.tag else None
    return {
        "repositoryName": call.name.text,
        "imageId": show_identifier(ImageIdentifier(image.digest.text, tag)),
        "replicationStatuses": [_show_status(one) for one in found],
    }


def _show_status(replication: ImageReplication) -> dict[str, str]:
    shown = {**render_destination(replication.destination), "status": replication.status.value}
    if replication.failure_code is not None:
        shown["failureCode"] = replication.failure_code
    return shown
