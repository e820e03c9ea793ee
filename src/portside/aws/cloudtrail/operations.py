"""The operations of CloudTrail: a table."""

from __future__ import annotations

from typing import Final

from portside.aws.calls import Operation, everything
from portside.aws.cloudtrail.events import lookup_events

OPERATIONS: Final = (
    Operation(
        name="LookupEvents",
        action="cloudtrail:LookupEvents",
        resource=everything,
        handler=lookup_events,
    ),
)
