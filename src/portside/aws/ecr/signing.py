"""Signing of a registry's images (ECR PutSigningConfiguration …).

Which images are to be signed is configured and known here; the signatures themselves are made by
AWS Signer, which is not reachable from here, so every image's signing has failed, and says so.
"""

from __future__ import annotations

from typing import Any, Final

from portside.aws.calls import Call
from portside.aws.ecr.image_ids import require_target, show_identifier
from portside.registry.images import ImageIdentifier
from portside.registry.signing import read_configuration, render_configuration

FAILURE_CODE: Final = "SIGNER_NOT_AVAILABLE"
FAILURE_REASON: Final = (
    "This registry does not reach AWS Signer and makes no signatures itself. Sign the image with a "
    "client such as notation or cosign."
)


async def put_signing_configuration(call: Call) -> dict[str, Any]:
    """Configure which images are to be signed with which profiles."""
    configuration = read_configuration(call.params["signingConfiguration"])
    await call.deeds.configurations.put_signing(call.registry, configuration)
    return {"signingConfiguration": render_configuration(configuration)}


async def get_signing_configuration(call: Call) -> dict[str, Any]:
    """Show which images are to be signed with which profiles."""
    configuration = await call.deeds.configurations.signing(call.registry)
    return {"registryId": call.account, "signingConfiguration": render_configuration(configuration)}


async def delete_signing_configuration(call: Call) -> dict[str, Any]:
    """Have images signed no longer, and show what was configured."""
    configuration = await call.deeds.configurations.delete_signing(call.registry)
    return {"registryId": call.account, "signingConfiguration": render_configuration(configuration)}


async def describe_image_signing_status(call: Call) -> dict[str, Any]:
    """Show what became of an image's signatures, one for each profile."""
    target = require_target(call.params["imageId"], "imageId")
    image, profiles = await call.deeds.configurations.signing_profiles(
        call.registry, call.name, target
    )
    tag = target.tag.text if target.tag else None
    return {
        "registryId": call.account,
        "repositoryName": call.name.text,
        "imageId": show_identifier(ImageIdentifier(image.digest.text, tag)),
        "signingStatuses": [
            {
                "signingProfileArn": profile,
                "status": "FAILED",
                "failureCode": FAILURE_CODE,
                "failureReason": FAILURE_REASON,
            }
            for profile in profiles
        ],
    }
