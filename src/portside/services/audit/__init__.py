"""The audit trail: one JSON line for each request, in the shape of CloudTrail's records.

AWS CloudTrail user guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
"""

from __future__ import annotations

from portside.services.audit.queries import Filters, read_records
from portside.services.audit.records import Entry, is_read_only
from portside.services.audit.redaction import HIDDEN, redact
from portside.services.audit.trail import AuditTrail, Scope

__all__ = [
    "HIDDEN",
    "AuditTrail",
    "Entry",
    "Filters",
    "Scope",
    "is_read_only",
    "read_records",
    "redact",
]
