"""How refusals of a registry's configuration are worded."""

from __future__ import annotations

from portside.aws.errors.wording import Answers, Wording, invalid_parameter
from portside.registry import (
    account_settings,
    backfills,
    exclusions,
    replication,
    scanning,
    signing,
)


def _invalid_setting(refusal: account_settings.InvalidAccountSetting) -> Wording:
    allowed = ", ".join(refusal.allowed)
    return invalid_parameter(refusal.parameter, f"must be one of [{allowed}]")


def _exclusion_exists(refusal: exclusions.ExclusionAlreadyExists) -> Wording:
    return "ExclusionAlreadyExistsException", (
        f"The pull time update exclusion for the principal '{refusal.principal}' already exists in "
        f"the registry with id '{refusal.registry.account}'"
    )


def _exclusion_not_found(refusal: exclusions.ExclusionNotFound) -> Wording:
    return "ExclusionNotFoundException", (
        f"The pull time update exclusion for the principal '{refusal.principal}' does not exist in "
        f"the registry with id '{refusal.registry.account}'"
    )


def _signing_not_found(refusal: signing.SigningConfigurationNotFound) -> Wording:
    return "SigningConfigurationNotFoundException", (
        f"Signing configuration does not exist in the registry with id '{refusal.registry.account}'"
    )


def _backfill_not_found(refusal: backfills.BackfillNotFound) -> Wording:
    return "ReplicationBackfillNotFoundException", (
        f"The replication backfill with id '{refusal.backfill_id}' does not exist in the registry "
        f"with id '{refusal.registry.account}'"
    )


def _backfill_ended(refusal: backfills.BackfillEnded) -> Wording:
    return "ReplicationBackfillInvalidStatusException", (
        f"The replication backfill with id '{refusal.backfill_id}' has the status "
        f"'{refusal.status}' and cannot be stopped"
    )


def _not_configured(refusal: backfills.DestinationNotConfigured) -> Wording:
    destination = refusal.destination
    return invalid_parameter(
        "destination",
        f"The replication configuration has no rule for the registry with id "
        f"'{destination.account}' in the Region '{destination.region}'",
    )


ANSWERS: Answers = {
    backfills.BackfillNotFound: _backfill_not_found,
    backfills.BackfillEnded: _backfill_ended,
    backfills.BackfillInProgress: lambda refusal: (
        "ReplicationBackfillInProgressException",
        f"A replication backfill is already in progress for the Region '{refusal.region}'",
    ),
    backfills.TooManyBackfills: lambda refusal: (
        "LimitExceededException",
        f"A registry can have at most {refusal.limit} replication backfills in progress",
    ),
    backfills.DestinationNotConfigured: _not_configured,
    replication.InvalidReplicationConfiguration: lambda refusal: invalid_parameter(
        "replicationConfiguration", refusal.reason
    ),
    scanning.InvalidScanningConfiguration: lambda refusal: invalid_parameter(
        refusal.parameter, refusal.reason
    ),
    signing.InvalidSigningConfiguration: lambda refusal: invalid_parameter(
        "signingConfiguration", refusal.reason
    ),
    signing.SigningConfigurationNotFound: _signing_not_found,
    account_settings.InvalidAccountSetting: _invalid_setting,
    exclusions.ExclusionAlreadyExists: _exclusion_exists,
    exclusions.ExclusionNotFound: _exclusion_not_found,
    exclusions.TooManyExclusions: lambda refusal: (
        "LimitExceededException",
        f"A registry can have at most {refusal.limit} pull time update exclusions",
    ),
}
