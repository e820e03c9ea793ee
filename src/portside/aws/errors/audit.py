"""How refusals of looking up events are worded (CloudTrail API, "LookupEvents", errors)."""

from __future__ import annotations

from portside.aws.errors.wording import Answers
from portside.services import audit

ANSWERS: Answers = {
    audit.InvalidLookup: lambda _: (
        "InvalidLookupAttributesException",
        "You can only specify one lookup attribute.",
    ),
    audit.InvalidTimeRange: lambda _: (
        "InvalidTimeRangeException",
        "The start time must not be after the end time.",
    ),
    audit.InvalidNextToken: lambda _: (
        "InvalidNextTokenException",
        "The token is invalid, or was not used with the parameters of the call that returned it.",
    ),
}
