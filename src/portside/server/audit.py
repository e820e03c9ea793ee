"""The audit trail of a data folder: written by workers, asked by the command line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from portside.services.audit import AuditTrail, Filters, History, Scope, read_records
from portside.settings import Settings

_FOLDER = "audit"
_MIB = 1024 * 1024


def open_audit(settings: Settings) -> AuditTrail:
    """The audit trail that a worker writes."""
    return AuditTrail(
        _folder(settings), Scope(settings.audit), bytes_max=settings.audit_mib_max * _MIB
    )


def open_history(settings: Settings) -> History:
    """What the audit trail tells whom the API lets look."""
    return History(_folder(settings))


def read_audit(settings: Settings, filters: Filters) -> Iterator[dict[str, Any]]:
    """The records asked for, in the order in which they were written.

    Raises:
        OSError: there is no such data folder, or its audit trail cannot be read.
    """
    settings.data.stat()
    return read_records(_folder(settings), filters)


def _folder(settings: Settings) -> Path:
    return settings.data / _FOLDER
