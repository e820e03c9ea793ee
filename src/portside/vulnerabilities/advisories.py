"""Advisories: which versions of which package have which weakness."""

from __future__ import annotations

from dataclasses import dataclass

from portside.vulnerabilities.severities import Severity
from portside.vulnerabilities.versions import Order


@dataclass(frozen=True, slots=True)
class Span:
    """Affected versions from ``introduced``, inclusive (``0`` is the beginning), to the end.

    ``fixed`` is the first version that is not affected; ``last_affected`` the last one that is.
    Without either every later version is affected.
    """

    introduced: str = "0"
    fixed: str | None = None
    last_affected: str | None = None

    def holds(self, version: str, order: Order) -> bool:
        """Whether a version lies within."""
        if self.introduced != "0" and order(version, self.introduced) < 0:
            return False
        if self.fixed is not None:
            return order(version, self.fixed) < 0
        return self.last_affected is None or order(version, self.last_affected) <= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Advisory:
    """What one source says of one package in one ecosystem.

    ``name`` is the CVE where there is one, else the source's own id. ``ecosystem`` is OSV's, with
    the release where it has releases, as in ``Debian:12`` or ``PyPI``.
    """

    id: str
    name: str
    ecosystem: str
    package: str
    spans: tuple[Span, ...] = ()
    versions: tuple[str, ...] = ()
    severity: Severity | None = None
    """The source's own word; ``None`` leaves it to the vectors."""
    vectors: tuple[str, ...] = ()
    description: str = ""
    url: str = ""
    aliases: tuple[str, ...] = ()
    module: str | None = None

    def affects(self, version: str, order: Order) -> bool:
        """Whether this version has the weakness."""
        return version in self.versions or any(span.holds(version, order) for span in self.spans)

    def fixed_in(self, version: str, order: Order) -> str | None:
        """The version that mends the one given; ``None`` where there is none yet."""
        return next((span.fixed for span in self.spans if span.holds(version, order)), None)
