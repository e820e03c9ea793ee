"""Scanners beside the built-in one: programs on a laid-out image, and Clair over HTTP."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.unit.services.registry_in_a_folder import REGISTRY, Clock, RegistryInAFolder
from tests.unit.vulnerabilities.test_reports import CLAIR, GRYPE, TRIVY

from portside.metadata import images
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.registry.images import Image
from portside.registry.repositories import Repository
from portside.services.repositories import require
from portside.services.scanning.clair import Clair
from portside.services.scanning.commands import GRYPE as GRYPE_PROGRAM
from portside.services.scanning.commands import TRIVY as TRIVY_PROGRAM
from portside.services.scanning.commands import Command, Place, Program
from portside.services.scanning.programs import Allowance
from portside.services.scanning.scanners import UNSUPPORTED, ScanFailed

PLAIN = f"sha256:{'b' * 64}"
CONFIG = json.dumps({"rootfs": {"type": "layers", "diff_ids": [PLAIN]}}).encode()
LAYER = b"a layer"

LOOKS = """#!/usr/bin/env python3
import hashlib, json, os, pathlib, sys
folder = pathlib.Path(next(a for a in sys.argv[1:] if "/" in a).removeprefix("oci-dir:"))
index = json.loads((folder / "index.json").read_text())
def read(descriptor):
    algorithm, _, encoded = descriptor["digest"].partition(":")
    path = folder / "blobs" / algorithm / encoded
    content = path.read_bytes()
    assert hashlib.sha256(content).hexdigest() == encoded
    assert len(content) == descriptor["size"]
    return content, path.is_symlink()
manifest = json.loads(read(index["manifests"][0])[0])
layers = [read(layer) for layer in manifest["layers"]]
pathlib.Path(os.environ["TMPDIR"], "left").write_text("x")
seen = {"arguments": sys.argv[1:], "environment": dict(os.environ), "folder": str(folder),
        "layers": [content.decode() for content, _ in layers],
        "links": all(link for _, link in layers), "version": (folder / "oci-layout").read_text()}
pathlib.Path(os.environ["HOME"], "seen").write_text(json.dumps(seen))
print(pathlib.Path(os.environ["HOME"], "report").read_text())
"""


class Pushed:
    """A registry with one image."""

    def __init__(self, folder: Path) -> None:
        self.registry = RegistryInAFolder(folder / "data", Clock())
        self.registry.store.prepare()
        self.registry.create("app")
        for content in (CONFIG, LAYER):
            self.registry.put_blob("app", content)
        self.digest = self.registry.push("app", "v1", CONFIG, LAYER)
        self.home = folder / "home"
        self.home.mkdir()

    def image(self) -> tuple[Repository, Image]:
        with self.registry.database.read() as tx:
            repository = require(tx, REGISTRY, RepositoryName("app"))
            image = images.find_image(tx, repository, self.digest)
        assert image is not None
        return repository, image

    def command(
        self, program: Program, script: str, allowance: Allowance | None = None, **variables: str
    ) -> Command:
        path = self.home / program.name
        path.write_text(script)
        path.chmod(0o755)
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), **variables}
        place = Place(path=str(path), environment=environment, allowance=allowance or Allowance())
        registry = self.registry
        return Command(registry.database, registry.store, registry.clock, program, place)

    def seen(self) -> dict[str, Any]:
        seen: dict[str, Any] = json.loads((self.home / "seen").read_text())
        return seen


@pytest.fixture
def pushed(tmp_path: Path) -> Iterator[Pushed]:
    (tmp_path / "data").mkdir()
    made = Pushed(tmp_path)
    yield made
    made.registry.close()


def test_trivy_reads_a_layout_of_links(pushed: Pushed) -> None:
    """The whole image, without a copy of any layer, without the network, and nothing stays."""
    (pushed.home / "report").write_text(json.dumps(TRIVY))
    scanner = pushed.command(TRIVY_PROGRAM, LOOKS, TRIVY_CACHE_DIR="/caches", AWS_PROFILE="secret")
    outcome = scanner.scan(*pushed.image())
    names = [located.finding.advisory.name for located in outcome.found]
    assert names == ["CVE-2019-18224", "CVE-2021-44228"]
    assert outcome.found[0].installed.layer == Digest.of(LAYER).text
    seen = pushed.seen()
    assert seen["arguments"][:4] == ["image", "--quiet", "--format", "json"]
    assert seen["layers"] == [LAYER.decode()]
    assert seen["links"]
    assert json.loads(seen["version"]) == {"imageLayoutVersion": "1.0.0"}
    environment = seen["environment"]
    assert environment["TRIVY_CACHE_DIR"] == "/caches"
    assert environment["TRIVY_OFFLINE_SCAN"] == "true"
    assert "AWS_PROFILE" not in environment
    assert not Path(seen["folder"]).parent.exists()


def test_grype_reads_a_layout_of_links(pushed: Pushed) -> None:
    """As Trivy, and it says how old its database is."""
    (pushed.home / "report").write_text(json.dumps(GRYPE))
    outcome = pushed.command(GRYPE_PROGRAM, LOOKS).scan(*pushed.image())
    names = [located.finding.advisory.name for located in outcome.found]
    assert names == ["CVE-2020-14343", "CVE-2021-36159", "GHSA-jfh8-c2jp-5v3q"]
    assert outcome.updated_at is not None
    assert outcome.updated_at.year == 2025
    seen = pushed.seen()
    assert seen["arguments"][0] == f"oci-dir:{seen['folder']}"
    assert seen["environment"]["GRYPE_DB_AUTO_UPDATE"] == "false"


def test_a_program_that_is_not_there(pushed: Pushed) -> None:
    """The scan fails, and says which program is missing."""
    scanner = pushed.command(TRIVY_PROGRAM, "")
    (pushed.home / "trivy").unlink()
    with pytest.raises(ScanFailed, match=r"trivy cannot be run: No such file or directory"):
        scanner.scan(*pushed.image())


def test_a_program_that_fails(pushed: Pushed) -> None:
    """Its own words tell why."""
    script = "#!/bin/sh\necho 'FATAL --skip-db-update cannot be used' >&2\nexit 3\n"
    scanner = pushed.command(TRIVY_PROGRAM, script)
    with pytest.raises(ScanFailed, match=r"status 3: FATAL --skip-db-update cannot be used"):
        scanner.scan(*pushed.image())


def test_a_program_that_takes_too_long(pushed: Pushed) -> None:
    """It is ended, and whatever it started with it."""
    script = "#!/bin/sh\nsleep 600 &\necho $! > $HOME/pid\nsleep 600\n"
    scanner = pushed.command(TRIVY_PROGRAM, script, Allowance(seconds=1.0))
    with pytest.raises(ScanFailed, match="was not done within 1 seconds"):
        scanner.scan(*pushed.image())
    pid = int((pushed.home / "pid").read_text())
    for _ in range(100):
        if _is_gone(pid):
            return
        time.sleep(0.1)
    raise AssertionError("what the program started still runs")


def _is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"


def test_a_program_that_says_too_much(pushed: Pushed) -> None:
    """It is ended as soon as it passes the bound."""
    scanner = pushed.command(TRIVY_PROGRAM, "#!/bin/sh\nyes\n", Allowance(output_bytes=100_000))
    with pytest.raises(ScanFailed, match="wrote more than 100000 bytes"):
        scanner.scan(*pushed.image())


@pytest.mark.parametrize(
    ("said", "why"),
    [("not json", "did not answer in JSON"), ("[]", "no report of Trivy")],
)
def test_a_program_that_answers_something_else(pushed: Pushed, said: str, why: str) -> None:
    """The scan fails rather than finding nothing."""
    scanner = pushed.command(TRIVY_PROGRAM, f"#!/bin/sh\necho '{said}'\n")
    with pytest.raises(ScanFailed, match=why):
        scanner.scan(*pushed.image())


def test_an_image_that_the_scanner_does_not_know(pushed: Pushed) -> None:
    """Unsupported, in ECR's words."""
    scanner = pushed.command(TRIVY_PROGRAM, "#!/bin/sh\necho '{\"Metadata\": {}}'\n")
    with pytest.raises(ScanFailed, match=UNSUPPORTED):
        scanner.scan(*pushed.image())


def test_a_layer_that_is_not_in_the_store(pushed: Pushed) -> None:
    """The program is not even started."""
    scanner = pushed.command(TRIVY_PROGRAM, LOOKS)
    pushed.registry.store.delete(Digest.of(LAYER))
    with pytest.raises(ScanFailed, match="is not in the store"):
        scanner.scan(*pushed.image())
    assert not (pushed.home / "seen").exists()


def test_images_are_due_every_day(pushed: Pushed) -> None:
    """A program's database changes unseen: what names it is another the next day."""
    scanner = pushed.command(TRIVY_PROGRAM, LOOKS)
    today = scanner.identity()
    pushed.registry.clock.time = pushed.registry.clock.time.replace(year=2030)
    assert scanner.identity() != today


Answer = Callable[[str, str, Any], tuple[int, Any]]


@contextmanager
def clair_at(answer: Answer) -> Iterator[str]:
    """A server that answers as Clair would, by method, path and document."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            asked = json.loads(self.rfile.read(length)) if length else None
            status, document = answer(self.command, self.path, asked)
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = _answer  # noqa: N815 - http.server wants this name
        do_POST = _answer  # noqa: N815 - as above

        def log_message(self, *_: object) -> None:
            """Tests say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def clair(pushed: Pushed, url: str, answer_bytes_max: int = 1_000_000) -> Clair:
    def address(repository: Repository, digest: Digest) -> str:
        return f"http://registry.example/{repository.name}/{digest}"

    registry = pushed.registry
    return Clair(registry.database, registry.clock, url, address, answer_bytes_max)


def test_clair_is_told_where_layers_are(pushed: Pushed) -> None:
    """It indexes the manifest, and its matcher says what it found."""
    asked: list[tuple[str, str, Any]] = []

    def answer(method: str, path: str, document: Any) -> tuple[int, Any]:
        asked.append((method, path, document))
        finished = {"state": "IndexFinished", "success": True, "err": ""}
        return (201, finished) if method == "POST" else (200, CLAIR)

    with clair_at(answer) as url:
        outcome = clair(pushed, url).scan(*pushed.image())
    assert len(outcome.found) == 3
    digest, layer = pushed.digest.text, Digest.of(LAYER).text
    manifest = {
        "hash": digest,
        "layers": [{"hash": layer, "uri": f"http://registry.example/app/{layer}", "headers": {}}],
    }
    assert asked == [
        ("POST", "/indexer/api/v1/index_report", manifest),
        ("GET", f"/matcher/api/v1/vulnerability_report/{digest}", None),
    ]


@pytest.mark.parametrize(
    ("status", "document", "why"),
    [
        (201, {"state": "IndexError", "err": "failed to fetch layers"}, "failed to fetch layers"),
        (201, {"state": "IndexError"}, "does not say why"),
        (500, {"code": "internal", "message": "no database"}, "status 500: .*no database"),
        (200, b"not json", "did not answer in JSON"),
        (200, {"state": "IndexFinished"}, "no report of Clair"),
        (200, b"1" * 2000, "answers with more than 1000 bytes"),
    ],
)
def test_clair_that_fails(pushed: Pushed, status: int, document: Any, why: str) -> None:
    """Its own words tell why."""
    with (
        clair_at(lambda *_: (status, document)) as url,
        pytest.raises(ScanFailed, match=why),
    ):
        clair(pushed, url, 1000).scan(*pushed.image())


def test_clair_that_is_not_there(pushed: Pushed) -> None:
    """The scan fails, and says where it looked."""
    with pytest.raises(ScanFailed, match=r"Clair at http://127.0.0.1:1 cannot be reached"):
        clair(pushed, "http://127.0.0.1:1").scan(*pushed.image())
