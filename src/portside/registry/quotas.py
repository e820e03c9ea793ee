"""How much a registry holds (ECR service quotas; the defaults are the older, smaller ones)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """The limits of a registry."""

    repositories_per_registry: int = 1000
    images_per_repository: int = 1000
    tags_per_image: int = 100

    def allows_repository(self, present: int) -> bool:
        """Whether a registry with so many repositories may get another."""
        return present < self.repositories_per_registry

    def allows_image(self, present: int) -> bool:
        """Whether a repository with so many images may get another."""
        return present < self.images_per_repository

    def allows_tags(self, present: int, added: int) -> bool:
        """Whether an image with so many tags may get so many more."""
        return not added or present + added <= self.tags_per_image
