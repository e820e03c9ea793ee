"""CVSS vectors and their scores (FIRST, CVSS v2, v3.x and v4.0)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from portside.vulnerabilities.severities import Severity, of_score

VECTOR_LENGTH_MAX: Final = 512
_KINDS: Final = (("CVSS:4", "4.0"), ("CVSS:3.1", "3.1"), ("CVSS:3.0", "3.0"), ("", "2.0"))
"""How vectors begin, with the version of CVSS that they are of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A vector with its version and base score."""

    vector: str
    version: str
    base: float


def read_score(vector: str) -> Score | None:
    """A vector's score; ``None`` where it is malformed."""
    if len(vector) > VECTOR_LENGTH_MAX:
        return None
    # Only scans need it, and they run in a process of their own.
    import cvss  # type: ignore[import-untyped]  # noqa: PLC0415 - it has no types; see above

    version = next(version for start, version in _KINDS if vector.startswith(start))
    read = {"4": cvss.CVSS4, "3": cvss.CVSS3, "2": cvss.CVSS2}[version[0]]
    try:
        return Score(vector=vector, version=version, base=float(read(vector).base_score))
    except (cvss.CVSSError, ValueError, TypeError):
        return None


def read_scores(vectors: tuple[str, ...]) -> list[Score]:
    """The scores of those vectors that have one."""
    return [score for vector in vectors if (score := read_score(vector)) is not None]


def severity_of(vectors: tuple[str, ...]) -> Severity | None:
    """The severity of the newest version's score among vectors; ``None`` where none has one."""
    scores = read_scores(vectors)
    if not scores:
        return None
    return of_score(max(scores, key=lambda score: score.version).base)
