"""Severities in ECR's words, and how vendors' words and CVSS scores become them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """ECR's severities, the gravest first (ECR API, FindingSeverity)."""

    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"
    INFORMATIONAL = "INFORMATIONAL"
    UNDEFINED = "UNDEFINED"

    @property
    def rank(self) -> int:
        """0 for the gravest."""
        return list(Severity).index(self)


_WORDS: Final = {
    "critical": Severity.CRITICAL,
    "important": Severity.HIGH,
    "high": Severity.HIGH,
    "moderate": Severity.MEDIUM,
    "medium": Severity.MEDIUM,
    "low": Severity.LOW,
    "minor": Severity.LOW,
    "negligible": Severity.INFORMATIONAL,
    "unimportant": Severity.INFORMATIONAL,
    "none": Severity.INFORMATIONAL,
    "informational": Severity.INFORMATIONAL,
}
# CVSS v3.1 and v4.0 specifications, "Qualitative Severity Rating Scale".
_SCALE: Final = (
    (9.0, Severity.CRITICAL),
    (7.0, Severity.HIGH),
    (4.0, Severity.MEDIUM),
    (0.1, Severity.LOW),
)


def of_word(word: str | None) -> Severity | None:
    """The severity that a vendor's word means; ``None`` where it means none."""
    return _WORDS.get((word or "").strip().strip("*").lower())


def of_score(score: float) -> Severity:
    """The severity of a CVSS base score from 0 to 10."""
    return next((severity for least, severity in _SCALE if score >= least), Severity.INFORMATIONAL)
