"""Trivy's report (``trivy image --format json``; Trivy's documentation, "Reporting", "JSON")."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from portside.vulnerabilities.packages import Package
from portside.vulnerabilities.reports.reported import (
    Report,
    Weakness,
    arch_of,
    kind_of,
    locate,
    mapping,
    mappings,
    require_mapping,
    text,
    texts,
    those,
)

_KINDS: Final = {
    "debian": "deb",
    "ubuntu": "deb",
    "alpine": "apk",
    "wolfi": "apk",
    "chainguard": "apk",
    "python-pkg": "pypi",
    "node-pkg": "npm",
    "gemspec": "gem",
    "gobinary": "golang",
    "jar": "maven",
    "rustbinary": "cargo",
}
"""What Trivy calls kinds of targets, for reports from before it named package URLs."""
_VECTORS: Final = ("V40Vector", "V3Vector", "V2Vector")


def read(document: Any, layers: Mapping[str, str]) -> Report:
    """A report's findings; ``layers`` are layers' digests by those of their plain archives.

    Raises:
        MalformedReport: it is no report of Trivy.
    """
    report = require_mapping(document, "Trivy")
    require_mapping(report.get("Metadata"), "Trivy")
    results = mappings(report.get("Results"))
    found = [
        locate(_weakness(one), _package(one, result), _path(one, result), _layer(one, layers))
        for result in results
        for one in mappings(result.get("Vulnerabilities"))
    ]
    known = bool(text(mapping(report["Metadata"].get("OS")).get("Family")))
    return Report(found=those(found), supported=known or bool(results))


def _package(one: Mapping[str, Any], result: Mapping[str, Any]) -> Package:
    purl = text(mapping(one.get("PkgIdentifier")).get("PURL"))
    return Package(
        kind=kind_of(purl) if purl else _kind(result),
        name=text(one.get("PkgName")),
        version=text(one.get("InstalledVersion")),
        arch=arch_of(purl),
    )


def _kind(result: Mapping[str, Any]) -> str:
    usual = "rpm" if result.get("Class") == "os-pkgs" else "generic"
    return _KINDS.get(text(result.get("Type")), usual)


def _path(one: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    # Of a distribution's packages and of whole lists the target is a title, not a file.
    own = text(one.get("PkgPath"))
    single = result.get("Class") == "lang-pkgs" and "/" in text(result.get("Target"))
    return own or (text(result.get("Target")) if single else "")


def _layer(one: Mapping[str, Any], layers: Mapping[str, str]) -> str:
    layer = mapping(one.get("Layer"))
    return layers.get(text(layer.get("DiffID"))) or text(layer.get("Digest"))


def _weakness(one: Mapping[str, Any]) -> Weakness:
    return Weakness(
        id=text(one.get("VulnerabilityID")),
        source=text(mapping(one.get("DataSource")).get("ID")) or "trivy",
        severity=text(one.get("Severity")),
        description=text(one.get("Description")) or text(one.get("Title")),
        url=text(one.get("PrimaryURL")),
        fixed_in=text(one.get("FixedVersion")),
        aliases=tuple(texts(one.get("VendorIDs"))),
        vectors=next(_vectors(one), ()),
    )


def _vectors(one: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    scores = mapping(one.get("CVSS"))
    for source in dict.fromkeys((text(one.get("SeveritySource")), "nvd", *scores)):
        score = mapping(scores.get(source))
        vectors = tuple(text(score.get(name)) for name in _VECTORS if score.get(name))
        if vectors:
            yield vectors
