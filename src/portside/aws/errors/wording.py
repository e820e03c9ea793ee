"""What a wording is, and the sentences that several areas share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portside.aws.protocol.errors import AWSError
from portside.names.errors import Refusal
from portside.registry import refusals as registry
from portside.registry import sentences
from portside.web.bodies import BodyTooLarge

Wording = tuple[str, str]
"""An error's code and message."""

Answers = dict[type[Refusal], Callable[[Any], Wording | AWSError]]
"""An area's table: each refusal with how it is worded."""


def invalid_parameter(parameter: str, reason: str) -> Wording:
    """ECR's sentence for a parameter that it does not take."""
    return (
        "InvalidParameterException",
        f"Invalid parameter at '{parameter}' failed to satisfy constraint: '{reason}'",
    )


def where(refusal: registry.RepositoryRefusal) -> str:
    """The repository that a refusal concerns, as ECR names it."""
    account = refusal.registry.account
    return f"the repository with name '{refusal.repository}' in the registry with id '{account}'"


def too_large(refusal: BodyTooLarge | registry.BlobTooLarge) -> Wording:
    """Of whatever passes a limit of bytes."""
    return "LimitExceededException", f"more than {refusal.limit_bytes} bytes are not accepted"


def quota_reached(refusal: registry.QuotaReached) -> Wording:
    """Of whatever is full."""
    return "LimitExceededException", sentences.quota_reached(refusal)
