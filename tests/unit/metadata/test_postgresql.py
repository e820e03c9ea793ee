"""PostgreSQL: nodes that share a database, and what they know when it is gone."""

import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.go_tools import ToolMissingError
from tests.not_run import cannot_run
from tests.stores.postgresql import PostgreSQLServer

from portside.metadata import generations
from portside.metadata.database import EVERYTHING, DatabaseUnusable, Transaction
from portside.metadata.freshness import Freshness
from portside.metadata.migrations import upgrade
from portside.metadata.postgresql import PostgreSQLDatabase
from portside.metadata.postgresql.announcements import Announcements
from portside.metadata.postgresql.notices import (
    PAYLOAD_BYTES_MAX,
    STALE_SECONDS_MAX,
    compose_notice,
)
from portside.registry.refusals import DatabaseUnavailable

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECONDS_MAX = 30.0


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQLServer]:
    try:
        made = PostgreSQLServer()
    except ToolMissingError as error:
        cannot_run(error)
    with closing(made):
        made.start()
        upgrade_at(made.make_database("nodes"), Path(made.log).with_name("prepared"))
        yield made


def upgrade_at(url: str, announcements: Path) -> None:
    with closing(PostgreSQLDatabase(url, announcements)) as database:
        upgrade(database)


@pytest.fixture
def nodes(server: PostgreSQLServer, tmp_path: Path) -> Iterator[list[PostgreSQLDatabase]]:
    made = [PostgreSQLDatabase(server.url("nodes"), tmp_path / name) for name in ("a", "b")]
    yield made
    for node in made:
        node.close()


def settle(freshness: Freshness) -> None:
    """Return when nothing moves the stamp: the notices have been heard and are trusted."""
    end = time.monotonic() + SECONDS_MAX
    before = -1
    while before != freshness.stamp:
        assert time.monotonic() < end
        before = freshness.stamp
        time.sleep(0.05)
        freshness.renew()


def test_another_nodes_commit_is_seen_within_the_bound(nodes: list[PostgreSQLDatabase]) -> None:
    here, there = nodes
    with closing(here.freshness()) as freshness:
        settle(freshness)
        known = freshness.generation("x")
        for _ in range(10):
            with there.write() as tx:
                generations.grow(tx, "x")
            known += 1
            committed = time.monotonic()
            while freshness.generation("x") != known:
                freshness.renew()
                assert time.monotonic() - committed < STALE_SECONDS_MAX + 1
            freshness.renew()


def test_what_is_known_costs_no_query(nodes: list[PostgreSQLDatabase]) -> None:
    """Neither while nothing is committed, nor when others commit what is not about it."""
    here, there = nodes
    with closing(here.freshness()) as freshness:
        settle(freshness)
        freshness.generation("known")
        # Behind the backs of all: only a query would see it.
        with here.read() as tx:
            tx.execute(text("ROLLBACK"))
            tx.execute(text("INSERT INTO generations VALUES ('known', 5)"))
        with there.write() as tx:
            generations.grow(tx, "other")
        settle(freshness)
        assert freshness.generation("known") == 0
        with there.write() as tx:
            generations.grow(tx, "known")
        settle(freshness)
        assert freshness.generation("known") == 6


def test_nothing_is_trusted_while_the_database_is_silent(
    server: PostgreSQLServer, nodes: list[PostgreSQLDatabase]
) -> None:
    here, there = nodes
    with closing(here.freshness()) as freshness:
        settle(freshness)
        known = freshness.generation("y")
        server.stop()
        try:
            time.sleep(STALE_SECONDS_MAX + 0.1)
            stamps = set()
            for _ in range(5):
                freshness.renew()
                stamps.add(freshness.stamp)
            assert len(stamps) == 5
            with pytest.raises(DatabaseUnavailable):
                freshness.generation("y")
            with pytest.raises(DatabaseUnavailable), here.write() as tx:
                generations.grow(tx, "y")
            with pytest.raises(DatabaseUnavailable), here.read():
                pass
        finally:
            server.start()
        # Connections of before are found dead and replaced.
        with there.write() as tx:
            generations.grow(tx, "y")
        with here.read():
            pass
        freshness.renew()
        assert freshness.generation("y") == known + 1
        settle(freshness)
        assert freshness.generation("y") == known + 1


def _grow_over_a_crash(tx: Transaction, server: PostgreSQLServer) -> None:
    generations.grow(tx, "broken")
    server.kill()
    server.start()
    generations.grow(tx, "broken")


def _overlook(tx: Transaction) -> None:
    generations.grow(tx, "overlooked")
    with pytest.raises(Exception, match="nowhere"):
        tx.execute(text("SELECT * FROM nowhere"))


def test_a_transaction_whose_connection_breaks_is_not_done(
    server: PostgreSQLServer, nodes: list[PostgreSQLDatabase]
) -> None:
    here, _ = nodes
    with pytest.raises(DatabaseUnavailable), here.write() as tx:
        _grow_over_a_crash(tx, server)
    with closing(here.freshness()) as freshness:
        assert freshness.generation("broken") == 0


def test_an_error_that_was_overlooked_commits_nothing(nodes: list[PostgreSQLDatabase]) -> None:
    """PostgreSQL would answer COMMIT with a rollback, and say no word."""
    here, _ = nodes
    with pytest.raises(Exception, match="aborted"), here.write() as tx:
        _overlook(tx)
    with closing(here.freshness()) as freshness:
        assert freshness.generation("overlooked") == 0


def test_a_database_out_of_reach_is_told_of(tmp_path: Path) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    with (
        closing(PostgreSQLDatabase(url, tmp_path / "commits")) as database,
        pytest.raises(DatabaseUnusable, match="refused"),
    ):
        upgrade(database)


def test_too_many_changes_are_told_as_everything() -> None:
    assert compose_notice("n", 1, {"r2", "identity"}) == "n 1 identity r2"
    long = compose_notice("n", 2, {f"r{number}" for number in range(10_000)})
    assert long == f"n 2 {EVERYTHING}"
    assert len(compose_notice("n", 3, {"x" * (PAYLOAD_BYTES_MAX - 4)})) == PAYLOAD_BYTES_MAX


def test_announcements_are_one_for_the_node_and_outlive_its_processes(tmp_path: Path) -> None:
    with (
        closing(Announcements(tmp_path / "n")) as one,
        closing(Announcements(tmp_path / "n")) as two,
    ):
        assert (one.announce(), two.announce(), one.number) == (1, 2, 2)
        node = one.node
    with closing(Announcements(tmp_path / "n")) as again:
        assert (again.node, again.number) == (node, 2)
    with closing(Announcements(tmp_path / "m")) as other:
        assert other.node != node
