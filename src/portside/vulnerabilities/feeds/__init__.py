"""Sources of advisories, one module for each form in which they are published.

A feed's parser takes a document as JSON has it and gives advisories. Documents come from outside:
what is malformed in one gives no advisory, and never stops the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portside.vulnerabilities.advisories import Advisory
from portside.vulnerabilities.feeds import debian_tracker, osv, secdb


def parse_document(document: Any) -> Iterable[Advisory] | None:
    """The advisories of a document of any known form; ``None`` where its form is not known.

    The form shows in the document itself: OSV records have an id and what is affected, Alpine's
    security database has packages, Debian's tracker has weaknesses by package.
    """
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("id"), str) and "modified" in document:
        return osv.parse(document)
    if isinstance(document.get("packages"), list) and "distroversion" in document:
        return secdb.parse(document)
    if _is_tracker(document):
        return debian_tracker.parse(document)
    return None


def _is_tracker(document: Mapping[str, Any]) -> bool:
    first = next(iter(document.values()), None)
    issue = next(iter(first.values()), None) if isinstance(first, dict) else None
    return isinstance(issue, dict) and isinstance(issue.get("releases"), dict)
