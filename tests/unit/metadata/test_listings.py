"""Images and tags as they come and go: what is counted, and what pages show, is what is there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from tests.stores.databases import open_database

from portside.metadata import images, listings, principals, repositories, tables, tags
from portside.metadata.database import Database, Transaction
from portside.metadata.migrations import upgrade
from portside.metadata.principals import Principal
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import root_arn
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.images import ImageFilter, ImageStatus, StorageClass, TagStatus
from portside.registry.repositories import Repository, RepositorySettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))
NAMES = ("one", "two")
TAGS = ("a", "b", "c", "d")
STATUSES = {"STANDARD": ImageStatus.ACTIVE, "ARCHIVE": ImageStatus.ARCHIVED}
some = settings(
    max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)

# What a test does: put an image, with tags, to a repository; take a tag; delete; move.
ACTIONS = st.lists(
    st.one_of(
        st.tuples(
            st.just("put"),
            st.sampled_from(NAMES),
            st.integers(0, 5),
            st.lists(st.sampled_from(TAGS), max_size=3),
        ),
        st.tuples(st.just("untag"), st.sampled_from(NAMES), st.sampled_from(TAGS)),
        st.tuples(st.just("delete"), st.sampled_from(NAMES), st.integers(0, 5)),
        st.tuples(
            st.just("move"),
            st.sampled_from(NAMES),
            st.integers(0, 5),
            st.sampled_from([*StorageClass]),
        ),
    ),
    max_size=25,
)


@dataclass
class Shelf:
    """The naive registry: a repository's images in the order of their coming."""

    classes: dict[int, str] = field(default_factory=dict)
    tags: dict[str, int] = field(default_factory=dict)

    def expected(self, shown: ImageFilter) -> list[tuple[int, tuple[str, ...]]]:
        found = []
        for number, storage_class in self.classes.items():
            names = tuple(sorted(tag for tag, at in self.tags.items() if at == number))
            if shown.status not in (None, STATUSES[storage_class]):
                continue
            if shown.tags is TagStatus.ANY or (shown.tags is TagStatus.TAGGED) == bool(names):
                found.append((number, names))
        return found


def digest(number: int) -> Digest:
    return Digest.of(str(number).encode(), "sha256")


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    """A database with an account; each example makes its repositories anew."""
    with TemporaryDirectory() as folder:
        made = open_database(Path(folder) / "db")
        upgrade(made)
        account = REGISTRY.account
        root = Principal(arn=root_arn(account), account=account, kind="root", unique_id="root")
        with made.write() as tx:
            principals.insert_account(tx, root, NOW)
        yield made
        made.close()


def find(tx: Transaction, name: str) -> Repository:
    found = repositories.find_repository(tx, REGISTRY, RepositoryName(f"app/{name}"))
    assert found is not None
    return found


def put(tx: Transaction, shelf: Shelf, name: str, number: int, names: list[str]) -> None:
    repository = find(tx, name)
    image = images.find_image(tx, repository, digest(number))
    if image is None:
        row = {
            "digest": digest(number).text,
            "media_type": "m",
            "artifact_type": None,
            "config_media_type": None,
            "subject": None,
            "manifest_bytes": 1,
            "image_bytes": 1,
            "pushed_at": NOW,
        }
        image_id = images.insert_image(tx, repository, row, b"{}", ((), ()))
        shelf.classes[number] = "STANDARD"
    else:
        image_id = image.id
    for tag in names:
        tags.put_tag(tx, repository, Tag(tag), image_id, NOW)
        shelf.tags[tag] = number


def untag(tx: Transaction, shelf: Shelf, name: str, tag: str) -> None:
    tags.delete_tag(tx, find(tx, name), Tag(tag))
    shelf.tags.pop(tag, None)


def delete(tx: Transaction, shelf: Shelf, name: str, number: int) -> None:
    image = images.find_image(tx, find(tx, name), digest(number))
    assert (image is not None) == (number in shelf.classes)
    if image is not None:
        images.delete_image(tx, image, NOW)
        del shelf.classes[number]
        shelf.tags = {tag: at for tag, at in shelf.tags.items() if at != number}


def move(tx: Transaction, shelf: Shelf, name: str, number: int, to: StorageClass) -> None:
    image = images.find_image(tx, find(tx, name), digest(number))
    if image is not None:
        images.set_storage_class(tx, image, to, NOW)
        shelf.classes[number] = to.value


DEEDS = {"put": put, "untag": untag, "delete": delete, "move": move}


def entries(tx: Transaction, name: str, shown: ImageFilter, size: int) -> list[tuple[str, str]]:
    """All entries of ListImages, page by page."""
    found: list[tuple[str, str]] = []
    after = (0, "")
    while page := listings.list_entries(tx, find(tx, name), shown, after=after, limit=size):
        found += [(text, tag or "") for _, text, tag in page]
        after = (page[-1][0], page[-1][2] or "")
        assert len(page) <= size
    return found


def check_pages(tx: Transaction, shelf: Shelf, name: str, shown: ImageFilter, size: int) -> None:
    expected = shelf.expected(shown)
    assert entries(tx, name, shown, size) == [
        (digest(number).text, tag) for number, names in expected for tag in names or ("",)
    ]
    found, after = [], 0
    while page := listings.list_images(tx, find(tx, name), shown, after=after, limit=size):
        found += [(image.digest, tuple(tag.text for tag in image.tags)) for image in page]
        after = page[-1].id
        assert len(page) <= size
    assert found == [(digest(number), names) for number, names in expected]


@some
@given(
    ACTIONS,
    st.sampled_from([*TagStatus]),
    st.sampled_from([None, *ImageStatus]),
    st.integers(1, 4),
)
def test_counts_and_pages_are_what_is_there(
    database: Database,
    actions: list[tuple[str, str, str]],
    tag_status: TagStatus,
    status: ImageStatus | None,
    size: int,
) -> None:
    """After any deeds, the counts agree with the rows, and the pages of any size with both."""
    shelves = {name: Shelf() for name in NAMES}
    with database.write() as tx:
        before = repositories.count_repositories(tx, REGISTRY)
        for name in NAMES:
            repositories.insert_repository(
                tx, REGISTRY, RepositoryName(f"app/{name}"), RepositorySettings(), NOW
            )
        for deed, name, *rest in actions:
            DEEDS[deed](tx, shelves[name], name, *rest)  # type: ignore[operator]  # one row each
        for name in NAMES:
            check_pages(tx, shelves[name], name, ImageFilter(tag_status, status), size)
            assert find(tx, name).image_count == len(shelves[name].classes)
        assert repositories.count_repositories(tx, REGISTRY) == before + len(NAMES)
        for name in NAMES:
            repositories.delete_repository(tx, find(tx, name))
        assert repositories.count_repositories(tx, REGISTRY) == before
        assert tx.scalar(select(func.count()).select_from(tables.images)) == 0


def test_no_image_is_on_its_way_back(database: Database) -> None:
    with database.write() as tx:
        name = RepositoryName("app/none")
        repositories.insert_repository(tx, REGISTRY, name, RepositorySettings(), NOW)
        repository = repositories.find_repository(tx, REGISTRY, name)
        assert repository is not None
        shown = ImageFilter(status=ImageStatus.ACTIVATING)
        assert listings.list_images(tx, repository, shown, after=0, limit=5) == []
        assert listings.list_entries(tx, repository, shown, after=(0, ""), limit=5) == []
        repositories.delete_repository(tx, repository)
