"""`python -m bench.selection`: how long a lifecycle policy takes to choose among many images."""

import json
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import loader, processes

from portside.lifecycle.documents import parse
from portside.lifecycle.select import Candidate, select

IMAGES = 100_000
SECONDS_MAX = 1.0
ROUNDS = 5
NOW = datetime(2026, 6, 1, tzinfo=UTC)
RESULT = loader.BENCH / "results" / "lifecycle-selection.json"
BRANCHES = ("dev-", "main-", "feature-", "release-", "hotfix-", "nightly-", "pr-", "v")


def policy_text() -> str:
    """Ten rules: every tag status, prefixes, patterns with wildcards, counts and ages."""
    patterns = [[f"{branch}*"] for branch in BRANCHES[:5]] + [["*-7*", "n*ly-*"], ["pr-*-1*"]]
    rules = [
        {
            "rulePriority": number,
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": pattern,
                "countType": "imageCountMoreThan" if number % 2 else "sinceImagePushed",
                **({} if number % 2 else {"countUnit": "days"}),
                "countNumber": 100 if number % 2 else 30,
            },
            "action": {"type": "expire"},
        }
        for number, pattern in enumerate(patterns, start=1)
    ]
    days = {"countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}
    others: tuple[dict[str, Any], ...] = (
        {"tagStatus": "tagged", "tagPrefixList": ["v"]},
        {"tagStatus": "untagged"},
        {"tagStatus": "any"},
    )
    for number, selection in enumerate(others, start=8):
        whole = {"selection": selection | days, "action": {"type": "expire"}}
        rules.append({"rulePriority": number, **whole})
    return json.dumps({"rules": rules})


def images(count: int) -> list[Candidate]:
    """Images of a busy repository: two tags each, every tenth an index, untagged ones between."""
    chance = random.Random(8)  # noqa: S311 - the same images in every round
    found: list[Candidate] = []
    for number in range(count):
        branch = chance.choice(BRANCHES)
        tags = () if chance.random() < 0.3 else (f"{branch}{number}", f"sha-{number:x}")
        age = timedelta(minutes=(count - number) * 2)
        children = (number - 1, number - 2) if number % 10 == 9 else ()
        found.append(Candidate(id=number, pushed_at=NOW - age, tags=tags, children=children))
    return found


def main() -> int:
    """Measure, write the figures, and fail where the target is missed."""
    candidates, policy = images(IMAGES), parse(policy_text())
    seconds, chosen = [], 0
    for _ in range(ROUNDS):
        # Time of our own process: what else runs on the machine is not the policy's.
        began = time.process_time()
        chosen = len(select(candidates, policy, NOW))
        seconds.append(round(time.process_time() - began, 3))
    figures = {
        "date": processes.today(),
        "machine": processes.machine(),
        "images": IMAGES,
        "rules": len(policy.rules),
        "chosen": chosen,
        "cpu_seconds": seconds,
        "seconds_max": SECONDS_MAX,
    }
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))
    return int(sorted(seconds)[ROUNDS // 2] > SECONDS_MAX)


if __name__ == "__main__":
    raise SystemExit(main())
