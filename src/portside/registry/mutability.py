"""Which tags may move (ECR user guide, "Preventing image tags from being overwritten")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from portside.registry.wildcards import matches

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
