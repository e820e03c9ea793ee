"""What every scanner's report comes to, and how its JSON is read without trusting its shape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from portside.vulnerabilities.advisories import Advisory
from portside.vulnerabilities.layers import Installed
from portside.vulnerabilities.matching import Finding, Located
from portside.vulnerabilities.packages import Package
from portside.vulnerabilities.severities import Severity, of_word

TEXT_LENGTH_MAX: Final = 8192
REFERENCES_MAX: Final = 20


class MalformedReport(ValueError):  # noqa: N818 - named for what it tells
    """A document that is no report of the scanner in question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A scanner's findings in one image."""

    found: tuple[Located, ...]
    supported: bool = True
    """Whether there was anything in the image that the scanner knows."""
    updated_at: datetime | None = None
    """How new the scanner's own advisories are, where it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """A weakness of a package in a scanner's words."""

    id: str
    source: str
    severity: str
    description: str
    url: str
    fixed_in: str
    aliases: tuple[str, ...] = ()
    vectors: tuple[str, ...] = field(default=())


def locate(weakness: Weakness, package: Package, path: str, layer: str) -> Located | None:
    """The finding that these make; ``None`` where a name is missing or longer than any real one."""
    if not weakness.id or not package.is_bounded:
        return None
    names = (weakness.id, *weakness.aliases)
    name = next((one for one in names if one.startswith("CVE-")), weakness.id)
    advisory = Advisory(
        id=weakness.id,
        name=name,
        ecosystem=weakness.source,
        package=package.name,
        vectors=weakness.vectors,
        description=weakness.description,
        url=weakness.url,
        aliases=weakness.aliases[:REFERENCES_MAX],
    )
    finding = Finding(
        advisory=advisory,
        package=package,
        severity=of_word(weakness.severity) or Severity.UNDEFINED,
        fixed_in=weakness.fixed_in or None,
    )
    return Located(
        finding=finding, installed=Installed(package=package, path=path.lstrip("/"), layer=layer)
    )


def those(found: Iterable[Located | None]) -> tuple[Located, ...]:
    """What is there of these."""
    return tuple(one for one in found if one is not None)


def require_mapping(value: Any, what: str) -> Mapping[str, Any]:
    """An object.

    Raises:
        MalformedReport: it is something else.
    """
    if not isinstance(value, dict):
        raise MalformedReport(f"the answer is no report of {what}")
    return value


def mapping(value: Any) -> Mapping[str, Any]:
    """An object, or an empty one where something else stands."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def texts(value: Any) -> list[str]:
    """The texts of a list, each no longer than its bound."""
    found = value if isinstance(value, list) else []
    return [one[:TEXT_LENGTH_MAX] for one in found if isinstance(one, str)]


def text(value: Any) -> str:
    """A text no longer than its bound; empty where something else stands."""
    return value[:TEXT_LENGTH_MAX] if isinstance(value, str) else ""


def moment(value: Any) -> datetime | None:
    """A moment in RFC 3339; ``None`` where something else stands."""
    try:
        found = datetime.fromisoformat(text(value))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def kind_of(purl: str) -> str:
    """The type of a package URL, or ``generic``."""
    scheme, _, rest = purl.partition(":")
    kind = rest.partition("/")[0].lower()
    return kind if scheme == "pkg" and kind.isalnum() and len(kind) <= 32 else "generic"


def arch_of(purl: str) -> str | None:
    """The architecture that a package URL names."""
    qualifiers = purl.partition("#")[0].partition("?")[2].split("&")
    found = (one.removeprefix("arch=") for one in qualifiers if one.startswith("arch="))
    return next(found, None)
