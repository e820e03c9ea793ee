"""`python -m bench.lifecycle`: do lifecycle policies slow pushes down?

A thousand repositories have the same policy, and every one images that it has go. Clients push
while `portside lifecycle run` applies the policies beside the server, and while it does not, in
turn. Written to `bench/results/lifecycle.{json,md}`.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
from bench import processes
from bench.filling import BEGAN, REGISTRY
from bench.loader import BENCH, WORK
from bench.servers import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Server, portside
from rich.console import Console
from rich.markdown import Markdown
from sqlalchemy import func, insert, select, update

from portside.lifecycle.documents import parse
from portside.metadata import lifecycles, repositories, tables
from portside.metadata.sqlite import FILE_NAME, SQLiteDatabase
from portside.names.digests import Digest
from portside.names.media_types import OCI_INDEX
from portside.names.repositories import RepositoryName
from portside.registry.repositories import RepositorySettings

REPOSITORIES = 1000
IMAGES = 30
KEPT = 10
PUSHERS = 2
PUSHED_TO = "bench/pushed"
SLOWER_MAX = 0.10
QUOTAS = ("--images-per-repository-max=10000000", "--repositories-per-registry-max=1000000")
POLICY = json.dumps(
    {
        "rules": [
            {
                "rulePriority": 1,
                "selection": {
                    "tagStatus": "any",
                    "countType": "imageCountMoreThan",
                    "countNumber": KEPT,
                },
                "action": {"type": "expire"},
            }
        ]
    }
)


@dataclass(frozen=True, slots=True)
class Round:
    """Pushes a second without and with policies applied, and the images that went meanwhile.

    Without is the mean of before and after, so that a machine that slowly changes hits both alike.
    """

    alone: float
    beside: float
    gone: int


def document(text: str) -> bytes:
    """Return an index that lists nothing: an image that needs no layers."""
    made = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    return json.dumps({**made, "annotations": {"text": text}}).encode()


def fill(data: Path) -> None:
    """Put the repositories, their images and their policies into a folder that no server has."""
    database = SQLiteDatabase(data / FILE_NAME)
    text = parse(POLICY).text
    with database.write() as tx:
        names = [PUSHED_TO, *(f"bench/r{number:04}" for number in range(REPOSITORIES))]
        for number, name in enumerate(names):
            named = RepositoryName(name)
            repositories.insert_repository(tx, REGISTRY, named, RepositorySettings(), BEGAN)
            found = repositories.find_repository(tx, REGISTRY, named)
            if found is None:
                raise LookupError(name)
            if name == PUSHED_TO:
                continue
            lifecycles.put_policy(tx, found, text)
            first = number * IMAGES
            bodies = {first + one: document(f"{number}/{one}") for one in range(IMAGES)}
            tx.execute(insert(tables.images), [_row(found.id, *one) for one in bodies.items()])
            rows = [{"image_id": one, "body": body} for one, body in bodies.items()]
            tx.execute(insert(tables.manifests), rows)
        tx.execute(
            update(tables.repositories)
            .where(tables.repositories.c.name != PUSHED_TO)
            .values(image_count=IMAGES)
        )
    database.close()


def _row(repository_id: int, number: int, body: bytes) -> dict[str, object]:
    return {
        "id": number,
        "repository_id": repository_id,
        "digest": Digest.of(body, "sha256").text,
        "media_type": OCI_INDEX,
        "manifest_bytes": len(body),
        "image_bytes": len(body),
        "pushed_at": BEGAN + timedelta(seconds=number),
        "tagged": False,
        "storage_class": "STANDARD",
    }


def count_images(data: Path) -> int:
    """Return how many images the repositories with policies still have."""
    database = SQLiteDatabase(data / FILE_NAME)
    with database.read() as tx:
        count = tx.scalar(
            select(func.sum(tables.repositories.c.image_count)).where(
                tables.repositories.c.name != PUSHED_TO
            )
        )
    database.close()
    return int(count or 0)


class Pushers:
    """Clients that push blobs of 1 KiB and manifests as fast as they are answered."""

    def __init__(self, server: Server) -> None:
        self._port = server.port
        self._headers = {"authorization": _authorization(server)}
        self._number = 0
        self._lock = threading.Lock()

    def rate(self, seconds: float) -> float:
        """Push for so long; the pushes of a second.

        Raises:
            RuntimeError: an answer was not a good one.
        """
        counts: list[int] = []
        until = time.perf_counter() + seconds
        threads = [
            threading.Thread(target=lambda: counts.append(self._push_until(until)))
            for _ in range(PUSHERS)
        ]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(counts) < PUSHERS:
            raise RuntimeError("a push was refused")
        return sum(counts) / (time.perf_counter() - began)

    def _push_until(self, until: float) -> int:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=60)
        count = 0
        while time.perf_counter() < until:
            with self._lock:
                self._number += 1
                number = self._number
            blob = f"{number:>16}".encode() * 64
            digest = Digest.of(blob, "sha256").text
            path = f"/v2/{PUSHED_TO}"
            self._ask(connection, "POST", f"{path}/blobs/uploads/?digest={digest}", blob)
            self._ask(connection, "PUT", f"{path}/manifests/v{number}", document(f"p{number}"))
            count += 1
        connection.close()
        return count

    def _ask(self, connection: HTTPConnection, method: str, path: str, body: bytes) -> None:
        headers = {**self._headers, "content-type": OCI_INDEX}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status != 201:
            raise RuntimeError(content[:500].decode(errors="replace"))


def _authorization(server: Server) -> str:
    ecr = boto3.session.Session().client(
        "ecr",
        region_name="us-east-1",
        endpoint_url=f"http://127.0.0.1:{server.port}",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )
    token = ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
    return f"Basic {token}"


def measure(server: Server, data: Path, rounds: int, seconds: float) -> list[Round]:
    """Push alone and beside the policies, in turn."""
    pushers = Pushers(server)
    pushers.rate(min(3.0, seconds))
    found = []
    alone = pushers.rate(seconds)
    for _ in range(rounds):
        before = count_images(data)
        program = Path(sys.executable).parent / "portside"
        run = subprocess.Popen(
            [str(program), "lifecycle", "run", "--data", str(data)],
            stdout=subprocess.DEVNULL,
            env=os.environ | {"PORTSIDE_LOG_LEVEL": "error"},
        )
        _wait_until_at_it(data, before)
        before = count_images(data)
        beside = pushers.rate(seconds)
        gone = before - count_images(data)
        ended = run.poll() is not None
        run.send_signal(signal.SIGTERM)
        run.wait(30)
        if ended:
            raise RuntimeError("the policies were applied before the pushes ended: add images")
        after = pushers.rate(seconds)
        found.append(Round(round((alone + after) / 2, 1), round(beside, 1), gone))
        alone = after
    return found


def _wait_until_at_it(data: Path, before: int) -> None:
    # Loading the program is not applying policies: the clock starts when the first image went.
    for _ in range(600):
        if count_images(data) < before:
            return
        time.sleep(0.05)
    raise RuntimeError("no image went in 30 s")


def main() -> int:
    """Measure, write and show; 1 when pushes were slowed down by more than is allowed."""
    parser = argparse.ArgumentParser(prog="python -m bench.lifecycle", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each half of a round")
    parser.add_argument("--results", type=Path, default=BENCH / "results")
    asked, console = parser.parse_args(), Console()
    work = WORK / "lifecycle"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        server = portside(work)
        server.authorize = lambda _port: ""
        server.command = [*server.command, *QUOTAS, "--lifecycle-interval=604800"]
        with server:
            pass
        console.print(f"filling: {REPOSITORIES:,} repositories with {IMAGES} images each")
        fill(work / "portside-data")
        with server:
            rounds = measure(server, work / "portside-data", asked.rounds, asked.seconds)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    slower = 1 - statistics.median(one.beside / one.alone for one in rounds)
    figures = {
        "date": processes.today(),
        "machine": processes.machine(),
        "version": server.version,
        "repositories": REPOSITORIES,
        "images_each": IMAGES,
        "pushers": PUSHERS,
        "rounds": [asdict(one) for one in rounds],
        "slower": round(slower, 3),
        "slower_max": SLOWER_MAX,
    }
    asked.results.mkdir(parents=True, exist_ok=True)
    (asked.results / "lifecycle.json").write_text(json.dumps(figures, indent=1) + "\n")
    page = markdown(rounds, slower, server.version)
    (asked.results / "lifecycle.md").write_text(page)
    console.print(Markdown(page))
    return int(slower > SLOWER_MAX)


def markdown(rounds: list[Round], slower: float, version: str) -> str:
    """Return the results as a page."""
    when = datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
    lines = [
        "# Lifecycle policies beside pushes",
        "",
        (
            f"Pushes (a blob of 1 KiB and a manifest, {PUSHERS} clients) while `portside lifecycle "
            f"run` applies the same policy to {REPOSITORIES:,} repositories of {IMAGES} images, "
            f"and while it does not. {version}, {when}."
        ),
        "",
        "| pushes/s alone | pushes/s beside | ratio | images gone meanwhile |",
        "|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {one.alone:.1f} | {one.beside:.1f} | {one.beside / one.alone:.3f} | {one.gone} |"
        for one in rounds
    ]
    verdict = "within" if slower <= SLOWER_MAX else "**TOO SLOW**"
    lines += ["", f"Slower by {slower:.1%} (median); the bound is {SLOWER_MAX:.0%}: {verdict}."]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
