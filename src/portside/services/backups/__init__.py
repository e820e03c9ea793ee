"""Backups: all that a registry keeps, in a folder, without a stop; and the way back.

A backup's folder::

    DEST/
    ├── blobs/                        as in a data folder; shared by all snapshots
    └── snapshots/<UTC time>/
        ├── rows/<table>.jsonl.gz     the rows of a table, in a form that knows no database
        ├── secrets.key               opens the secrets among them; only its owner may read it
        └── snapshot.json             written last: where it is, the snapshot is whole

Rows are read in one transaction and blobs afterwards, while nothing is collected: each blob that a
row names is there, as its bytes were durable before the row was.
"""

from __future__ import annotations

from portside.services.backups.backup import Backups, Wishes
from portside.services.backups.folder import BackupFolder, BackupUnusable
from portside.services.backups.restore import (
    Restoring,
    TargetNotEmpty,
    check_snapshot,
    choose_key,
    is_empty,
)

__all__ = [
    "BackupFolder",
    "BackupUnusable",
    "Backups",
    "Restoring",
    "TargetNotEmpty",
    "Wishes",
    "check_snapshot",
    "choose_key",
    "is_empty",
]
