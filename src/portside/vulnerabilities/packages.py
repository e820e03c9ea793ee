"""Packages as they are found in images, and the distribution that an image is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass

NAME_LENGTH_MAX = 512
VERSION_LENGTH_MAX = 256
"""What is longer is no package's. A version's order takes time that grows with its length."""

_ASSIGNMENT = re.compile(r"([A-Z_]{1,40})=(.{0,1000})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package of an image. ``kind`` is its package-url type: as in ``deb`` or ``pypi``.

    Distributions publish advisories by source package: ``source_name`` and ``source_version`` are
    those where they differ from the package's own.
    """

    kind: str
    name: str
    version: str
    source_name: str | None = None
    source_version: str | None = None
    arch: str | None = None
    module: str | None = None
    """An RPM's module and stream, as in ``nodejs:18``."""

    @property
    def source(self) -> tuple[str, str]:
        """The name and version under which a distribution publishes advisories."""
        return self.source_name or self.name, self.source_version or self.version

    @property
    def is_bounded(self) -> bool:
        """Whether name and version are there and no longer than any real one."""
        return (
            0 < len(self.name) <= NAME_LENGTH_MAX
            and 0 < len(self.version) <= VERSION_LENGTH_MAX
            and len(self.source_version or "") <= VERSION_LENGTH_MAX
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """What ``os-release`` says (os-release(5))."""

    id: str
    version: str
    codename: str = ""
    like: tuple[str, ...] = ()
    name: str = ""


def parse_os_release(text: str) -> Distribution | None:
    """The distribution of an ``os-release`` file; ``None`` where it names none."""
    found: dict[str, str] = {}
    for line in text[:65_536].splitlines():
        assigned = _ASSIGNMENT.fullmatch(line.strip())
        if assigned:
            found[assigned[1]] = _unquoted(assigned[2])
    if not found.get("ID"):
        return None
    return Distribution(
        id=found["ID"].lower(),
        version=found.get("VERSION_ID", ""),
        codename=found.get("VERSION_CODENAME", ""),
        like=tuple(found.get("ID_LIKE", "").lower().split()),
        name=found.get("PRETTY_NAME", ""),
    )


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        return re.sub(r"\\([\\\"'$`])", r"\1", value[1:-1])
    return value
