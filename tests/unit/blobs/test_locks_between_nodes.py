"""Locks in a session of PostgreSQL: between nodes, and when the session ends."""

import time
from collections.abc import Iterator

import psycopg
import pytest
from tests.stores import postgresql

from portside.blobs.locks import SharedLocks
from portside.metadata.postgresql.locks import SessionLocks
from portside.names.digests import Digest
from portside.registry.refusals import StoreUnavailable

DIGEST = Digest.of(b"content")


@pytest.fixture(scope="module")
def url() -> str:
    return postgresql.session_server().make_database("nodes-locks")


@pytest.fixture
def nodes(url: str) -> Iterator[tuple[SharedLocks, SharedLocks]]:
    """Two nodes, each with a session of its own."""
    made = (SharedLocks(SessionLocks(url)), SharedLocks(SessionLocks(url)))
    yield made
    for one in made:
        one.close()


def end_sessions(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_one_node_holds_an_upload(nodes: tuple[SharedLocks, SharedLocks]) -> None:
    """Until it lets go, neither it nor another node gets it a second time."""
    one, other = nodes
    held = one.hold("upload")
    assert held is not None
    assert one.hold("upload") is None
    assert other.hold("upload") is None
    assert other.hold("another") is not None
    held.release()
    again = other.hold("upload")
    assert again is not None
    again.release()


def test_an_upload_is_free_when_its_node_is_gone(nodes: tuple[SharedLocks, SharedLocks]) -> None:
    """The end of a process ends its session, whatever it held."""
    one, other = nodes
    assert one.hold("upload") is not None
    assert other.hold("upload") is None
    one.close()
    end = time.monotonic() + 10
    while (held := other.hold("upload")) is None:
        # The database notices in its own time.
        assert time.monotonic() < end
        time.sleep(0.02)
    held.release()


def test_a_lock_that_was_lost_is_told(url: str, nodes: tuple[SharedLocks, SharedLocks]) -> None:
    """What a lock guarded is not done when its session has ended meanwhile."""
    one, other = nodes
    with one.keeping(DIGEST) as kept:
        kept.confirm()
        end_sessions(url)
        with other.removing([DIGEST]) as removing:
            removing.confirm()
            with pytest.raises(StoreUnavailable):
                kept.confirm()
    with one.keeping(DIGEST) as kept, one.keeping(DIGEST) as twice:
        kept.confirm()
        twice.confirm()
