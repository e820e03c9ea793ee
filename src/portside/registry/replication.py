"""Which images of a registry are copied to which other registries.

Source: ECR API, PutReplicationConfiguration; ECR user guide, "Private image replication".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.errors import Refusal
from portside.names.repositories import RepositoryName

DESTINATIONS_MAX: Final = 100
"""How many different registries the rules of one configuration name together."""


class ReplicationStatus(StrEnum):
    """How far the copying of an image to one destination has come."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"


class FailureCode(StrEnum):
    """Why an image could not be copied."""

    ACCESS_DENIED = "DESTINATION_REGISTRY_ACCESS_DENIED"
    """The destination's registry policy does not let the source replicate, or make repositories."""
    NO_REGISTRY = "DESTINATION_REGISTRY_NOT_FOUND"
    """There is no such account on this server."""
    TAG_IMMUTABLE = "DESTINATION_IMAGE_TAG_ALREADY_EXISTS"
    """The tag names another image there, and may not move."""
    LIMIT_EXCEEDED = "DESTINATION_LIMIT_EXCEEDED"
    """The destination has as many repositories, images or tags as it may."""
    INCOMPLETE = "SOURCE_IMAGE_INCOMPLETE"
    """The source has not all that the image names, and the destination asks for all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReplication:
    """How far an image's copying to one destination has come."""

    destination: RegistryId
    status: ReplicationStatus
    failure_code: str | None = None


@dataclass(eq=False)
class InvalidReplicationConfiguration(Refusal):
    """A configuration that ECR does not take; ``reason`` says why."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationRule:
    """Where the images of some repositories, or of all, are copied to."""

    destinations: tuple[RegistryId, ...]
    prefixes: tuple[str, ...] = ()
    """What names of repositories begin with; none stands for all repositories."""
    deletes: bool | None = None
    """Whether deletions are carried over too; ``None`` where that was not said, and means no."""

    def covers(self, name: RepositoryName) -> bool:
        """Whether images of this repository are copied."""
        return not self.prefixes or name.text.startswith(self.prefixes)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicationConfiguration:
    """The rules of a registry."""

    rules: tuple[ReplicationRule, ...] = ()

    @property
    def all_destinations(self) -> tuple[RegistryId, ...]:
        """Every destination of any rule, each once."""
        named = (registry for rule in self.rules for registry in rule.destinations)
        return tuple(dict.fromkeys(named))

    def destinations(
        self, name: RepositoryName, *, of_deletions: bool = False
    ) -> tuple[RegistryId, ...]:
        """Where an image of this repository is copied to, or its deletion; each once, in order."""
        rules = [rule for rule in self.rules if rule.covers(name)]
        if of_deletions:
            rules = [rule for rule in rules if rule.deletes]
        return tuple(dict.fromkeys(one for rule in rules for one in rule.destinations))


def statuses(
    recorded: Iterable[ImageReplication], configured: Iterable[RegistryId]
) -> list[ImageReplication]:
    """What is known of an image: what was recorded, and what is still to come.

    ``configured`` are the destinations that hold for the image since it was pushed.
    """
    found = {one.destination: one for one in recorded}
    for destination in configured:
        waiting = ImageReplication(destination=destination, status=ReplicationStatus.IN_PROGRESS)
        found.setdefault(destination, waiting)
    return list(found.values())


def check(configuration: ReplicationConfiguration, source: RegistryId) -> None:
    """Refuse what ECR does not take as the configuration of this registry.

    Raises:
        InvalidReplicationConfiguration: with the reason.
    """
    for rule in configuration.rules:
        if source in rule.destinations:
            raise InvalidReplicationConfiguration(
                "Replication destination cannot be the same as the source registry"
            )
        if len(set(rule.destinations)) < len(rule.destinations):
            raise InvalidReplicationConfiguration(
                "Replication rule cannot contain duplicate destinations"
            )
        if len(set(rule.prefixes)) < len(rule.prefixes):
            raise InvalidReplicationConfiguration(
                "Replication rule cannot contain duplicate repository filters"
            )
    if len(set(configuration.rules)) < len(configuration.rules):
        raise InvalidReplicationConfiguration(
            "Replication configuration cannot contain duplicate rules"
        )
    if len(configuration.all_destinations) > DESTINATIONS_MAX:
        raise InvalidReplicationConfiguration(
            "Replication configuration cannot contain more than "
            f"{DESTINATIONS_MAX} unique destinations"
        )


def read_configuration(document: Mapping[str, Any]) -> ReplicationConfiguration:
    """The configuration that a document of ECR's shape says.

    Raises:
        MalformedName: a region or account is none.
    """
    return ReplicationConfiguration(rules=tuple(map(_read_rule, document["rules"])))


def _read_rule(document: Mapping[str, Any]) -> ReplicationRule:
    deletion = document.get("deleteReplication")
    return ReplicationRule(
        destinations=tuple(map(read_destination, document["destinations"])),
        prefixes=tuple(entry["filter"] for entry in document.get("repositoryFilters") or ()),
        deletes=None if deletion is None else bool(deletion["enabled"]),
    )


def read_destination(document: Mapping[str, Any]) -> RegistryId:
    """The registry that ECR's ReplicationDestination names.

    Raises:
        MalformedName: the region or account is none.
    """
    return RegistryId(AccountId(document["registryId"]), Region(document["region"]))


def render_configuration(configuration: ReplicationConfiguration) -> dict[str, Any]:
    """A document of ECR's shape, of which :func:`read_configuration` makes the same again."""
    return {"rules": [_render_rule(rule) for rule in configuration.rules]}


def _render_rule(rule: ReplicationRule) -> dict[str, Any]:
    shown: dict[str, Any] = {"destinations": list(map(render_destination, rule.destinations))}
    if rule.prefixes:
        shown["repositoryFilters"] = [
            {"filter": prefix, "filterType": "PREFIX_MATCH"} for prefix in rule.prefixes
        ]
    if rule.deletes is not None:
        shown["deleteReplication"] = {"enabled": rule.deletes}
    return shown


def render_destination(registry: RegistryId) -> dict[str, str]:
    """ECR's ReplicationDestination."""
    return {"region": registry.region.text, "registryId": registry.account.text}
