"""A lifecycle policy's rules (ECR user guide, "Lifecycle policy properties")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

RULES_MAX = 50
TEXT_LENGTH_MAX = 30_720
DESCRIPTION_LENGTH_MAX = 256
WILDCARDS_MAX = 4
"""ECR takes at most four ``*`` in one tag pattern."""
ARCHIVED_DAYS_MIN = 90
"""ECR expires no archived image that has not been archived for this long."""
WHOLE_MAX = 2**31 - 1


class TagStatus(StrEnum):
    """Which images a rule looks at by whether they have tags."""

    TAGGED = "tagged"
    UNTAGGED = "untagged"
    ANY = "any"


class CountType(StrEnum):
    """What a rule counts."""

    IMAGE_COUNT_MORE_THAN = "imageCountMoreThan"
    SINCE_IMAGE_PUSHED = "sinceImagePushed"
    SINCE_IMAGE_PULLED = "sinceImagePulled"
    SINCE_IMAGE_TRANSITIONED = "sinceImageTransitioned"


class StorageClass(StrEnum):
    """Where an image is kept: at hand, or archived and not to be pulled."""

    STANDARD = "standard"
    ARCHIVE = "archive"


class Action(StrEnum):
    """What becomes of the images that a rule chooses."""

    EXPIRE = "expire"
    TRANSITION = "transition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a policy."""

    priority: int
    tag_status: TagStatus
    count_type: CountType
    count_number: int
    action: Action = Action.EXPIRE
    prefixes: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    storage_class: StorageClass = StorageClass.STANDARD
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules by ascending priority, and the canonical text that stands for them."""

    rules: tuple[Rule, ...]
    text: str
