"""Asking the audit trail: records by who, what, where and when, over all its files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from portside.services.audit.trail import list_files

Record = dict[str, Any]
_TIME = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What records must be; ``*`` and ``?`` stand for anything in texts. ``None`` asks nothing."""

    principal: str | None = None
    """Its ARN, name, principal id or access key id."""
    action: str | None = None
    """``Event`` or ``service:Event``, whatever the case."""
    repository: str | None = None
    error: str | None = None
    """An error's code; ``*`` for any."""
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def match(self, record: Record) -> bool:
        """Whether a record is asked for."""
        return (
            self._in_time(record)
            and _is(self.principal, *_names(record))
            and self._is_action(record)
            and _is(self.repository, *_repositories(record))
            and _is(self.error, record.get("errorCode"))
            and _is(self.request_id, record.get("requestID"))
        )

    def _in_time(self, record: Record) -> bool:
        at = record.get("eventTime", "")
        if self.since is not None and at < self.since.strftime(_TIME):
            return False
        return self.until is None or at <= self.until.strftime(_TIME)

    def _is_action(self, record: Record) -> bool:
        if self.action is None:
            return True
        event = str(record.get("eventName", "")).lower()
        service = str(record.get("eventSource", "")).partition(".")[0]
        return _is(self.action.lower(), event, f"{service}:{event}")


def read_records(folder: Path, filters: Filters) -> Iterator[Record]:
    """The records asked for, in the order in which they were written; broken lines are passed over.

    Raises:
        OSError: a file cannot be read.
    """
    for path in list_files(folder):
        try:
            file = path.open(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            # Rotated away since the folder was listed.
            continue
        with file:
            for line in file:
                record = _parse(line)
                if record is not None and filters.match(record):
                    yield record


def _parse(line: str) -> Record | None:
    try:
        record = json.loads(line)
    except ValueError:
        # The last line of a process that was killed while it wrote.
        return None
    return record if isinstance(record, dict) else None


def _is(pattern: str | None, *texts: Any) -> bool:
    return pattern is None or any(
        isinstance(text, str) and fnmatchcase(text, pattern) for text in texts
    )


def _names(record: Record) -> list[Any]:
    identity = record.get("userIdentity") or {}
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    arn = str(identity.get("arn", ""))
    return [
        arn,
        arn.rpartition(":")[2].rpartition("/")[2],
        *(identity.get(name) for name in ("userName", "principalId", "accessKeyId")),
        *(issuer.get(name) for name in ("arn", "userName")),
    ]


def _repositories(record: Record) -> list[Any]:
    parameters = record.get("requestParameters") or {}
    arns = [str(one.get("ARN", "")) for one in record.get("resources") or ()]
    return [
        parameters.get("repositoryName"),
        *(arn.partition(":repository/")[2] for arn in arns if ":repository/" in arn),
    ]
