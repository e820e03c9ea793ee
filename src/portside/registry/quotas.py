"""How much a registry holds (ECR service quotas; the defaults are the older, smaller ones)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The limits of a registry."""

    tags_per_image: int = 100

    def allows_tags(self, present: int, added: int) -> bool:
        """Whether an image with so many tags may get so many more."""
        return not added or present + added <= self.tags_per_image
