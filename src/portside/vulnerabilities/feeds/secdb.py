"""Alpine's security database: fixed-in versions by package (secdb, ``main.json`` and others)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from portside.vulnerabilities.advisories import Advisory, Span


def parse(document: Mapping[str, Any], distribution: str = "Alpine") -> Iterator[Advisory]:
    """The advisories of one repository of one release; Wolfi's and Chainguard's have no release."""
    release = document.get("distroversion")
    ecosystem = f"{distribution}:{release}" if isinstance(release, str) else distribution
    packages = document.get("packages")
    for entry in packages if isinstance(packages, list) else []:
        package = entry.get("pkg") if isinstance(entry, dict) else None
        if isinstance(package, dict) and isinstance(package.get("secfixes"), dict):
            yield from _fixes(ecosystem, str(package.get("name", "")), package["secfixes"])


def _fixes(ecosystem: str, package: str, fixes: Mapping[str, Any]) -> Iterator[Advisory]:
    for version, names in fixes.items():
        # Version 0 says that the package never was affected.
        if version == "0" or not isinstance(names, list):
            continue
        for text in names:
            # An entry may name several ids of one weakness, the CVE among them.
            ids = str(text).split()
            if ids:
                name = next((one for one in ids if one.startswith("CVE-")), ids[0])
                yield Advisory(
                    id=name,
                    name=name,
                    ecosystem=ecosystem,
                    package=package,
                    spans=(Span(fixed=version),),
                    aliases=tuple(ids),
                    url=f"https://security.alpinelinux.org/vuln/{name}",
                )
