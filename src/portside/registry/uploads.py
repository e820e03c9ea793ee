"""An upload session (distribution-spec "Pushing a blob in chunks"; ECR InitiateLayerUpload)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portside.names.digests import Digest

PART_BYTES = 20 * 1024 * 1024
"""The part size that InitiateLayerUpload proposes."""

PART_BYTES_MIN = 5 * 1024 * 1024
"""ECR's least size of a part that is not the last (LayerPartTooSmallException)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What is known of an upload at its last acknowledged byte.

    ``digest`` is that of the ``size_bytes`` bytes so far under ``algorithm``, or ``None`` where
    only reading them again can tell (the parts came through different processes).
    """

    id: str
    repository_id: int
    algorithm: str
    size_bytes: int
    digest: Digest | None
    last_part_bytes: int
    short_part: bool
    """Whether a part that was not the last was smaller than ECR allows."""
    created_at: datetime
    receipt: str = ""
    """Where the store has the bytes; only it understands this."""
