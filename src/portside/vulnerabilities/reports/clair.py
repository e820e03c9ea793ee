"""Clair's vulnerability report (Clair v4 API, ``vulnerability_report``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import parse_qs

from portside.vulnerabilities.packages import Package
from portside.vulnerabilities.reports.reported import (
    MalformedReport,
    Report,
    Weakness,
    locate,
    mapping,
    mappings,
    require_mapping,
    text,
    texts,
    those,
)

_KINDS: Final = {
    "python": "pypi",
    "maven": "maven",
    "jar": "maven",
    "go": "golang",
    "ruby": "gem",
    "gem": "gem",
    "nodejs": "npm",
    "npm": "npm",
    "sqlite": "rpm",
    "bdb": "rpm",
    "ndb": "rpm",
}
"""What Clair puts before the path of a package database, with a colon between."""
_CVSS: Final = "message/vnd.clair.map.vulnerability"


def read(document: Any) -> Report:
    """A report's findings.

    Raises:
        MalformedReport: it is no report of Clair.
    """
    report = require_mapping(document, "Clair")
    if "package_vulnerabilities" not in report:
        raise MalformedReport("the answer is no report of Clair")
    packages = mapping(report.get("packages"))
    weaknesses = mapping(report.get("vulnerabilities"))
    environments = mapping(report.get("environments"))
    scores = _scores(mapping(report.get("enrichments")))
    found = []
    for package_id, ids in mapping(report["package_vulnerabilities"]).items():
        environment = next(iter(mappings(environments.get(package_id))), {})
        kind, path = _place(text(environment.get("package_db")))
        package = _package(mapping(packages.get(package_id)), kind)
        layer = text(environment.get("introduced_in"))
        for one in texts(ids):
            weakness = _weakness(mapping(weaknesses.get(one)), scores.get(one, ()))
            found.append(locate(weakness, package, path, layer))
    known = bool(mapping(report.get("distributions"))) or bool(packages)
    return Report(found=those(found), supported=known)


def _place(database: str) -> tuple[str, str]:
    before, colon, path = database.partition(":")
    if colon:
        return _KINDS.get(before, "generic"), path
    if "dpkg" in database:
        return "deb", database
    return ("apk" if "apk/" in database else "generic"), database


def _package(package: Mapping[str, Any], kind: str) -> Package:
    return Package(
        kind=kind,
        name=text(package.get("name")),
        version=text(package.get("version")),
        arch=text(package.get("arch")) or None,
        module=text(package.get("module")) or None,
    )


def _weakness(weakness: Mapping[str, Any], vectors: tuple[str, ...]) -> Weakness:
    names = text(weakness.get("name")).split()
    links = text(weakness.get("links")).split()
    return Weakness(
        id=names[0] if names else "",
        source=text(weakness.get("updater")) or "clair",
        severity=text(weakness.get("normalized_severity")),
        description=text(weakness.get("description")),
        url=links[0] if links else "",
        fixed_in=_fixed_in(text(weakness.get("fixed_in_version"))),
        aliases=tuple(names[1:]),
        vectors=vectors,
    )


def _fixed_in(version: str) -> str:
    """A version; advisories with ranges have them as a query, as in ``fixed=5.4&introduced=0``."""
    if "=" not in version:
        return version
    return ", ".join(parse_qs(version).get("fixed", []))


def _scores(enrichments: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {
        weakness: tuple(dict.fromkeys(_vectors(scores)))
        for kind, documents in enrichments.items()
        if kind.startswith(_CVSS)
        for document in mappings(documents)
        for weakness, scores in document.items()
    }


def _vectors(scores: Any) -> Iterator[str]:
    for score in mappings(scores):
        vector = text(score.get("vectorString"))
        if vector:
            yield vector
