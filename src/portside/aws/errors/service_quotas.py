"""How refusals of quotas' names are worded (Service Quotas API, errors)."""

from __future__ import annotations

from portside.aws.errors.wording import Answers
from portside.registry import service_quotas

ANSWERS: Answers = {
    service_quotas.InvalidPaginationToken: lambda _: (
        "InvalidPaginationTokenException",
        "Invalid token was used.",
    ),
    service_quotas.NoSuchService: lambda _: (
        "NoSuchResourceException",
        "The request failed because the specified service does not exist.",
    ),
    service_quotas.NoSuchQuota: lambda _: (
        "NoSuchResourceException",
        "The request failed because the specified service quota does not exist.",
    ),
}
