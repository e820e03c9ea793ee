"""Platforms of an index's children (OCI image-spec, image-index.md)."""

from __future__ import annotations

import json
from typing import Any

from portside.names.digests import Digest
from portside.names.errors import MalformedName


def find_platform(index: bytes, system: str, architecture: str) -> Digest | None:
    """The first child of an index that runs on this platform, or ``None``."""
    for child in json.loads(index).get("manifests") or []:
        if _runs_on(child.get("platform"), system, architecture):
            try:
                return Digest(child["digest"])
            except (KeyError, MalformedName):
                return None
    return None


def _runs_on(platform: Any, system: str, architecture: str) -> bool:
    if not isinstance(platform, dict):
        return False
    return platform.get("os") == system and platform.get("architecture") == architecture
