"""Descriptors: media type, digest and size (OCI image-spec, descriptor.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from portside.names.digests import Digest
from portside.names.errors import MalformedName
from portside.names.media_types import DOCKER_FOREIGN_LAYER

SIZE_MAX = 2**63 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What a manifest says about content: its type, digest, size in bytes and origin."""

    media_type: str
    digest: Digest
    size_bytes: int
    urls: tuple[str, ...] = ()
    artifact_type: str | None = None
    annotations: dict[str, str] = field(default_factory=dict)

    @property
    def distributable(self) -> bool:
        """Whether the content is pushed with the image (image-spec layer.md, non-distributable)."""
        return not (
            self.urls
            or self.media_type == DOCKER_FOREIGN_LAYER
            or ".nondistributable." in self.media_type
        )


def read_descriptor(value: Any, where: str) -> Descriptor | list[str]:
    """Read a descriptor, or list everything that is wrong with it; ``where`` names its place."""
    if not isinstance(value, dict):
        return [f"{where} is not an object"]
    violations = []
    media_type = value.get("mediaType")
    if not isinstance(media_type, str) or not media_type:
        violations.append(f"{where}.mediaType is not a media type")
    size = value.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= SIZE_MAX:
        violations.append(f"{where}.size is not a size in bytes")
    digest = _read_digest(value.get("digest"))
    if digest is None:
        violations.append(f"{where}.digest is not a digest")
    if violations or digest is None or not isinstance(size, int):
        return violations
    urls = value.get("urls")
    artifact_type = value.get("artifactType")
    return Descriptor(
        media_type=str(media_type),
        digest=digest,
        size_bytes=size,
        urls=tuple(str(url) for url in urls) if isinstance(urls, list) else (),
        artifact_type=artifact_type if isinstance(artifact_type, str) else None,
        annotations=read_annotations(value.get("annotations")),
    )


def read_annotations(value: Any) -> dict[str, str]:
    """The annotations that are strings, as the specification demands; others are left out."""
    if not isinstance(value, dict):
        return {}
    return {name: text for name, text in value.items() if isinstance(text, str)}


def _read_digest(value: Any) -> Digest | None:
    try:
        return Digest(value) if isinstance(value, str) else None
    except MalformedName:
        return None
