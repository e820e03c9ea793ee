"""Under which ecosystem, name and version advisories speak of a package (OSV, "Ecosystems")."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from portside.vulnerabilities.packages import Distribution, Package
from portside.vulnerabilities.versions import ORDERS, Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A package as advisories know it: look for these names in these ecosystems."""

    ecosystems: tuple[str, ...]
    names: tuple[str, ...]
    version: str
    order: Order


_LANGUAGES: Final = {
    "pypi": "PyPI",
    "npm": "npm",
    "gem": "RubyGems",
    "golang": "Go",
    "maven": "Maven",
    "cargo": "crates.io",
}


def _major(distribution: Distribution) -> str:
    return distribution.version.partition(".")[0]


def _minor(distribution: Distribution) -> str:
    return ".".join(distribution.version.split(".")[:2])


_DISTRIBUTIONS: Final[dict[str, Callable[[Distribution], tuple[str, ...]]]] = {
    "debian": lambda one: (f"Debian:{_major(one) or 'unstable'}",),
    "ubuntu": lambda one: (f"Ubuntu:{one.version}:LTS", f"Ubuntu:{one.version}"),
    "alpine": lambda one: (f"Alpine:v{_minor(one)}",),
    "wolfi": lambda _one: ("Wolfi",),
    "chainguard": lambda _one: ("Chainguard",),
    "rhel": lambda one: (f"Red Hat:{_major(one)}",),
    "centos": lambda one: (f"Red Hat:{_major(one)}",),
    "rocky": lambda one: (f"Rocky Linux:{_major(one)}",),
    "almalinux": lambda one: (f"AlmaLinux:{_major(one)}",),
    "opensuse-leap": lambda one: (f"openSUSE:Leap {one.version}",),
    "sles": lambda one: (f"SUSE:Linux Enterprise Server {one.version}",),
    "photon": lambda one: (f"Photon OS:{one.version}",),
    "mageia": lambda one: (f"Mageia:{_major(one)}",),
    "openeuler": lambda one: (f"openEuler:{one.version}",),
}
_RED_HAT = re.compile(r"Red Hat:(?:enterprise_linux|rhel_[a-z]+):([0-9]+)(?:[.:].*)?")
SYSTEM_KINDS: Final = frozenset({"deb", "rpm", "apk"})


def is_supported(distribution: Distribution) -> bool:
    """Whether there can be advisories for this distribution's own packages."""
    return distribution.id in _DISTRIBUTIONS


def normalized(ecosystem: str) -> str:
    """An ecosystem as packages are looked up in it: Red Hat's many repositories are one release."""
    found = _RED_HAT.fullmatch(ecosystem)
    return f"Red Hat:{found[1]}" if found else ecosystem


def find_subject(package: Package, distribution: Distribution | None) -> Subject | None:
    """How advisories speak of a package; ``None`` where none can."""
    order = ORDERS.get(package.kind)
    if order is None:
        return None
    if package.kind not in SYSTEM_KINDS:
        ecosystem = _LANGUAGES[package.kind]
        version = package.version.removeprefix("v")
        return Subject(ecosystems=(ecosystem,), names=(package.name,), version=version, order=order)
    if distribution is None or distribution.id not in _DISTRIBUTIONS:
        return None
    source_name, source_version = package.source
    # RPM advisories name binary packages, Debian's and Alpine's the source.
    by_source = package.kind != "rpm"
    return Subject(
        ecosystems=_DISTRIBUTIONS[distribution.id](distribution),
        names=(source_name,) if by_source else (package.name,),
        version=source_version if by_source else package.version,
        order=order,
    )
