"""How much room repositories take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """The bytes of one repository.

    ``logical_bytes`` counts each image whole; ``unique_bytes`` counts each blob that the repository
    has once, whether an image needs it or not. Manifests count in both.
    """

    repository: str
    image_count: int
    logical_bytes: int
    unique_bytes: int
