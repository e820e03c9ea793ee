"""Debian's security tracker, its JSON form: package, weakness, release, state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from portside.vulnerabilities.advisories import Advisory, Span
from portside.vulnerabilities.severities import Severity, of_word

RELEASES: Final = {
    "stretch": "9",
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "forky": "14",
    "sid": "unstable",
}
"""Codenames with the versions that OSV's ecosystems and ``os-release`` have."""


def parse(document: Mapping[str, Any]) -> Iterator[Advisory]:
    """The advisories of the tracker, one for each package, weakness and release.

    A release that is not affected has no advisory; one without a fixed version is affected.
    """
    for package, issues in document.items():
        if isinstance(issues, dict):
            for name, issue in issues.items():
                if isinstance(issue, dict):
                    yield from _issue(package, name, issue)


def _issue(package: str, name: str, issue: Mapping[str, Any]) -> Iterator[Advisory]:
    releases = issue.get("releases")
    for codename, state in (releases if isinstance(releases, dict) else {}).items():
        span = _span(state) if isinstance(state, dict) else None
        if span is None:
            continue
        yield Advisory(
            id=name,
            name=name,
            ecosystem=f"Debian:{RELEASES.get(codename, codename)}",
            package=package,
            spans=(span,),
            severity=_severity(state),
            description=str(issue.get("description", "")),
            url=f"https://security-tracker.debian.org/tracker/{name}",
        )


def _span(state: Mapping[str, Any]) -> Span | None:
    status, fixed = state.get("status"), state.get("fixed_version")
    if status == "resolved" and isinstance(fixed, str):
        # A fix in version 0 is the tracker's way to say that the release never was affected.
        return None if fixed == "0" else Span(fixed=fixed)
    return Span() if status in ("open", "undetermined") else None


def _severity(state: Mapping[str, Any]) -> Severity | None:
    urgency = state.get("urgency")
    return of_word(urgency) if isinstance(urgency, str) else None
