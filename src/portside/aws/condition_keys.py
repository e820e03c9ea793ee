"""The condition keys that the parameters of an operation make."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_PARAMETERS: Final = {
    "PolicyArn": "iam:PolicyARN",
    "PermissionsBoundary": "iam:PermissionsBoundary",
}


def parameter_keys(params: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Resource tags that are asked for, as ECR spells them and as IAM does, and IAM's own keys.

    Source: service authorization reference, "Condition keys" of Amazon ECR and of IAM.
    """
    tags = params.get("tags") or params.get("Tags") or []
    named = tuple(tag["Key"] for tag in tags)
    named += tuple(params.get("tagKeys") or params.get("TagKeys") or ())
    keys: dict[str, tuple[str, ...]] = {
        f"aws:RequestTag/{tag['Key']}": (tag.get("Value", ""),) for tag in tags
    }
    if named:
        keys["aws:TagKeys"] = named
    for parameter, key in _PARAMETERS.items():
        if parameter in params:
            keys[key] = (params[parameter],)
    return keys
