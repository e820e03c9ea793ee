"""Which tags may move (ECR user guide, "Preventing image tags from being overwritten")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

WILDCARDS_MAX = 2
"""ECR takes at most two ``*`` in one exclusion filter."""


class MutabilityMode(StrEnum):
    """The four settings of ``imageTagMutability``."""

    MUTABLE = "MUTABLE"
    IMMUTABLE = "IMMUTABLE"
    MUTABLE_WITH_EXCLUSION = "MUTABLE_WITH_EXCLUSION"
    IMMUTABLE_WITH_EXCLUSION = "IMMUTABLE_WITH_EXCLUSION"

    @property
    def has_exclusions(self) -> bool:
        """Whether exclusion filters belong to this mode."""
        return self.value.endswith("_WITH_EXCLUSION")


@dataclass(frozen=True, slots=True)
class TagMutability:
    """A mode and the wildcard filters of the tags to which its opposite applies."""

    mode: MutabilityMode = MutabilityMode.MUTABLE
    exclusions: tuple[str, ...] = ()

    def may_move(self, tag: str) -> bool:
        """Whether this tag, already in use, may be given to another image."""
        mutable = self.mode.value.startswith("MUTABLE")
        excluded = self.mode.has_exclusions and any(
            matches(filter_, tag) for filter_ in self.exclusions
        )
        return mutable is not excluded


def matches(filter_: str, tag: str) -> bool:
    """Whether a filter with ``*`` (any run of characters, or none) names the whole tag."""
    return _compiled(filter_).fullmatch(tag) is not None


@lru_cache(maxsize=1024)
def _compiled(filter_: str) -> re.Pattern[str]:
    # Runs of stars are one star, and stars are few: the pattern cannot backtrack for long.
    parts = re.split(r"\*+", filter_)
    return re.compile(".*".join(re.escape(part) for part in parts), re.DOTALL)
