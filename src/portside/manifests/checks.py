"""What a manifest needs to be whole: the one statement of an image's invariants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portside.manifests.documents import Manifest
from portside.names.digests import Digest


@dataclass(frozen=True, slots=True)
class Missing:
    """Content that a manifest names and its repository does not have."""

    digest: Digest
    is_image: bool
    """Whether it is a child image of an index (else a layer or config)."""


def required_blobs(manifest: Manifest) -> list[Digest]:
    """The digests that must have been uploaded, each once, in the manifest's order."""
    named = (blob.digest for blob in manifest.blobs if blob.distributable)
    return list(dict.fromkeys(named))


def required_images(manifest: Manifest) -> list[Digest]:
    """The digests of an index's children, each once, in the index's order."""
    return list(dict.fromkeys(child.digest for child in manifest.children))


def check(
    manifest: Manifest,
    has_blob: Callable[[Digest], bool],
    has_image: Callable[[Digest], bool],
) -> list[Missing]:
    """List everything that is missing (distribution-spec "Pushing Manifests"; ECR PutImage).

    A subject is never required. An index's child may be any content that the repository has: an
    image, or a blob (image-index.md allows descriptors of any type).
    """
    blobs = [Missing(digest, False) for digest in required_blobs(manifest) if not has_blob(digest)]
    images = [
        Missing(digest, True)
        for digest in required_images(manifest)
        if not has_image(digest) and not has_blob(digest)
    ]
    return blobs + images
