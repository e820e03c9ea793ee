"""A finding as it is stored: everything that both of ECR's shapes show of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from portside.registry.scans import StoredFinding
from portside.services.scanning.scores import read_scores
from portside.vulnerabilities.matching import Located, gravity

FINDINGS_MAX = 50_000


def store(found: Iterable[Located]) -> list[StoredFinding]:
    """Findings in ECR's order: the gravest first, then by name and package."""
    ordered = sorted(found, key=lambda one: gravity(one.finding))
    return [
        StoredFinding(
            position=position, severity=one.finding.severity.value, document=_document(one)
        )
        for position, one in enumerate(ordered[:FINDINGS_MAX], 1)
    ]


def count(findings: Iterable[StoredFinding]) -> dict[str, int]:
    """How many findings there are of each severity that has any."""
    return dict(Counter(finding.severity for finding in findings))


def date(
    found: Iterable[StoredFinding], before: Iterable[StoredFinding], now: datetime
) -> list[StoredFinding]:
    """Findings with the moment at which each was first seen in this image."""
    known = {_key(one): one.document.get("first_observed") for one in before}
    present = now.timestamp()
    return [
        replace(one, document={**one.document, "first_observed": known.get(_key(one)) or present})
        for one in found
    ]


def _key(finding: StoredFinding) -> tuple[str, str, str]:
    document = finding.document
    return document["name"], document["package"], document["version"]


def _document(located: Located) -> dict[str, Any]:
    advisory, package = located.finding.advisory, located.finding.package
    return {
        "name": advisory.name,
        "advisory": advisory.id,
        "aliases": list(advisory.aliases),
        "description": advisory.description,
        "url": advisory.url,
        "ecosystem": advisory.ecosystem,
        "scores": [
            {"vector": score.vector, "version": score.version, "base": score.base}
            for score in read_scores(advisory.vectors)
        ],
        "kind": package.kind,
        "package": package.name,
        "version": package.version,
        "arch": package.arch,
        "path": located.installed.path,
        "layer": located.installed.layer,
        "fixed_in": located.finding.fixed_in,
    }
