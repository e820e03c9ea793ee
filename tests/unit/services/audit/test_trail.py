"""The audit trail's files: nothing lost at a flush, rotated by size, bounded, queryable."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.services.audit.test_records import ENTRY, NOW

from portside.services.audit import AuditTrail, Filters, Scope, read_records
from portside.services.audit.trail import (
    FILE_NAME,
    STRANGERS_AT_ONCE_MAX,
    STRANGERS_PER_SECOND,
    WAITING_MAX,
    list_files,
)

MUCH = 1 << 30


def _trail(folder: Path, scope: Scope = Scope.ALL, *, file_bytes: int = MUCH) -> AuditTrail:
    return AuditTrail(folder, scope, bytes_max=MUCH, file_bytes=file_bytes)


def _ids(folder: Path, **filters: object) -> list[str]:
    asked = Filters(**filters)  # type: ignore[arg-type]  # the tests name them
    return [record["requestID"] for record in read_records(folder, asked)]


def test_what_was_noted_is_written_at_a_flush(tmp_path: Path) -> None:
    async def run() -> None:
        trail = _trail(tmp_path / "audit")
        for number in range(5_000):
            trail.record(replace(ENTRY, request_id=f"r-{number}"))
        assert not (tmp_path / "audit").exists()
        await asyncio.gather(trail.flush(), trail.flush())
        assert len(trail) == 0

    asyncio.run(run())
    assert _ids(tmp_path / "audit") == [f"r-{number}" for number in range(5_000)]
    assert (tmp_path / "audit").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "audit" / FILE_NAME).stat().st_mode & 0o777 == 0o600


def test_files_are_rotated_and_the_oldest_go_first(tmp_path: Path) -> None:
    async def run() -> None:
        trail = AuditTrail(tmp_path, Scope.ALL, bytes_max=4_000, file_bytes=1)
        for number in range(8):
            at = NOW + timedelta(seconds=number)
            trail.record(replace(ENTRY, request_id=f"r-{number}", at=at))
            await trail.flush()

    asyncio.run(run())
    kept = _ids(tmp_path)
    assert kept == [f"r-{number}" for number in range(8)][-len(kept) :]
    assert 1 < len(kept) < 8
    assert len(list_files(tmp_path)) == len(kept)


def test_two_processes_share_the_files(tmp_path: Path) -> None:
    async def run() -> None:
        first, second = (_trail(tmp_path, file_bytes=20_000) for _ in range(2))
        for number in range(100):
            (first if number % 2 else second).record(replace(ENTRY, request_id=f"r-{number}"))
            await asyncio.gather(first.flush(), second.flush())

    asyncio.run(run())
    assert sorted(_ids(tmp_path)) == sorted(f"r-{number}" for number in range(100))
    assert len(list_files(tmp_path)) > 1


@pytest.mark.parametrize(("scope", "kept"), [("all", 3), ("changes", 2), ("off", 0)])
def test_scopes(tmp_path: Path, scope: str, kept: int) -> None:
    """Only what changes something or was refused, or nothing at all."""

    async def run() -> None:
        trail = _trail(tmp_path, Scope(scope))
        for entry in (ENTRY, replace(ENTRY, event="PutImage"), replace(ENTRY, error=("x", "y"))):
            trail.record(entry)
        await trail.flush()

    asyncio.run(run())
    assert len(_ids(tmp_path)) == kept


def test_what_a_disk_refuses_waits_and_is_bounded(tmp_path: Path) -> None:
    """A folder that cannot be made loses nothing until the bound; then the oldest."""
    folder = tmp_path / "file" / "audit"
    folder.parent.write_text("")

    async def run() -> None:
        trail = _trail(folder)
        trail.record(ENTRY)
        with pytest.raises(OSError, match="Not a directory"):
            await trail.flush()
        assert len(trail) == 1
        for number in range(WAITING_MAX + 5):
            trail.record(replace(ENTRY, request_id=f"r-{number}"))
        assert len(trail) == WAITING_MAX
        folder.parent.unlink()
        await trail.flush()

    asyncio.run(run())
    found = _ids(folder)
    assert (len(found), found[0]) == (WAITING_MAX, "r-5")


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["a", "b", "c"]),
        ({"principal": "ann"}, ["a", "b", "c"]),
        ({"principal": "arn:aws:iam::*:user/team/ann"}, ["a", "b", "c"]),
        ({"principal": "AKIAANN"}, ["a", "b", "c"]),
        ({"principal": "bob"}, []),
        ({"action": "putimage"}, ["b"]),
        ({"action": "ecr:PutImage"}, ["b"]),
        ({"action": "ecr:*"}, ["a", "b", "c"]),
        ({"action": "sts:*"}, []),
        ({"repository": "a/*"}, ["a", "b"]),
        ({"repository": "other"}, ["c"]),
        ({"error": "*"}, ["c"]),
        ({"error": "AccessDenied"}, ["c"]),
        ({"request_id": "b"}, ["b"]),
        ({"since": NOW + timedelta(minutes=1)}, ["b", "c"]),
        ({"until": NOW + timedelta(minutes=1)}, ["a", "b"]),
        ({"since": datetime(2030, 1, 1, tzinfo=UTC)}, []),
    ],
)
def test_filters(tmp_path: Path, filters: dict[str, object], found: list[str]) -> None:
    refused = ("AccessDenied", "no")
    other = {"repositoryName": "other"}

    async def run() -> None:
        trail = _trail(tmp_path)
        trail.record(replace(ENTRY, request_id="a"))
        later = replace(ENTRY, request_id="b", event="PutImage", at=NOW + timedelta(minutes=1))
        trail.record(replace(later, parameters=None))
        last = replace(ENTRY, request_id="c", at=NOW + timedelta(minutes=2), error=refused)
        trail.record(replace(last, resource=None, parameters=other))
        await trail.flush()

    asyncio.run(run())
    assert _ids(tmp_path, **filters) == found


@pytest.mark.parametrize("damage", [lambda line: line[:-20], lambda _: "[]\n", lambda _: "\0\n"])
def test_broken_lines_are_passed_over(tmp_path: Path, damage: Callable[[str], str]) -> None:
    async def run() -> None:
        trail = _trail(tmp_path)
        trail.record(ENTRY)
        await trail.flush()

    asyncio.run(run())
    file = tmp_path / FILE_NAME
    line = file.read_text()
    json.loads(line)
    file.write_text(damage(line) + "\n" + line)
    assert _ids(tmp_path) == ["r-1"]
    assert _ids(tmp_path / "nowhere") == []


def test_strangers_cannot_push_out_what_others_did(tmp_path: Path) -> None:
    """Requests that prove nobody are recorded, but only so many of them."""

    async def run() -> None:
        trail = _trail(tmp_path)
        stranger = replace(ENTRY, caller=None, error=("InvalidSignatureException", "no"))
        for _ in range(STRANGERS_AT_ONCE_MAX + 50):
            trail.record(stranger)
        trail.record(ENTRY)
        for _ in range(50):
            trail.record(replace(stranger, at=NOW + timedelta(seconds=1)))
        await trail.flush()

    asyncio.run(run())
    assert len(_ids(tmp_path, error="*")) == STRANGERS_AT_ONCE_MAX + STRANGERS_PER_SECOND
    assert len(_ids(tmp_path, principal="ann")) == 1
