"""Reading a manifest's bytes (OCI image-spec manifest.md and image-index.md; Docker schema 2)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from portside.manifests.descriptors import Descriptor, read_annotations, read_descriptor
from portside.names.errors import Refusal
from portside.names.media_types import (
    INDEXES,
    MANIFESTS,
    OCI_ARTIFACT,
    SCHEMA1,
    essence,
)

SIZE_MAX_BYTES = 4 * 1024 * 1024
"""The largest manifest (distribution-spec, "Pushing Manifests": at least 4 megabytes)."""

DESCRIPTORS_MAX = 100_000
"""More descriptors than any client makes; bounds the work that 4 MiB of JSON can ask for."""


class MalformedManifest(Refusal):
    """The bytes are no manifest; ``violations`` lists every reason."""

    def __init__(self, violations: list[str]) -> None:
        super().__init__("; ".join(violations))
        self.violations = violations


class Schema1Refused(Refusal):
    """A Docker schema 1 manifest, a format without content addressing, which is not accepted."""


class MediaTypeMissing(Refusal):
    """Neither the request nor the manifest says which media type it has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a registry must know of a manifest or an index; the bytes stay as they came."""

    media_type: str
    artifact_type: str | None = None
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    children: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    annotations: dict[str, str] = field(default_factory=dict)

    @property
    def is_index(self) -> bool:
        """Whether its children are images."""
        return self.media_type in INDEXES

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """The config and the layers: what must have been uploaded before, if distributable."""
        return ((self.config,) if self.config else ()) + self.layers


def parse(body: bytes, content_type: str | None) -> Manifest:
    """Read a manifest pushed with this Content-Type (``None`` or empty: the document decides).

    Raises:
        MalformedManifest: not JSON, not an object, or against its type's schema.
        Schema1Refused: the legacy Docker format.
        MediaTypeMissing: nothing tells the type.
    """
    document = _load(body)
    media_type = _media_type(document, content_type)
    if media_type in SCHEMA1:
        raise Schema1Refused(media_type)
    violations: list[str] = []
    if media_type in INDEXES | MANIFESTS:
        violations += _common_violations(document, media_type)
    subject = _one(document, "subject", violations)
    artifact_type = document.get("artifactType")
    manifest = Manifest(
        media_type=media_type,
        artifact_type=artifact_type if isinstance(artifact_type, str) and artifact_type else None,
        config=_config(document, media_type, violations),
        layers=_layers(document, media_type, violations),
        children=_many(document, "manifests", violations) if media_type in INDEXES else (),
        subject=subject,
        annotations=read_annotations(document.get("annotations")),
    )
    if violations:
        raise MalformedManifest(violations)
    return manifest


def _load(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body.decode())
    except (ValueError, RecursionError) as error:
        raise MalformedManifest(["the manifest is not valid JSON in UTF-8"]) from error
    if not isinstance(document, dict):
        raise MalformedManifest(["the manifest is not a JSON object"])
    return document


def _media_type(document: dict[str, Any], content_type: str | None) -> str:
    inside = document.get("mediaType")
    if inside is not None and not isinstance(inside, str):
        raise MalformedManifest(["mediaType is not a string"])
    outside = essence(content_type or "")
    if not outside and not inside and document.get("schemaVersion") == 1:
        raise Schema1Refused("schemaVersion 1")
    if outside and inside and essence(inside) != outside:
        raise MalformedManifest(
            [f"mediaType '{inside[:200]}' is not the request's Content-Type '{outside[:200]}'"]
        )
    media_type = outside or essence(inside or "")
    if not media_type:
        raise MediaTypeMissing
    return media_type


def _common_violations(document: dict[str, Any], media_type: str) -> list[str]:
    violations = []
    if media_type != OCI_ARTIFACT and document.get("schemaVersion") != 2:
        violations.append("schemaVersion is not 2")
    # A document that reads as both kinds shows different images to different clients
    # (CVE-2021-41190), so neither reading is accepted.
    foreign = ("config", "layers") if media_type in INDEXES else ("manifests",)
    violations += [
        f"{name} does not belong in {media_type}" for name in foreign if document.get(name)
    ]
    return violations


def _config(document: dict[str, Any], media_type: str, violations: list[str]) -> Descriptor | None:
    if media_type not in MANIFESTS or media_type == OCI_ARTIFACT:
        return None
    if "config" not in document:
        violations.append("config is missing")
    return _one(document, "config", violations)


def _layers(
    document: dict[str, Any], media_type: str, violations: list[str]
) -> tuple[Descriptor, ...]:
    if media_type not in MANIFESTS:
        return ()
    return _many(document, "blobs" if media_type == OCI_ARTIFACT else "layers", violations)


def _one(document: dict[str, Any], name: str, violations: list[str]) -> Descriptor | None:
    if document.get(name) is None:
        return None
    return _collect(document[name], name, violations)


def _many(document: dict[str, Any], name: str, violations: list[str]) -> tuple[Descriptor, ...]:
    values = document.get(name)
    if values is None:
        return ()
    if not isinstance(values, list):
        violations.append(f"{name} is not a list")
        return ()
    if len(values) > DESCRIPTORS_MAX:
        violations.append(f"{name} has more than {DESCRIPTORS_MAX} entries")
        return ()
    found = (_collect(value, f"{name}[{at}]", violations) for at, value in enumerate(values))
    return tuple(descriptor for descriptor in found if descriptor)


def _collect(value: Any, where: str, violations: list[str]) -> Descriptor | None:
    read = read_descriptor(value, where)
    if isinstance(read, Descriptor):
        return read
    violations += read
    return None
