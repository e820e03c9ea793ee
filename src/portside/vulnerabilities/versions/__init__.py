"""The orders of versions: one module for each family of packages.

Every order is a function of two texts that answers a number below, equal to or above zero. Texts
that break a family's grammar are ordered all the same, after the rules of that family's own tool
where it has any, so that a strange version in an image never stops a scan.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from portside.vulnerabilities.versions import apk, dpkg, gem, maven, pypi, rpm, semver

Order = Callable[[str, str], int]

ORDERS: Final[dict[str, Order]] = {
    "deb": dpkg.compare,
    "rpm": rpm.compare,
    "apk": apk.compare,
    "pypi": pypi.compare,
    "npm": semver.compare,
    "golang": semver.compare,
    "cargo": semver.compare,
    "gem": gem.compare,
    "maven": maven.compare,
}
"""The order of each package type (package-url specification, "Known purl types")."""

__all__ = ["ORDERS", "Order"]
