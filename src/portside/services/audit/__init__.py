"""The audit trail: one JSON line for each request, in the shape of CloudTrail's records.

AWS CloudTrail user guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
"""

from __future__ import annotations

from portside.services.audit.attributes import resources, username
from portside.services.audit.executions import tell_execution
from portside.services.audit.history import (
    Found,
    History,
    InvalidLookup,
    InvalidNextToken,
    InvalidTimeRange,
    Question,
)
from portside.services.audit.queries import Filters, read_records
from portside.services.audit.records import Entry, is_read_only
from portside.services.audit.redaction import HIDDEN, redact
from portside.services.audit.trail import AuditTrail, Scope

__all__ = [
    "HIDDEN",
    "AuditTrail",
    "Entry",
    "Filters",
    "Found",
    "History",
    "InvalidLookup",
    "InvalidNextToken",
    "InvalidTimeRange",
    "Question",
    "Scope",
    "is_read_only",
    "read_records",
    "redact",
    "resources",
    "tell_execution",
    "username",
]
