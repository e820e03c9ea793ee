"""OSV records (Open Source Vulnerability format 1.7): most ecosystems, Ubuntu and Red Hat too."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from portside.vulnerabilities.advisories import Advisory, Span
from portside.vulnerabilities.ecosystems import normalized
from portside.vulnerabilities.severities import Severity, of_word

DESCRIPTION_LENGTH_MAX: Final = 4000
VERSIONS_MAX: Final = 20_000
_CVE = re.compile(r"(?:^|-)(CVE-[0-9]{4}-[0-9]{4,})$")
_VENDOR_SEVERITIES: Final = frozenset({"Ubuntu"})


def parse(record: Mapping[str, Any]) -> list[Advisory]:
    """The advisories of a record, one for each package; none of a withdrawn one."""
    identifier = record.get("id")
    if not isinstance(identifier, str) or record.get("withdrawn"):
        return []
    return list(_advisories(identifier, record))


def _advisories(identifier: str, record: Mapping[str, Any]) -> Iterator[Advisory]:
    aliases = _texts(record.get("aliases")) + _texts(record.get("upstream"))
    text = str(record.get("details") or record.get("summary") or "")
    for affected in _objects(record.get("affected")):
        package = affected.get("package")
        if not isinstance(package, dict) or not package.get("name"):
            continue
        yield Advisory(
            id=identifier,
            name=_cve(identifier, aliases),
            ecosystem=normalized(str(package.get("ecosystem", ""))),
            package=str(package["name"]),
            spans=tuple(_spans(affected)),
            versions=_texts(affected.get("versions"))[:VERSIONS_MAX],
            severity=_severity(record, affected),
            vectors=_vectors(affected) or _vectors(record),
            description=text[:DESCRIPTION_LENGTH_MAX],
            url=_url(identifier, record),
            aliases=aliases,
            module=_module(affected),
        )


def _cve(identifier: str, aliases: tuple[str, ...]) -> str:
    for candidate in (identifier, *aliases):
        found = _CVE.search(candidate)
        if found:
            return found[1]
    return identifier


def _spans(affected: Mapping[str, Any]) -> Iterator[Span]:
    for entry in _objects(affected.get("ranges")):
        if entry.get("type") not in ("ECOSYSTEM", "SEMVER"):
            continue
        introduced: str | None = None
        for event in _objects(entry.get("events")):
            if "introduced" in event:
                introduced = str(event["introduced"])
            elif introduced is not None and ("fixed" in event or "last_affected" in event):
                yield Span(introduced, _text(event, "fixed"), _text(event, "last_affected"))
                introduced = None
        if introduced is not None:
            yield Span(introduced)


def _severity(record: Mapping[str, Any], affected: Mapping[str, Any]) -> Severity | None:
    # What the vendor says of its own package goes before what is said of the weakness as such.
    for holder in (affected, record):
        for name in ("ecosystem_specific", "database_specific"):
            said = holder.get(name)
            if isinstance(said, dict):
                word = said.get("severity") or said.get("urgency")
                severity = of_word(word) if isinstance(word, str) else None
                if severity is not None:
                    return severity
    for entry in _objects(affected.get("severity")) + _objects(record.get("severity")):
        if entry.get("type") in _VENDOR_SEVERITIES:
            return of_word(str(entry.get("score")))
    return None


def _vectors(holder: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        str(entry["score"])
        for entry in _objects(holder.get("severity"))
        if str(entry.get("type", "")).startswith("CVSS_") and entry.get("score")
    )


def _url(identifier: str, record: Mapping[str, Any]) -> str:
    references = _objects(record.get("references"))
    for kind in ("ADVISORY", "WEB"):
        for entry in references:
            if entry.get("type") == kind and str(entry.get("url", "")).startswith("https://"):
                return str(entry["url"])
    return f"https://osv.dev/vulnerability/{identifier}"


def _module(affected: Mapping[str, Any]) -> str | None:
    specific = affected.get("ecosystem_specific")
    found = specific.get("rpmmod") or specific.get("module") if isinstance(specific, dict) else None
    return found if isinstance(found, str) else None


def _text(holder: Mapping[str, Any], name: str) -> str | None:
    return str(holder[name]) if name in holder else None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(entry for entry in value if isinstance(entry, str)) if _is_list(value) else ()


def _objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if _is_list(value) else []


def _is_list(value: Any) -> bool:
    return isinstance(value, list)
