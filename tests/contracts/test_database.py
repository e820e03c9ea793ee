"""What every database promises; a database is added to KINDS and passes all of it."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text
from tests.go_tools import ToolMissingError
from tests.not_run import cannot_run
from tests.stores.postgresql import name_of, session_server

from portside.metadata import generations, principals, repositories, tags
from portside.metadata.blobs import put_membership
from portside.metadata.database import Database, Transaction
from portside.metadata.migrations import HEAD, upgrade
from portside.metadata.opening import open_database
from portside.metadata.principals import Principal
from portside.metadata.statements import total
from portside.metadata.tables import blobs, identities, images, metadata
from portside.metadata.tables import tags as tag_rows
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import root_arn
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.registry.repositories import Repository, RepositorySettings

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))
ROOT = Principal(
    arn=root_arn(REGISTRY.account), account=REGISTRY.account, kind="root", unique_id="AIDA1"
)
SECONDS_MAX = 20.0
Open = Callable[[], Database]


@pytest.fixture(params=["sqlite", "postgresql"])
def reopen(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens one and the same database, as another process of the node would."""
    url = None
    if request.param == "postgresql":
        try:
            url = session_server().make_database(name_of(tmp_path))
        except ToolMissingError as error:
            cannot_run(error)
    return lambda: open_database(url, tmp_path)


@pytest.fixture
def database(reopen: Open) -> Iterator[Database]:
    with closing(reopen()) as made:
        upgrade(made)
        with made.write() as tx:
            principals.insert_account(tx, ROOT, NOW)
        yield made


def make_repository(database: Database, name: str = "some/name") -> Repository:
    with database.write() as tx:
        repositories.insert_repository(
            tx, REGISTRY, RepositoryName(name), RepositorySettings(), NOW
        )
    return find(database, name)


def find(database: Database, name: str) -> Repository:
    with database.read() as tx:
        found = repositories.find_repository(tx, REGISTRY, RepositoryName(name))
    assert found is not None
    return found


def generation(database: Database, name: str) -> int:
    with closing(database.freshness()) as freshness:
        return freshness.generation(name)


def test_the_schema_is_the_declared_one(database: Database) -> None:
    with database.read() as tx:
        assert compare_metadata(MigrationContext.configure(tx), metadata) == []


def test_processes_that_start_together_migrate_once(reopen: Open) -> None:
    """Each waits for the first, and finds the newest schema."""

    def start(_: int) -> None:
        with closing(reopen()) as own:
            upgrade(own)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(start, range(4)))
    with closing(reopen()) as own, own.read() as tx:
        assert tx.execute(text("SELECT version_num FROM alembic_version")).all() == [(HEAD,)]


def _grow_and_fail(tx: Transaction) -> None:
    generations.grow(tx, "test")
    raise KeyError


def test_what_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(KeyError), database.write() as tx:
        _grow_and_fail(tx)
    assert generation(database, "test") == 0
    with database.write_progress() as tx:
        generations.grow(tx, "test")
    assert generation(database, "test") == 1


def test_one_writes_at_a_time(database: Database, reopen: Open) -> None:
    """What a writer read is still so when it commits, whoever else writes."""
    with closing(reopen()) as other:

        def write(number: int) -> None:
            own = (database, other)[number % 2]
            with (own.write, own.write_progress)[number % 3 == 0]() as tx:
                row = tx.execute(text("SELECT value FROM generations WHERE name = 'n'")).scalar()
                time.sleep(0.002)
                tx.execute(text("DELETE FROM generations WHERE name = 'n'"))
                values = {"value": (row or 0) + 1}
                tx.execute(text("INSERT INTO generations VALUES ('n', :value)"), values)

        with ThreadPoolExecutor(6) as threads:
            list(threads.map(write, range(24)))
        assert generation(database, "n") == 24


def test_a_view_stays_as_it_was_and_keeps_no_writer_waiting(database: Database) -> None:
    query = select(identities.c.id)
    with database.read() as tx:
        before = tx.scalars(query).all()
        account = AccountId("210987654321")
        other = Principal(arn=root_arn(account), account=account, kind="root", unique_id="AIDA2")
        with database.write() as writing:
            principals.insert_account(writing, other, NOW)
        assert tx.scalars(query).all() == before == ["AIDA1"]
    with database.read() as tx:
        assert set(tx.scalars(query)) == {"AIDA1", "AIDA2"}


def test_a_missing_reference_is_told_and_the_transaction_goes_on(database: Database) -> None:
    held = make_repository(database)
    digest = Digest.of(b"nobody has it")
    with database.write() as tx:
        assert not put_membership(tx, held, digest, NOW)
        row = {"digest": digest.text, "size_bytes": 7, "created_at": NOW}
        tx.execute(insert(blobs).values(**row))
        assert put_membership(tx, held, digest, NOW)
    with database.read() as tx:
        assert tx.scalar(select(total(blobs.c.size_bytes))) == 7


def test_sums_are_whole_numbers(database: Database) -> None:
    """Also those that no machine word holds are no surprise: sizes are bounded far below."""
    with database.write() as tx:
        for number in range(3):
            digest = Digest.of(bytes([number])).text
            row = {"digest": digest, "size_bytes": 2**40, "created_at": NOW}
            tx.execute(insert(blobs).values(**row))
    with database.read() as tx:
        size = tx.scalar(select(total(blobs.c.size_bytes)))
        nothing = tx.scalar(select(total(blobs.c.size_bytes)).where(blobs.c.size_bytes == 1))
    assert (size, nothing) == (3 * 2**40, 0)
    assert type(size) is int


def test_texts_are_compared_by_their_bytes(database: Database) -> None:
    """In the order of pages, and so that names which differ in case are two."""
    held = make_repository(database)
    names = ["B", "a", "_a", "a-b", "a.b", "ab", "Z9", "9"]
    with database.write() as tx:
        image_id = tx.execute(
            insert(images)
            .values(
                repository_id=held.id,
                digest=Digest.of(b"").text,
                media_type="m" * 300,
                manifest_bytes=1,
                image_bytes=1,
                pushed_at=NOW,
            )
            .returning(images.c.id)
        ).scalar_one()
        for name in names:
            row = {"repository_id": held.id, "name": name, "image_id": image_id, "tagged_at": NOW}
            tx.execute(insert(tag_rows).values(**row))
    with database.read() as tx:
        assert tags.list_tags(tx, held, after="", limit=None) == sorted(names)
        assert tags.list_tags(tx, held, after="Z9", limit=2) == ["_a", "a"]


def test_alone(database: Database, reopen: Open) -> None:
    entered = threading.Event()

    def enter() -> None:
        with closing(reopen()) as other, other.alone():
            entered.set()

    with database.alone():
        thread = threading.Thread(target=enter)
        thread.start()
        assert not entered.wait(0.3)
    assert entered.wait(SECONDS_MAX)
    thread.join()


def test_compacting_keeps_everything(database: Database) -> None:
    make_repository(database)
    database.compact()
    assert find(database, "some/name").name.text == "some/name"


def test_commits_of_every_process_of_the_node_move_the_stamp(
    database: Database, reopen: Open
) -> None:
    """As soon as they are acknowledged, and generations tell what they were about."""
    held = make_repository(database)
    with closing(reopen()) as other, closing(database.freshness()) as freshness:
        identity = freshness.identity_generation()
        for _ in range(20):
            for writer in (database, other):
                freshness.renew()
                stamp, before = freshness.stamp, freshness.repository_generation(held.id)
                with writer.write() as tx:
                    repositories.touch(tx, held)
                freshness.renew()
                assert freshness.stamp != stamp
                assert freshness.repository_generation(held.id) == (before or 0) + 1
                assert freshness.identity_generation() == identity
        with other.write() as tx:
            principals.touch_identity(tx)
        freshness.renew()
        assert freshness.identity_generation() == identity + 1
        assert freshness.repository_generation(held.id + 1) is None
        with other.write() as tx:
            repositories.delete_repository(tx, held)
        freshness.renew()
        assert freshness.repository_generation(held.id) is None


def test_the_stamp_stands_while_nothing_is_committed(database: Database) -> None:
    with closing(database.freshness()) as freshness:
        end = time.monotonic() + SECONDS_MAX
        same = 0
        while same < 20 and time.monotonic() < end:
            before = freshness.stamp
            time.sleep(0.01)
            freshness.renew()
            same = same + 1 if freshness.stamp == before else 0
        assert same == 20
