"""The advisory database on the command line: feeds of every form, mirrors, carrying it about."""

import json
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from tests.live import PORTSIDE, clean_environment

RECORD = {
    "id": "CVE-2020-14343",
    "modified": "2024-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "pyyaml"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.4"}]}],
        }
    ],
}


def run(data: Path, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [PORTSIDE, "vulndb", *arguments, "--data", data],
        env=clean_environment(COLUMNS="200"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[str]:
    """A mirror with two feeds that bear the same name, as OSV's all do."""
    root = tmp_path / "mirror"
    for ecosystem in ("PyPI", "Red Hat"):
        (root / ecosystem).mkdir(parents=True)
        with zipfile.ZipFile(root / ecosystem / "all.zip", "w") as archive:
            archive.writestr("one.json", json.dumps(RECORD))
            archive.writestr("broken.json", "{")
    handler = partial(Quiet, directory=str(root))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()
        thread.join()


def test_update_from_mirrors(tmp_path: Path, mirror: str) -> None:
    """Each feed under its own name; what is unchanged is passed over the second time."""
    feeds = f"{mirror}/PyPI/all.zip,{mirror}/Red%20Hat/all.zip"
    first = run(tmp_path / "data", "update", "--vulndb-feeds", feeds)
    assert "PyPI/all.zip: 1 advisories, 1 documents passed over" in first
    assert "Red Hat/all.zip: 1 advisories" in first
    second = run(tmp_path / "data", "update", "--vulndb-feeds", feeds)
    assert second.count(": unchanged") == 2


def test_an_update_that_fails_changes_nothing(tmp_path: Path, mirror: str) -> None:
    """A missing feed, or a server that is gone, is one line; the database stays."""
    run(tmp_path / "data", "import", "--sample")
    feeds = f"{mirror}/PyPI/all.zip,{mirror}/none.zip"
    assert "status 404" in run(tmp_path / "data", "update", "--vulndb-feeds", feeds, status=1)
    shown = run(tmp_path / "data", "status")
    assert "sample, not for production" in shown
    assert "PyPI" not in shown
    run(tmp_path / "data", "update", "--vulndb-feeds", "ftp://x/y", status=2)


def test_a_changed_source_replaces_what_it_gave(tmp_path: Path) -> None:
    """An advisory that its file has no more is gone."""
    feed = tmp_path / "feed.json"
    feed.write_text(json.dumps([RECORD, {**RECORD, "id": "CVE-2"}]))
    assert "2 advisories" in run(tmp_path / "data", "import", str(feed))
    feed.write_text(json.dumps([RECORD]))
    assert "1 advisories" in run(tmp_path / "data", "import", str(feed))


def test_carrying_the_database(tmp_path: Path) -> None:
    """One file goes to another site; what is none is refused and changes nothing."""
    run(tmp_path / "data", "import", "--sample")
    carried = tmp_path / "carried.db"
    run(tmp_path / "data", "export", str(carried))
    run(tmp_path / "other", "install", str(carried))
    assert "sample" in run(tmp_path / "other", "status")
    junk = tmp_path / "junk"
    junk.write_text("junk")
    run(tmp_path / "other", "install", str(junk), status=1)
    run(tmp_path / "other", "import", str(junk), status=1)
    run(tmp_path / "other", "import", str(tmp_path / "absent"), status=1)
    run(tmp_path / "other", "import", status=2)
    assert "sample" in run(tmp_path / "other", "status")


def test_there_is_none(tmp_path: Path) -> None:
    """The line says how to get one."""
    assert "portside vulndb import" in run(tmp_path / "data", "status", status=1)
    run(tmp_path / "data", "export", str(tmp_path / "x"), status=1)
