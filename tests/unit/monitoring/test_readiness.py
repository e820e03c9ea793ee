"""Readiness: parts are tried, not too often, and never waited for too long."""

import asyncio
import threading
from pathlib import Path

import pytest

from portside.blobs.folder import FolderBlobStore
from portside.metadata.migrations import upgrade
from portside.metadata.sqlite import SQLiteDatabase
from portside.monitoring import readiness
from portside.monitoring.lately import Lately
from portside.monitoring.readiness import Part, Readiness
from portside.server.clock import now
from portside.services.advisories import Advisories
from portside.services.levels import Levels


class Tried:
    """A part that counts how often it is tried."""

    def __init__(self) -> None:
        self.count = 0
        self.error: Exception | None = None

    def __call__(self) -> None:
        self.count += 1
        if self.error is not None:
            raise self.error


def test_parts_are_tried_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks in between gets the last answer; a part that came back is seen."""
    part = Tried()
    part.error = OSError("no room")

    async def ask() -> None:
        ready = Readiness([Part("blobs", part)])
        assert await asyncio.gather(*(ready.unusable() for _ in range(20))) == [["blobs"]] * 20
        assert part.count == 1
        part.error = None
        assert await ready.unusable() == ["blobs"]
        monkeypatch.setattr(readiness, "FRESH_SECONDS", 0.0)
        assert await ready.unusable() == []
        assert part.count == 2

    asyncio.run(ask())


def test_a_part_that_hangs_is_not_usable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer does not wait for it, the other part is told apart, and no trials pile up."""
    monkeypatch.setattr(readiness, "WAIT_SECONDS", 0.05)
    release, begun = threading.Event(), []

    def hang() -> None:
        begun.append(1)
        release.wait(30)

    async def ask() -> None:
        ready = Readiness([Part("database", hang), Part("blobs", Tried())])
        for _ in range(3):
            assert await ready.unusable() == ["database"]
        assert len(begun) == 1
        release.set()
        monkeypatch.setattr(readiness, "WAIT_SECONDS", 30.0)
        assert await ready.unusable() == []

    asyncio.run(ask())


def test_the_checks(tmp_path: Path) -> None:
    """A whole data folder passes and keeps nothing of it; a lost folder or database does not."""
    database = SQLiteDatabase(tmp_path / "db")
    upgrade(database)
    store = FolderBlobStore(tmp_path / "blobs")
    store.prepare()
    levels = Levels(database, store, Advisories(tmp_path / "none", now))
    levels.check_database()
    levels.check_blobs()
    assert list((tmp_path / "blobs" / "uploads").iterdir()) == []
    (tmp_path / "blobs" / "uploads").rmdir()
    with pytest.raises(OSError, match="uploads"):
        levels.check_blobs()
    database.close()
    (tmp_path / "db").write_bytes(b"no database" * 100)
    (tmp_path / "db-wal").unlink(missing_ok=True)
    broken = Levels(SQLiteDatabase(tmp_path / "db"), store, Advisories(tmp_path / "none", now))
    with pytest.raises(Exception, match="not a database"):
        broken.check_database()


def test_answers_are_remembered_for_a_while() -> None:
    """One look for all who ask at the same time; an error is not remembered."""
    part = Tried()

    async def ask() -> None:
        long, short = Lately(part, 60), Lately(part, 0)
        await asyncio.gather(long.get(), long.get(), long.get())
        assert part.count == 1
        await short.get()
        await short.get()
        assert part.count == 3
        part.error = OSError("gone")
        failing = Lately(part, 60)
        for _ in range(2):
            with pytest.raises(OSError, match="gone"):
                await failing.get()
        assert part.count == 5

    asyncio.run(ask())
