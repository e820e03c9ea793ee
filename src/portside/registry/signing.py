"""Which images are to be signed with which profiles.

Source: ECR API, PutSigningConfiguration; ECR user guide, "Managed signing".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portside.names.accounts import RegistryId
from portside.names.errors import Refusal
from portside.names.repositories import RepositoryName
from portside.registry.wildcards import matches


@dataclass(eq=False)
class SigningConfigurationNotFound(Refusal):
    """The registry has no signing configuration."""

    registry: RegistryId


@dataclass(eq=False)
class InvalidSigningConfiguration(Refusal):
    """A configuration that ECR does not take; ``reason`` says why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRule:
    """A profile, and the filters of the repositories whose images it signs; none is all."""

    profile: str
    filters: tuple[str, ...] = ()

    def covers(self, name: RepositoryName) -> bool:
        """Whether images of this repository are to be signed."""
        return not self.filters or any(matches(filter_, name.text) for filter_ in self.filters)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningConfiguration:
    """The rules of a registry."""

    rules: tuple[SigningRule, ...] = ()

    def profiles(self, name: RepositoryName) -> tuple[str, ...]:
        """The profiles with which images of this repository are to be signed, each once."""
        return tuple(dict.fromkeys(rule.profile for rule in self.rules if rule.covers(name)))


def check(configuration: SigningConfiguration) -> None:
    """Refuse what ECR does not take.

    Raises:
        InvalidSigningConfiguration: with the reason.
    """
    if len(set(configuration.rules)) < len(configuration.rules):
        raise InvalidSigningConfiguration("Signing configuration cannot contain duplicate rules")
    if any(len(set(rule.filters)) < len(rule.filters) for rule in configuration.rules):
        raise InvalidSigningConfiguration(
            "Signing rule cannot contain duplicate repository filters"
        )


def read_configuration(document: Mapping[str, Any]) -> SigningConfiguration:
    """The configuration that a document of ECR's shape says."""
    return SigningConfiguration(
        rules=tuple(
            SigningRule(
                profile=rule["signingProfileArn"],
                filters=tuple(entry["filter"] for entry in rule.get("repositoryFilters") or ()),
            )
            for rule in document["rules"]
        )
    )


def render_configuration(configuration: SigningConfiguration) -> dict[str, Any]:
    """A document of ECR's shape, of which :func:`read_configuration` makes the same again."""
    return {"rules": [_render_rule(rule) for rule in configuration.rules]}


def _render_rule(rule: SigningRule) -> dict[str, Any]:
    shown: dict[str, Any] = {"signingProfileArn": rule.profile}
    if rule.filters:
        shown["repositoryFilters"] = [
            {"filter": filter_, "filterType": "WILDCARD_MATCH"} for filter_ in rule.filters
        ]
    return shown
