"""What a collection costs: the same garbage in registries of 10,000 and of 1,000,000 blobs.

Run as ``python -m bench.collecting``; writes ``bench/results/collection.json``.
"""

import hashlib
import json
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from portside.blobs.folder import FolderBlobStore
from portside.metadata.database import Database
from portside.metadata.migrations import upgrade
from portside.metadata.sqlite import SQLiteDatabase
from portside.services.collection import Collection
from portside.services.leases import Leases

SIZES = (10_000, 1_000_000)
GARBAGE = 1_000
BLOB_BYTES = 1024
BLOBS_PER_IMAGE = 10
RESULT = Path(__file__).parent / "results" / "collection.json"


def now() -> datetime:
    return datetime.now(UTC)


def digests(kind: str, count: int) -> Iterator[str]:
    for number in range(count):
        yield "sha256:" + hashlib.sha256(f"{kind} {number}".encode()).hexdigest()


def fill(database: Database, count: int) -> None:
    """A repository with so many blobs that images need, and garbage beside them."""
    at = int(now().timestamp() * 1_000_000) - 1
    image_count = count // BLOBS_PER_IMAGE
    with database.write() as tx:
        driver = tx.connection.driver_connection
        if driver is None:
            raise RuntimeError("the connection is closed")
        tx.execute(text("INSERT INTO accounts (id, created_at) VALUES ('123456789012', 0)"))
        tx.execute(
            text(
                "INSERT INTO repositories (id, account_id, region, name, created_at, mutability, "
                "mutability_exclusions, scan_on_push, encryption_type, generation) "
                "VALUES (1, '123456789012', 'us-east-1', 'big', 0, 'MUTABLE', '[]', 0, 'AES256', 1)"
            )
        )
        driver.executemany(
            "INSERT INTO images (id, repository_id, digest, media_type, manifest_bytes, "
            "image_bytes, pushed_at) VALUES (?, 1, ?, 'm', 500, 10240, 0)",
            enumerate(digests("image", image_count), start=1),
        )
        needed = enumerate(digests("needed", count))
        for number, digest in needed:
            driver.execute("INSERT INTO blobs VALUES (?, ?, ?)", (digest, BLOB_BYTES, at))
            driver.execute("INSERT INTO repository_blobs VALUES (1, ?, ?)", (digest, at))
            driver.execute(
                "INSERT INTO image_blobs (image_id, digest, repository_id) VALUES (?, ?, 1)",
                (number // BLOBS_PER_IMAGE + 1, digest),
            )
        for digest in digests("garbage", GARBAGE):
            driver.execute("INSERT INTO blobs VALUES (?, ?, ?)", (digest, BLOB_BYTES, at))
            driver.execute("INSERT INTO repository_blobs VALUES (1, ?, ?)", (digest, at))
            driver.execute("INSERT INTO unreferenced_blobs VALUES (1, ?, ?)", (digest, at))


def measure(count: int) -> dict[str, float]:
    """Seconds of collecting the garbage, and of a collection that finds nothing."""
    with tempfile.TemporaryDirectory() as folder:
        database = SQLiteDatabase(Path(folder) / "db")
        upgrade(database)
        fill(database, count)
        store = FolderBlobStore(Path(folder) / "blobs")
        store.prepare()
        for digest in digests("garbage", GARBAGE):
            path = Path(folder) / "blobs" / "sha256" / digest[7:9] / digest[7:]
            path.write_bytes(b"x" * BLOB_BYTES)
        leases = Leases(database, now, "bench")
        day = timedelta(days=1)
        collection = Collection(database, store, leases, now, grace=day, upload_lifetime=day)
        began = time.perf_counter()
        collected = collection.collect(timedelta(0))
        took = time.perf_counter() - began
        if collected.blobs != GARBAGE:
            raise RuntimeError(f"{collected.blobs} blobs were collected")
        began = time.perf_counter()
        collection.collect(timedelta(0))
        empty = time.perf_counter() - began
        database.close()
    return {"blobs": count, "garbage": GARBAGE, "seconds": round(took, 3), "empty": round(empty, 4)}


def main() -> None:
    """Measure both sizes and write the figures."""
    figures = [measure(count) for count in SIZES]
    RESULT.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
