"""What ECR asks of a repository's and of a registry's policy, beyond the grammar of all policies.

Source: ECR user guide, "Private repository policies" and "Private registry permissions".
"""

from __future__ import annotations

from typing import Final

from portside.policy.documents import Kind, Policy, parse
from portside.policy.statements import MalformedPolicy

LENGTH_MAX: Final = 10_240
"""The longest text that ECR takes as a policy of a repository or a registry."""

ACTIONS_OF_V1: Final = frozenset(
    {"ecr:replicateimage", "ecr:createrepository", "ecr:batchimportupstreamimage", "ecr:*"}
)
"""What a registry policy may speak of where its scope is V1, in lower case."""


def parse_repository_policy(text: str) -> Policy:
    """Read a repository's policy; it need not name its resource, which is the repository.

    Raises:
        MalformedPolicy: it breaks the grammar, or speaks of actions that are not ECR's.
    """
    policy = _parse(text)
    for statement in policy.statements:
        for action in statement.action.patterns:
            _check_service(action)
    return policy


def parse_registry_policy(text: str, *, every_action: bool) -> Policy:
    """Read a registry's policy, whose statements name repositories of the registry.

    Without ``every_action`` it may only speak of replication and pull through (scope V1).

    Raises:
        MalformedPolicy: it breaks the grammar, or speaks of actions that it may not.
    """
    policy = _parse(text)
    for statement in policy.statements:
        if statement.resource is None:
            raise MalformedPolicy("Policy statement must contain resources.")
        for action in statement.action.patterns:
            _check_service(action)
            if not every_action and action.lower() not in ACTIONS_OF_V1:
                raise MalformedPolicy(f"The scope V1 does not know the action {action}.")
    return policy


def _parse(text: str) -> Policy:
    if len(text) > LENGTH_MAX:
        raise MalformedPolicy(f"A policy can have at most {LENGTH_MAX} characters.")
    return parse(text, Kind.RESOURCE)


def _check_service(action: str) -> None:
    if action != "*" and action.partition(":")[0].lower() != "ecr":
        raise MalformedPolicy(f"The action {action} is not one of ECR.")
