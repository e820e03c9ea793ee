"""A repository as it is stored and shown (ECR API, data type Repository)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from portside.names.accounts import RegistryId
from portside.names.arns import Arn, repository_arn
from portside.names.repositories import RepositoryName
from portside.registry.mutability import TagMutability


@dataclass(frozen=True, slots=True, kw_only=True)
class Encryption:
    """How a repository's images are to be encrypted at rest: AES256, KMS or KMS_DSSE."""

    type: str = "AES256"
    kms_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySettings:
    """What a repository is created with and may be changed to."""

    mutability: TagMutability = TagMutability()
    scan_on_push: bool = False
    encryption: Encryption = Encryption()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A repository of a registry.

    ``id`` is the database's; ``generation`` grows with every change of its images, tags or
    settings and proves caches fresh.
    """

    id: int
    registry: RegistryId
    name: RepositoryName
    created_at: datetime
    settings: RepositorySettings
    generation: int
    oci_strict: bool | None = None
    """Whether OCI's rules hold where ECR's differ; ``None`` leaves it to the server's default."""
    image_count: int = 0
    """How many images it holds, archived ones among them."""
    pulls_through: bool = False
    """Whether it holds copies from an upstream registry, which is asked for newer ones."""

    @property
    def arn(self) -> Arn:
        """The repository's ARN."""
        return repository_arn(self.registry, self.name)

    def with_mutability(self, mutability: TagMutability) -> Repository:
        """The same repository under another rule for its tags."""
        return replace(self, settings=replace(self.settings, mutability=mutability))
