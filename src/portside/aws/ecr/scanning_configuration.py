"""How a registry and its repositories are scanned (ECR PutRegistryScanningConfiguration …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.names.repositories import RepositoryName
from portside.registry.scanning import read_configuration, render_configuration, render_filters
from portside.services.configurations import ScannedRepository


async def put_registry_scanning_configuration(call: Call) -> dict[str, Any]:
    """Configure how the registry's repositories are scanned."""
    configuration = read_configuration(call.params)
    await call.deeds.configurations.put_scanning(call.registry, configuration)
    return {"registryScanningConfiguration": render_configuration(configuration)}


async def get_registry_scanning_configuration(call: Call) -> dict[str, Any]:
    """Show how the registry's repositories are scanned."""
    configuration = await call.deeds.configurations.scanning(call.registry)
    return {
        "registryId": call.account,
        "scanningConfiguration": render_configuration(configuration),
    }


async def batch_get_repository_scanning_configuration(call: Call) -> dict[str, Any]:
    """Show how each of the named repositories is scanned."""
    names = [RepositoryName(name) for name in call.params["repositoryNames"]]
    found = await call.deeds.configurations.repository_scanning(call.registry, names)
    missing = [name for name, one in zip(names, found, strict=True) if one is None]
    return {
        "scanningConfigurations": [_show(one) for one in found if one is not None],
        "failures": [
            {
                "repositoryName": name.text,
                "failureCode": "REPOSITORY_NOT_FOUND",
                "failureReason": "REPOSITORY_NOT_FOUND",
            }
            for name in missing
        ],
    }


async def put_image_scanning_configuration(call: Call) -> dict[str, Any]:
    """Set whether images are scanned that are pushed to a repository."""
    scan_on_push = bool(call.params["imageScanningConfiguration"].get("scanOnPush"))
    await call.deeds.configurations.put_scan_on_push(
        call.registry, call.name, scan_on_push=scan_on_push
    )
    return {
        "registryId": call.account,
        "repositoryName": call.name.text,
        "imageScanningConfiguration": {"scanOnPush": scan_on_push},
    }


def _show(scanned: ScannedRepository) -> dict[str, Any]:
    repository = scanned.repository
    return {
        "repositoryArn": repository.arn.text,
        "repositoryName": repository.name.text,
        "scanOnPush": repository.settings.scan_on_push,
        "scanFrequency": scanned.scanning.frequency.value,
        "appliedScanFilters": render_filters(scanned.scanning.filters),
    }
