"""How the AWS APIs word each refusal (API references, "Errors" of each operation).

Each area has a module with its own table; a refusal stands in exactly one of them.
"""

from __future__ import annotations

from portside.aws.errors import (
    audit,
    configuration,
    identity,
    images,
    layers,
    lifecycle,
    policies,
    repositories,
    requests,
    scans,
    service_quotas,
    sessions,
    templates,
    upstreams,
)
from portside.aws.errors.wording import Answers
from portside.aws.protocol.errors import AWSError
from portside.names.errors import Refusal

AREAS = (
    identity,
    requests,
    repositories,
    policies,
    lifecycle,
    images,
    layers,
    templates,
    configuration,
    scans,
    sessions,
    upstreams,
    audit,
    service_quotas,
)
ANSWERS: Answers = {refusal: say for area in AREAS for refusal, say in area.ANSWERS.items()}


def word(refusal: Refusal) -> AWSError:
    """The error that a refusal is answered with."""
    worded = ANSWERS[type(refusal)](refusal)
    return worded if isinstance(worded, AWSError) else AWSError(*worded)
