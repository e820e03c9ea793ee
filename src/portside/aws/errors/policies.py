"""How refusals of policy documents are worded, wherever they belong."""

from __future__ import annotations

from portside.aws.errors.wording import Answers, Wording, invalid_parameter
from portside.policy.statements import MalformedPolicy
from portside.registry import documents


def _repository_policy_not_found(refusal: documents.RepositoryPolicyNotFound) -> Wording:
    return "RepositoryPolicyNotFoundException", (
        f"Repository policy does not exist for the repository with name '{refusal.repository}' in "
        f"the registry with id '{refusal.registry.account}'"
    )


def _registry_policy_not_found(refusal: documents.RegistryPolicyNotFound) -> Wording:
    return "RegistryPolicyNotFoundException", (
        f"Registry policy does not exist in the registry with id '{refusal.registry.account}'"
    )


ANSWERS: Answers = {
    MalformedPolicy: lambda refusal: ("MalformedPolicyDocument", refusal.reason),
    documents.RepositoryPolicyNotFound: _repository_policy_not_found,
    documents.RegistryPolicyNotFound: _registry_policy_not_found,
    documents.InvalidRepositoryPolicy: lambda _: invalid_parameter(
        "PolicyText", "Invalid repository policy provided"
    ),
    documents.InvalidRegistryPolicy: lambda _: invalid_parameter(
        "PolicyText", "Invalid registry policy provided"
    ),
    documents.PolicyWouldLockOut: lambda _: invalid_parameter(
        "PolicyText",
        "The policy would prevent its caller from setting another policy; set force to apply it",
    ),
}
