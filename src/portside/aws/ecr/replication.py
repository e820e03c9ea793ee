"""Replication of a registry (ECR DescribeRegistry, PutReplicationConfiguration …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.registry.replication import read_configuration, render_configuration


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
