"""Growth: what is filled in is what pushes would have left; when an operation is said to grow."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.filling import BEGAN, CONFIG, FULL_REPOSITORY, REGISTRY, Size, fill, manifest
from bench.growth import CASES, LARGE, SMALL, Growth, markdown
from tests.stores.databases import open_database

from portside.aws.protocol.models import find_operation
from portside.aws.protocol.validation import validate
from portside.metadata import blobs, images, listings, principals, repositories
from portside.metadata.database import Database
from portside.metadata.migrations import upgrade
from portside.metadata.principals import Principal
from portside.metadata.sqlite import FILE_NAME
from portside.names.arns import root_arn
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.registry.images import ImageFilter, ImageStatus, TagStatus


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A database with twenty images in one of five repositories."""
    made = open_database(tmp_path / FILE_NAME)
    upgrade(made)
    root = Principal(
        arn=root_arn(REGISTRY.account), account=REGISTRY.account, kind="root", unique_id="root"
    )
    with made.write() as tx:
        principals.insert_account(tx, root, BEGAN)
    fill(tmp_path, Size(images=20, repositories=5))
    yield made
    made.close()


def test_what_is_filled_in_is_whole(database: Database) -> None:
    """Counts, tags, classes and layers are as the server itself would have them."""
    with database.read() as tx:
        assert repositories.count_repositories(tx, REGISTRY) == 5
        full = repositories.find_repository(tx, REGISTRY, RepositoryName(FULL_REPOSITORY))
        assert full is not None
        assert full.image_count == 20

        def count(shown: ImageFilter) -> int:
            return len(listings.list_images(tx, full, shown, after=0, limit=100))

        assert count(ImageFilter(status=None)) == 20
        assert count(ImageFilter(TagStatus.UNTAGGED, None)) == 4
        assert count(ImageFilter(status=ImageStatus.ARCHIVED)) == 4
        (first, *_) = listings.list_images(tx, full, ImageFilter(), after=0, limit=1)
        assert images.get_manifest_body(tx, first) == manifest(first.id)
        assert first.digest == Digest.of(manifest(first.id), "sha256")
        assert [tag.text for tag in first.tags] == [f"v{first.id}"]
        config = Digest.of(CONFIG, "sha256")
        assert blobs.find_blob_size(tx, full, config) == len(CONFIG)
        assert not blobs.is_archived(tx, full, config)


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_every_case_asks_what_the_api_takes(size: Size) -> None:
    for case in CASES:
        operation = find_operation("ecr", case.operation)
        assert operation is not None
        validate(operation, case.params(size, 1))


def test_the_bound() -> None:
    assert Growth("x", 1.0, 2.0).met
    assert not Growth("x", 1.0, 2.01).met


def test_the_page() -> None:
    growths = [Growth("A", 1.0, 1.5), Growth("B", 2.0, 5.0)]
    page = markdown(growths, (SMALL, LARGE), "Portside 1", "today")
    assert "| A | 1.00 | 1.50 | 1.50 | within |" in page
    assert "| B | 2.00 | 5.00 | 2.50 | **GROWS** |" in page
    assert "100,000" in page
