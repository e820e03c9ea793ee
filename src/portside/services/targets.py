"""Finding the one image that a request means."""

from __future__ import annotations

from portside.metadata import images
from portside.metadata.database import Transaction
from portside.registry.images import Image, Target
from portside.registry.refusals import ImageNotFound, ImageTagDoesNotMatchDigest
from portside.registry.repositories import Repository


def get_target(tx: Transaction, repository: Repository, target: Target) -> Image:
    """The image that a tag, a digest, or both together name, archived ones included.

    Raises:
        ImageTagDoesNotMatchDigest: the tag names an image of another digest.
        ImageNotFound: there is none.
    """
    image = None
    if target.tag is not None:
        image = images.find_tagged_image(tx, repository, target.tag)
        if image is not None and target.digest not in (None, image.digest):
            raise ImageTagDoesNotMatchDigest
    elif target.digest is not None:
        image = images.find_image(tx, repository, target.digest)
    if image is None:
        raise ImageNotFound(repository.registry, repository.name.text, target.identifier)
    return image
