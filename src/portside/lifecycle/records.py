"""What is kept of policies, their previews, and what they did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from portside.lifecycle.policies import Action, StorageClass
from portside.names.digests import Digest


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A repository's policy, and when it was last applied, if it was."""

    text: str
    evaluated_at: datetime | None


class PreviewStatus(StrEnum):
    """How far a preview is (ECR LifecyclePolicyPreviewStatus)."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETE = "COMPLETE"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A preview as it stands."""

    text: str
    status: PreviewStatus
    holder: str
    started_at: datetime
    finished_at: datetime | None
    expiring_count: int = 0
    transitioning_count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewResult:
    """An image that a policy would act on."""

    digest: Digest
    tags: tuple[str, ...]
    pushed_at: datetime
    storage_class: StorageClass
    action: Action
    rule_priority: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An image that a policy did act on; ``subject`` is whom it followed, if anyone."""

    digest: Digest
    tags: tuple[str, ...]
    pushed_at: datetime
    action: Action
    rule_priority: int
    subject: Digest | None
    acted_at: datetime
