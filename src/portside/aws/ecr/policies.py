"""Policies of repositories and registries (ECR SetRepositoryPolicy, PutRegistryPolicy …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call


async def set_repository_policy(call: Call) -> dict[str, Any]:
    """Give a repository its policy."""
    text = await call.deeds.policies.set_repository_policy(
        call.registry,
        call.name,
        call.params["policyText"],
        call.caller,
        None if call.params.get("force") else call.look(),
    )
    return _show_repository(call, text)


async def get_repository_policy(call: Call) -> dict[str, Any]:
    """Show a repository's policy."""
    text = await call.deeds.policies.get_repository_policy(call.registry, call.name)
    return _show_repository(call, text)


async def delete_repository_policy(call: Call) -> dict[str, Any]:
    """Remove a repository's policy, and show it."""
    text = await call.deeds.policies.delete_repository_policy(call.registry, call.name, call.caller)
    return _show_repository(call, text)


async def put_registry_policy(call: Call) -> dict[str, Any]:
    """Give the registry its policy."""
    text = await call.deeds.policies.put_registry_policy(
        call.registry, call.params["policyText"], call.caller
    )
    return _show_registry(call, text)


async def get_registry_policy(call: Call) -> dict[str, Any]:
    """Show the registry's policy."""
    return _show_registry(call, await call.deeds.policies.get_registry_policy(call.registry))


async def delete_registry_policy(call: Call) -> dict[str, Any]:
    """Remove the registry's policy, and show it."""
    text = await call.deeds.policies.delete_registry_policy(call.registry, call.caller)
    return _show_registry(call, text)


def _show_repository(call: Call, text: str) -> dict[str, Any]:
    return {**_show_registry(call, text), "repositoryName": call.name.text}


def _show_registry(call: Call, text: str) -> dict[str, Any]:
    return {"registryId": call.account, "policyText": text}
