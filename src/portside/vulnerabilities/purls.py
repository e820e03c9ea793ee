"""Package URLs: one name for a package everywhere (package-url specification)."""

from __future__ import annotations

from urllib.parse import quote

from portside.vulnerabilities.packages import Distribution, Package

_SYSTEM = frozenset({"deb", "rpm", "apk"})


def purl(package: Package, distribution: Distribution | None) -> str:
    """The package URL of a package, with its distribution where it is one's own."""
    namespace, name = _split(package, distribution)
    parts = [part for part in (*namespace, name) if part]
    path = "/".join(quote(part, safe="") for part in parts)
    version = quote(package.version, safe="")
    qualifiers = _qualifiers(package, distribution)
    return f"pkg:{package.kind}/{path}@{version}" + (f"?{qualifiers}" if qualifiers else "")


def _split(package: Package, distribution: Distribution | None) -> tuple[list[str], str]:
    if package.kind in _SYSTEM:
        return [distribution.id if distribution else ""], package.name
    if package.kind == "maven":
        group, _, artifact = package.name.partition(":")
        return [group], artifact
    *namespace, name = package.name.split("/")
    return namespace, name


def _qualifiers(package: Package, distribution: Distribution | None) -> str:
    if package.kind not in _SYSTEM:
        return ""
    release = f"{distribution.id}-{distribution.version}" if distribution else ""
    found = {"arch": package.arch or "", "distro": release}
    return "&".join(f"{key}={quote(value, safe='')}" for key, value in found.items() if value)
