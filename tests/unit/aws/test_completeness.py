"""The ECR API is whole: each operation of the newest service model has its row, and no other."""

from collections import Counter
from typing import Final

from portside.aws.ecr.operations import OPERATIONS
from portside.aws.protocol.models import load_service

NOT_YET: Final = frozenset(
    {
        "DescribeImageReplicationStatus",
        "DescribeReplicationBackfillResults",
        "ListReplicationBackfills",
        "StartReplicationBackfill",
        "StopReplicationBackfill",
    }
)
"""Operations whose work has not come in; a release has none."""


def test_every_operation_of_the_model_is_offered() -> None:
    """A newer botocore that adds an operation names it here."""
    offered = {operation.name for operation in OPERATIONS}
    assert set(load_service("ecr").operation_names) - offered - NOT_YET == set()


def test_nothing_else_is_offered() -> None:
    counts = Counter(operation.name for operation in OPERATIONS)
    assert set(counts) <= set(load_service("ecr").operation_names)
    assert set(counts.values()) == {1}


def test_every_operation_declares_an_action_of_the_service() -> None:
    assert {operation.name for operation in OPERATIONS if operation.action is None} == set()
    assert all((operation.action or "").startswith("ecr:") for operation in OPERATIONS)
