"""The ECR API is whole: each operation of the newest service model has its row, and no other."""

from collections import Counter

from portside.aws.ecr.operations import OPERATIONS
from portside.aws.protocol.models import load_service


def test_every_operation_of_the_model_is_offered() -> None:
    """A newer botocore that adds an operation names it here."""
    offered = {operation.name for operation in OPERATIONS}
    assert set(load_service("ecr").operation_names) - offered == set()


def test_nothing_else_is_offered() -> None:
    counts = Counter(operation.name for operation in OPERATIONS)
    assert set(counts) <= set(load_service("ecr").operation_names)
    assert set(counts.values()) == {1}


def test_every_operation_declares_an_action_of_the_service() -> None:
    assert {operation.name for operation in OPERATIONS if operation.action is None} == set()
    assert all((operation.action or "").startswith("ecr:") for operation in OPERATIONS)
