"""How refusals of a registry's configuration are worded."""

from __future__ import annotations

from portside.aws.errors.wording import Answers, Wording, invalid_parameter
from portside.registry import account_settings, exclusions, replication, scanning, signing


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


ANSWERS: Answers = {
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
