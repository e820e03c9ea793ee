"""What operations on lifecycle policies are refused with."""

from __future__ import annotations

from dataclasses import dataclass

from portside.registry.refusals import RepositoryRefusal


@dataclass(eq=False)
class LifecyclePolicyNotFound(RepositoryRefusal):
    """The repository is there and has no lifecycle policy."""


@dataclass(eq=False)
class LifecyclePreviewNotFound(RepositoryRefusal):
    """No preview was ever asked for in this repository."""


@dataclass(eq=False)
class LifecyclePreviewInProgress(RepositoryRefusal):
    """The preview that was asked for before is not complete."""


@dataclass(eq=False)
class LifecycleRunInProgress(RepositoryRefusal):
    """Somebody else applies the policy just now."""
