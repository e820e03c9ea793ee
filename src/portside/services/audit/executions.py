"""What applying a lifecycle policy leaves in the audit trail: ``PolicyExecutionEvent``.

ECR user guide, "Logging Amazon ECR actions with AWS CloudTrail", the example of a lifecycle policy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid4, uuid5

from portside.lifecycle.documents import parse
from portside.lifecycle.policies import CountType, Rule
from portside.lifecycle.records import Act, StoredPolicy
from portside.names.arns import repository_arn
from portside.registry.repositories import Repository
from portside.services.audit.records import Entry

_COUNTS: Final = {
    CountType.IMAGE_COUNT_MORE_THAN: "Image count more than",
    CountType.SINCE_IMAGE_PUSHED: "Since image pushed",
    CountType.SINCE_IMAGE_PULLED: "Since image pulled",
    CountType.SINCE_IMAGE_TRANSITIONED: "Since image transitioned",
}

EVENT: Final = "PolicyExecutionEvent"
IMAGES_MAX: Final = 250
"""Of one record; a run that acts on more images leaves several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A policy as it was applied, and what it did."""

    at: datetime
    repository: Repository
    policy: StoredPolicy
    version: int
    acts: tuple[Act, ...]

    @property
    def name(self) -> str:
        """The repository's."""
        return self.repository.name.text


def tell_execution(execution: Execution) -> list[Entry]:
    """The entries of one execution."""
    policy = _policy(execution)
    acts = execution.acts
    chunks = (acts[start : start + IMAGES_MAX] for start in range(0, len(acts), IMAGES_MAX))
    return [_entry(execution, policy, chunk) for chunk in chunks]


def _entry(execution: Execution, policy: dict[str, Any], acts: tuple[Act, ...]) -> Entry:
    repository = execution.repository
    return Entry(
        at=execution.at,
        request_id=str(uuid4()),
        source_ip="",
        user_agent="",
        service="ecr",
        event=EVENT,
        region=repository.registry.region.text,
        account=repository.registry.account.text,
        caller=None,
        resource=repository_arn(repository.registry, repository.name).text,
        details={
            "repositoryName": execution.name,
            "lifecycleEventPolicy": policy,
            "lifecycleEventImageActions": [_image_action(act) for act in acts],
            "lifecycleEventFailureDetails": [],
        },
    )


def _policy(execution: Execution) -> dict[str, Any]:
    text, evaluated_at = execution.policy.text, execution.policy.evaluated_at
    chosen = {act.rule_priority for act in execution.acts}
    rules = [rule for rule in parse(text).rules if rule.priority in chosen]
    return {
        "lifecycleEventRules": [_rule(rule) for rule in rules],
        "lastEvaluatedAt": _milliseconds(evaluated_at) if evaluated_at else 0,
        "policyVersion": execution.version,
        "policyId": str(uuid5(NAMESPACE_URL, f"{execution.repository.id}:{text}")),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    selection: dict[str, Any] = {
        "tagStatus": rule.tag_status.value.capitalize(),
        "tagPrefixList": list(rule.prefixes),
        "countType": _COUNTS[rule.count_type],
        "countNumber": rule.count_number,
    }
    if rule.patterns:
        selection["tagPatternList"] = list(rule.patterns)
    if rule.count_type is not CountType.IMAGE_COUNT_MORE_THAN:
        selection["countUnit"] = "Days"
    return {
        "rulePriority": rule.priority,
        "description": rule.description or "",
        "lifecycleEventSelection": selection,
        "action": rule.action.value,
    }


def _image_action(act: Act) -> dict[str, Any]:
    image = {
        "digest": act.digest.text,
        "tagStatus": "Tagged" if act.tags else "Untagged",
        "tagList": list(act.tags),
        "pushedAt": _milliseconds(act.pushed_at),
    }
    return {"lifecycleEventImage": image, "rulePriority": act.rule_priority}


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
