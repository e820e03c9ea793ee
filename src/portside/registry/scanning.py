"""Which repositories are scanned, and when.

Source: ECR API, PutRegistryScanningConfiguration; ECR user guide, "Filters to choose which
repositories are scanned".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from portside.names.errors import Refusal
from portside.names.repositories import RepositoryName
from portside.registry.wildcards import matches

WILDCARDS_MAX: Final = 4
"""ECR takes at most four ``*`` in one filter."""


class ScanType(StrEnum):
    """Basic scanning looks at packages of operating systems, enhanced scanning at all."""

    BASIC = "BASIC"
    ENHANCED = "ENHANCED"


class ScanFrequency(StrEnum):
    """When the images of a repository are scanned."""

    SCAN_ON_PUSH = "SCAN_ON_PUSH"
    CONTINUOUS_SCAN = "CONTINUOUS_SCAN"
    MANUAL = "MANUAL"


_FREQUENCIES: Final = {
    ScanType.BASIC: (ScanFrequency.SCAN_ON_PUSH, ScanFrequency.MANUAL),
    ScanType.ENHANCED: (ScanFrequency.CONTINUOUS_SCAN, ScanFrequency.SCAN_ON_PUSH),
}
"""What each type knows, the frequency first that goes before the others."""


@dataclass(eq=False)
class InvalidScanningConfiguration(Refusal):
    """A configuration that ECR does not take: ``parameter`` is at fault, ``reason`` says why."""

    parameter: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanningRule:
    """How often repositories are scanned whose names a filter matches."""

    frequency: ScanFrequency
    filters: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanningConfiguration:
    """How a registry is scanned; the default is basic scanning without a rule."""

    type: ScanType = ScanType.BASIC
    rules: tuple[ScanningRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryScanning:
    """How one repository is scanned, and the filters that say so."""

    frequency: ScanFrequency
    filters: tuple[str, ...] = ()

    @property
    def on_push(self) -> bool:
        """Whether an image is scanned as soon as it was pushed."""
        return self.frequency is not ScanFrequency.MANUAL

    @property
    def continuously(self) -> bool:
        """Whether images are scanned again when something new is known."""
        return self.frequency is ScanFrequency.CONTINUOUS_SCAN


def scanning_of(
    configuration: ScanningConfiguration, name: RepositoryName, *, scan_on_push: bool
) -> RepositoryScanning:
    """How a repository is scanned; ``scan_on_push`` is its own setting, which basic scanning heeds.

    Continuous scanning goes before scanning on push; what no filter names is scanned by hand only.
    """
    for frequency in _FREQUENCIES[configuration.type]:
        rules = [rule for rule in configuration.rules if rule.frequency is frequency]
        applied = tuple(one for rule in rules for one in rule.filters if filter_matches(one, name))
        if applied:
            return RepositoryScanning(frequency=frequency, filters=applied)
    if scan_on_push and configuration.type is ScanType.BASIC:
        return RepositoryScanning(frequency=ScanFrequency.SCAN_ON_PUSH)
    return RepositoryScanning(frequency=ScanFrequency.MANUAL)


def filter_matches(filter_: str, name: RepositoryName) -> bool:
    """Whether a filter names a repository: without a wildcard, any name that contains it."""
    if "*" not in filter_:
        return filter_ in name.text
    return matches(filter_, name.text)


def check(configuration: ScanningConfiguration) -> None:
    """Refuse what ECR does not take.

    Raises:
        InvalidScanningConfiguration: with the parameter and the reason.
    """
    frequencies = [rule.frequency for rule in configuration.rules]
    if len(set(frequencies)) < len(frequencies):
        raise InvalidScanningConfiguration("rules", "each scan frequency can have one rule only")
    known = _FREQUENCIES[configuration.type]
    for frequency in frequencies:
        if frequency not in known:
            raise InvalidScanningConfiguration(
                "scanFrequency",
                f"{frequency} is not supported for the {configuration.type} scan type; the "
                f"supported scan frequencies are {', '.join(sorted(known))}",
            )
    for rule in configuration.rules:
        if len(set(rule.filters)) < len(rule.filters):
            raise InvalidScanningConfiguration(
                "repositoryFilters", "a rule cannot have the same filter twice"
            )
        if any(filter_.count("*") > WILDCARDS_MAX for filter_ in rule.filters):
            raise InvalidScanningConfiguration(
                "filter", f"a filter can have at most {WILDCARDS_MAX} wildcards"
            )


def read_configuration(document: Mapping[str, Any]) -> ScanningConfiguration:
    """The configuration that a document of ECR's shape says; what is left out has its default."""
    rules = tuple(
        ScanningRule(
            frequency=ScanFrequency(rule["scanFrequency"]),
            filters=tuple(entry["filter"] for entry in rule["repositoryFilters"]),
        )
        for rule in document.get("rules") or ()
    )
    return ScanningConfiguration(
        type=ScanType(document.get("scanType") or ScanType.BASIC), rules=rules
    )


def render_configuration(configuration: ScanningConfiguration) -> dict[str, Any]:
    """A document of ECR's shape, of which :func:`read_configuration` makes the same again."""
    return {
        "scanType": configuration.type.value,
        "rules": [
            {
                "scanFrequency": rule.frequency.value,
                "repositoryFilters": render_filters(rule.filters),
            }
            for rule in configuration.rules
        ],
    }


def render_filters(filters: tuple[str, ...]) -> list[dict[str, str]]:
    """ECR's list of ScanningRepositoryFilter."""
    return [{"filter": filter_, "filterType": "WILDCARD"} for filter_ in filters]
