"""How refusals of pull-through cache rules and upstream registries are worded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portside.aws.errors.wording import Answers, Wording, invalid_parameter
from portside.registry import upstreams


def _not_found(refusal: upstreams.RuleNotFound) -> Wording:
    return "PullThroughCacheRuleNotFoundException", (
        f"The pull through cache rule with ecrRepositoryPrefix '{refusal.prefix}' does not exist "
        f"in the registry with id '{refusal.registry.account}'"
    )


def _already_exists(refusal: upstreams.RuleAlreadyExists) -> Wording:
    return "PullThroughCacheRuleAlreadyExistsException", (
        f"The pull through cache rule with ecrRepositoryPrefix '{refusal.prefix}' already exists "
        f"in the registry with id '{refusal.registry.account}'"
    )


def _too_many(refusal: upstreams.TooManyRules) -> Wording:
    return "LimitExceededException", (
        "The registry already has the maximum allowed number of pull through cache rules, "
        f"{refusal.limit}"
    )


def _unsupported(refusal: upstreams.UpstreamUnsupported) -> Wording:
    return "UnsupportedUpstreamRegistryException", (
        f"The upstream registry '{refusal.url[:200]}' is not supported"
    )


def _upstream(code: str) -> Callable[[Any], Wording]:
    return lambda refusal: (
        code,
        f"The upstream registry {refusal.upstream} cannot be used: {refusal.reason}",
    )


ANSWERS: Answers = {
    upstreams.RuleNotFound: _not_found,
    upstreams.RuleAlreadyExists: _already_exists,
    upstreams.TooManyRules: _too_many,
    upstreams.InvalidRule: lambda refusal: invalid_parameter(refusal.parameter, refusal.reason),
    upstreams.UpstreamUnsupported: _unsupported,
    upstreams.SecretNotFound: lambda refusal: (
        "SecretNotFoundException",
        f"The secret '{refusal.arn}' was not found",
    ),
    upstreams.SecretForbidden: lambda refusal: (
        "UnableToAccessSecretException",
        f"The secret '{refusal.arn}' cannot be accessed: it is of another account",
    ),
    upstreams.SecretUnreadable: lambda refusal: (
        "UnableToDecryptSecretValueException",
        f"The secret '{refusal.arn}' cannot be decrypted",
    ),
    upstreams.UpstreamDenied: _upstream("UnableToGetUpstreamImageException"),
    upstreams.UpstreamUnavailable: _upstream("UnableToGetUpstreamImageException"),
    upstreams.UpstreamLayerUnavailable: _upstream("UnableToGetUpstreamLayerException"),
    upstreams.UpstreamReferrersUnavailable: _upstream(
        "UnableToListUpstreamImageReferrersException"
    ),
}
