"""Which advisories a package is affected by, and what an image's findings are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from portside.vulnerabilities.advisories import Advisory
from portside.vulnerabilities.ecosystems import Subject, find_subject
from portside.vulnerabilities.layers import Installed
from portside.vulnerabilities.packages import Distribution, Package
from portside.vulnerabilities.severities import Severity

FindAdvisories = Callable[[str, str], Iterable[Advisory]]
"""Advisories by ecosystem and package name."""
ScoreOf = Callable[[tuple[str, ...]], Severity | None]
"""The severity of CVSS vectors, where they have one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A weakness of one package of an image."""

    advisory: Advisory
    package: Package
    severity: Severity
    fixed_in: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A finding with the file and layer that brought the package."""

    finding: Finding
    installed: Installed


def match(
    package: Package,
    distribution: Distribution | None,
    find_advisories: FindAdvisories,
    score_of: ScoreOf,
) -> list[Finding]:
    """A package's findings, one for each weakness, the gravest word of the vendor's first.

    Several sources may tell of one weakness under its name or an alias: they are one finding.
    """
    subject = find_subject(package, distribution)
    if subject is None:
        return []
    found: list[Finding] = []
    known: set[str] = set()
    for advisory in _candidates(subject, find_advisories):
        names = {advisory.name, advisory.id, *advisory.aliases}
        if _concerns(advisory, package, subject) and known.isdisjoint(names):
            known |= names
            found.append(_finding(advisory, package, subject, score_of))
    return found


def _candidates(subject: Subject, find_advisories: FindAdvisories) -> list[Advisory]:
    candidates = [
        advisory
        for ecosystem in subject.ecosystems
        for name in subject.names
        for advisory in find_advisories(ecosystem, name)
    ]
    # Whoever gives a word of their own for the severity speaks for the weakness.
    return sorted(candidates, key=lambda advisory: (advisory.severity is None, advisory.id))


def _concerns(advisory: Advisory, package: Package, subject: Subject) -> bool:
    if advisory.module is not None and advisory.module != package.module:
        return False
    return advisory.affects(subject.version, subject.order)


def _finding(advisory: Advisory, package: Package, subject: Subject, score_of: ScoreOf) -> Finding:
    severity = advisory.severity or score_of(advisory.vectors) or Severity.UNDEFINED
    return Finding(
        advisory=advisory,
        package=package,
        severity=severity,
        fixed_in=advisory.fixed_in(subject.version, subject.order),
    )


def gravity(finding: Finding) -> tuple[int, str, str]:
    """Where a finding stands in ECR's order: the gravest first, then by name and package."""
    return finding.severity.rank, finding.advisory.name, finding.package.name
