"""What a run of a lifecycle policy tells the audit trail."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.services.stage import NAME, REGISTRY, Stage, by_count, rules

from portside.lifecycle.policies import Action
from portside.lifecycle.records import Act, StoredPolicy
from portside.names.digests import Digest
from portside.registry.repositories import Repository, RepositorySettings
from portside.services.audit import AuditTrail, Scope, tell_execution
from portside.services.audit.executions import IMAGES_MAX, Execution

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
RULES = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": ["dev-*"],
                "countType": "sinceImagePushed",
                "countUnit": "days",
                "countNumber": 14,
            },
            "action": {"type": "expire"},
        },
        {
            "rulePriority": 2,
            "description": "few",
            "selection": {
                "tagStatus": "untagged",
                "countType": "imageCountMoreThan",
                "countNumber": 3,
            },
            "action": {"type": "expire"},
        },
    ]
}


def act(number: int, priority: int, *tags: str) -> Act:
    return Act(
        digest=Digest(f"sha256:{number:064x}"),
        tags=tags,
        pushed_at=NOW,
        action=Action.EXPIRE,
        rule_priority=priority,
        subject=None,
        acted_at=NOW,
    )


def execution(*acts: Act, evaluated_at: datetime | None = None) -> Execution:
    repository = Repository(
        id=1,
        registry=REGISTRY,
        name=NAME,
        created_at=NOW,
        settings=RepositorySettings(),
        generation=1,
    )
    policy = StoredPolicy(json.dumps(RULES), evaluated_at)
    return Execution(at=NOW, repository=repository, policy=policy, version=2, acts=acts)


def test_rules_that_did_something_are_told() -> None:
    (entry,) = tell_execution(execution(act(1, 1, "dev-1"), evaluated_at=NOW))
    assert entry.details is not None
    policy = entry.details["lifecycleEventPolicy"]
    assert policy["lifecycleEventRules"] == [
        {
            "rulePriority": 1,
            "description": "",
            "lifecycleEventSelection": {
                "tagStatus": "Tagged",
                "tagPrefixList": [],
                "tagPatternList": ["dev-*"],
                "countType": "Since image pushed",
                "countNumber": 14,
                "countUnit": "Days",
            },
            "action": "expire",
        }
    ]
    assert (policy["lastEvaluatedAt"], policy["policyVersion"]) == (1772366400000, 2)
    (image,) = entry.details["lifecycleEventImageActions"]
    assert image == {
        "lifecycleEventImage": {
            "digest": f"sha256:{1:064x}",
            "tagStatus": "Tagged",
            "tagList": ["dev-1"],
            "pushedAt": 1772366400000,
        },
        "rulePriority": 1,
    }


def test_many_images_are_told_in_several_records() -> None:
    acts = [act(number, 2) for number in range(2 * IMAGES_MAX + 1)]
    entries = tell_execution(execution(*acts))
    counts = [len((one.details or {})["lifecycleEventImageActions"]) for one in entries]
    assert counts == [IMAGES_MAX, IMAGES_MAX, 1]


@pytest.mark.parametrize(("scope", "count"), [(Scope.ALL, 1), (Scope.CHANGES, 1), (Scope.OFF, 0)])
def test_what_is_recorded_is_as_the_operator_says(tmp_path: Path, scope: Scope, count: int) -> None:
    trail = AuditTrail(tmp_path, scope, bytes_max=10**9)
    trail.write(tell_execution(execution(act(1, 1))))
    files = list(tmp_path.glob("*.jsonl"))
    assert sum(len(file.read_text().splitlines()) for file in files) == count


def test_a_run_that_cannot_be_recorded_is_done_all_the_same(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    (tmp_path / "audit").write_text("not a folder")
    stage.expiry.record_in(AuditTrail(tmp_path / "audit", Scope.ALL, bytes_max=10**9))
    for number in range(5):
        stage.push(f"layer {number}", f"v{number}")
    stage.put_policy(rules(by_count(3)))
    assert len(stage.expiry.run(REGISTRY, NAME).acts) == 2
    stage.close()
