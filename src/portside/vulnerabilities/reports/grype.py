"""Grype's report (``grype -o json``; Grype's documentation, "Working with JSON")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portside.vulnerabilities.matching import Located
from portside.vulnerabilities.packages import Package
from portside.vulnerabilities.reports.reported import (
    MalformedReport,
    Report,
    Weakness,
    arch_of,
    kind_of,
    locate,
    mapping,
    mappings,
    moment,
    require_mapping,
    text,
    texts,
    those,
)


def read(document: Any, layers: Mapping[str, str]) -> Report:
    """A report's findings; ``layers`` are layers' digests by those of their plain archives.

    Raises:
        MalformedReport: it is no report of Grype.
    """
    report = require_mapping(document, "Grype")
    if not isinstance(report.get("matches"), list):
        raise MalformedReport("the answer is no report of Grype")
    return Report(
        found=those(_locate(match, layers) for match in mappings(report["matches"])),
        updated_at=moment(_built(mapping(mapping(report.get("descriptor")).get("db")))),
    )


def _locate(match: Mapping[str, Any], layers: Mapping[str, str]) -> Located | None:
    artifact = mapping(match.get("artifact"))
    places = mappings(artifact.get("locations"))
    place = places[0] if places else {}
    layer = text(place.get("layerID"))
    purl = text(artifact.get("purl"))
    package = Package(
        kind=kind_of(purl),
        name=_name(artifact, purl),
        version=text(artifact.get("version")),
        arch=arch_of(purl),
    )
    return locate(_weakness(match), package, text(place.get("path")), layers.get(layer, layer))


def _name(artifact: Mapping[str, Any], purl: str) -> str:
    name = text(artifact.get("name"))
    group = text(mapping(artifact.get("metadata")).get("pomGroupID"))
    return f"{group}:{name}" if kind_of(purl) == "maven" and group else name


def _weakness(match: Mapping[str, Any]) -> Weakness:
    own = mapping(match.get("vulnerability"))
    related = mappings(match.get("relatedVulnerabilities"))
    descriptions = (text(one.get("description")) for one in (own, *related))
    identity = text(own.get("id"))
    others = (text(one.get("id")) for one in related)
    return Weakness(
        id=identity,
        source=text(own.get("namespace")) or "grype",
        severity=text(own.get("severity")),
        description=next((one for one in descriptions if one), ""),
        url=text(own.get("dataSource")),
        fixed_in=", ".join(texts(mapping(own.get("fix")).get("versions"))),
        aliases=tuple(dict.fromkeys(one for one in others if one and one != identity)),
        vectors=next(_vectors((own, *related)), ()),
    )


def _vectors(weaknesses: tuple[Mapping[str, Any], ...]) -> Iterator[tuple[str, ...]]:
    for weakness in weaknesses:
        by_version: dict[str, str] = {}
        for score in mappings(weakness.get("cvss")):
            by_version.setdefault(text(score.get("version"))[:1], text(score.get("vector")))
        if by_version:
            yield tuple(by_version.values())


def _built(database: Mapping[str, Any]) -> Any:
    # Since its sixth database Grype tells of it under "status".
    return mapping(database.get("status")).get("built") or database.get("built")
