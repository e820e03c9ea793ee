"""`python -m bench.growth`: does the cost of an operation grow with the registry?

Two servers, one with little and one with much in its database, answer the same requests in turn.
The requests are signed before the clock starts. Written to `bench/results/growth.{json,md}`.
"""

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from bench.filling import FULL_REPOSITORY, Size, fill, manifest
from bench.loader import BENCH, WORK
from bench.servers import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Server, portside
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from rich.console import Console
from rich.markdown import Markdown

from portside.names.digests import Digest
from portside.registry.pages import render_token

SMALL = Size(images=100, repositories=100)
LARGE = Size(images=100_000, repositories=10_000)
RATIO_MAX = 2.0
BLOCK = 5
"""Requests to one server before the other's turn."""
QUOTAS = ("--repositories-per-registry-max=1000000", "--images-per-repository-max=1000000")


@dataclass(frozen=True, slots=True)
class Case:
    """An operation; `params` makes its parameters of the registry's size and a new number."""

    name: str
    operation: str
    params: Callable[[Size, int], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Growth:
    """What a case took with little and with much in the registry, in milliseconds (medians)."""

    case: str
    small_ms: float
    large_ms: float

    @property
    def ratio(self) -> float:
        """How much longer it took with much."""
        return self.large_ms / self.small_ms

    @property
    def met(self) -> bool:
        """Whether it stayed within the bound."""
        return self.ratio <= RATIO_MAX


def _listing(**more: Any) -> Callable[[Size, int], dict[str, Any]]:
    return lambda _size, _number: {"repositoryName": FULL_REPOSITORY, **more}


def _middle(listing: str, *rest: str, **more: Any) -> Callable[[Size, int], dict[str, Any]]:
    def params(size: Size, _number: int) -> dict[str, Any]:
        # As far in as leaves a whole page behind it in the small registry too.
        token = render_token(listing, size.images * 2 // 5, *rest)
        return {"repositoryName": FULL_REPOSITORY, "nextToken": token, **more}

    return params


def _repositories(*, middle: bool) -> Callable[[Size, int], dict[str, Any]]:
    def params(size: Size, _number: int) -> dict[str, Any]:
        if not middle:
            return {"maxResults": 40}
        name = f"growth/r{size.repositories // 2:06}"
        return {"maxResults": 40, "nextToken": render_token("repositories", name)}

    return params


def _push(tag: str) -> Callable[[Size, int], dict[str, Any]]:
    def params(_size: Size, number: int) -> dict[str, Any]:
        body = manifest(10_000_000 + number).decode()
        named = {"imageManifest": body, "imageTag": tag.format(number)}
        return {"repositoryName": FULL_REPOSITORY, **named}

    return params


def _last(size: Size, _number: int) -> dict[str, Any]:
    digest = Digest.of(manifest(size.images), "sha256").text
    return {"repositoryName": FULL_REPOSITORY, "imageIds": [{"imageDigest": digest}]}


UNTAGGED = {"tagStatus": "UNTAGGED"}
ARCHIVED = {"imageStatus": "ARCHIVED"}
CASES = (
    Case("DescribeImages, first page", "DescribeImages", _listing(maxResults=40)),
    Case("DescribeImages, page in the middle", "DescribeImages", _middle("details", maxResults=20)),
    Case("DescribeImages, untagged", "DescribeImages", _listing(maxResults=10, filter=UNTAGGED)),
    Case("DescribeImages, archived", "DescribeImages", _listing(maxResults=10, filter=ARCHIVED)),
    Case("DescribeImages, one by digest", "DescribeImages", _last),
    Case("ListImages, first page", "ListImages", _listing(maxResults=40)),
    Case("ListImages, page in the middle", "ListImages", _middle("images", "", maxResults=20)),
    Case("ListImages, untagged", "ListImages", _listing(maxResults=10, filter=UNTAGGED)),
    Case("DescribeRepositories, first page", "DescribeRepositories", _repositories(middle=False)),
    Case(
        "DescribeRepositories, page in the middle",
        "DescribeRepositories",
        _repositories(middle=True),
    ),
    Case("BatchGetImage", "BatchGetImage", _last),
    Case("PutImage, new with a tag", "PutImage", _push("new-{}")),
    Case("PutImage, a tag moves", "PutImage", _push("moving")),
    Case(
        "CreateRepository",
        "CreateRepository",
        lambda _size, number: {"repositoryName": f"growth/new{number}"},
    ),
)


def requests(
    case: Case, server: Server, size: Size, numbers: Sequence[int]
) -> list[tuple[bytes, dict[str, str]]]:
    """Return signed requests, as bodies and headers, one for each number."""
    signer = SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), "ecr", "us-east-1")
    made = []
    for number in numbers:
        body = json.dumps(case.params(size, number)).encode()
        request = AWSRequest(
            method="POST",
            url=f"http://{server.address}/",
            data=body,
            headers={
                "content-type": "application/x-amz-json-1.1",
                "x-amz-target": f"AmazonEC2ContainerRegistry_V20150921.{case.operation}",
                "host": server.address,
            },
        )
        signer.add_auth(request)
        made.append((body, dict(request.headers.items())))
    return made


def times(server: Server, signed: Sequence[tuple[bytes, dict[str, str]]]) -> list[float]:
    """Return what each request took on one connection, in milliseconds.

    Raises:
        RuntimeError: an answer was not a good one.
    """
    connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
    taken = []
    for body, headers in signed:
        began = time.perf_counter()
        connection.request("POST", "/", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(content[:500].decode(errors="replace"))
    connection.close()
    return taken


def measure(
    case: Case, small: Server, large: Server, count: int, sizes: tuple[Size, Size]
) -> Growth:
    """Ask both servers in turn, and compare the medians."""
    seen: tuple[list[float], list[float]] = ([], [])
    for start in range(0, count + BLOCK, BLOCK):
        numbers = range(start, start + BLOCK)
        for server, size, taken in zip((small, large), sizes, seen, strict=True):
            block = times(server, requests(case, server, size, numbers))
            if start:
                # The first block only warms both up.
                taken.extend(block)
    return Growth(case.name, statistics.median(seen[0]), statistics.median(seen[1]))


def markdown(growths: Sequence[Growth], sizes: tuple[Size, Size], version: str, when: str) -> str:
    """Return the results as a page."""
    small, large = sizes
    lines = [
        "# Growth",
        "",
        (
            f"Medians of one operation over HTTP, with {small.images:,} images in one repository "
            f"and {small.repositories:,} repositories, and with {large.images:,} and "
            f"{large.repositories:,}. {version}, {when}. Only the ratios carry over to other "
            f"machines; the bound is {RATIO_MAX:g}."
        ),
        "",
        "| operation | with little, ms | with much, ms | ratio | |",
        "|---|---:|---:|---:|---|",
    ]
    lines += [
        f"| {one.case} | {one.small_ms:.2f} | {one.large_ms:.2f} | {one.ratio:.2f} | "
        f"{'within' if one.met else '**GROWS**'} |"
        for one in growths
    ]
    return "\n".join(lines) + "\n"


def _filled(work: Path, size: Size, console: Console) -> Server:
    """Return a server whose folder holds this much; it does not run yet."""
    work.mkdir(parents=True)
    server = portside(work)
    server.authorize = lambda _port: ""
    server.command = [*server.command, *QUOTAS, "--workers=1"]
    with server:
        pass
    console.print(f"filling: {size.images:,} images, {size.repositories:,} repositories")
    fill(work / "portside-data", size)
    return server


def main() -> int:
    """Measure, write and show; 1 when an operation grew past the bound."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("--requests", type=int, default=200, help="requests a case and server")
    parser.add_argument("--only", default="", help="only the cases that have this text in them")
    parser.add_argument("--results", type=Path, default=BENCH / "results")
    asked, console = parser.parse_args(), Console()
    data, sizes = WORK / "growth", (SMALL, LARGE)
    shutil.rmtree(data, ignore_errors=True)
    try:
        servers = [_filled(data / str(size.images), size, console) for size in sizes]
        with ExitStack() as running:
            small, large = (running.enter_context(server) for server in servers)
            growths = []
            for case in CASES:
                if asked.only in case.name:
                    growths.append(measure(case, small, large, asked.requests, sizes))
                    console.print(f"{growths[-1].case}: {growths[-1].ratio:.2f}")
    finally:
        shutil.rmtree(data, ignore_errors=True)
    when = datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M UTC")
    page = markdown(growths, sizes, f"Portside {servers[0].version}", when)
    asked.results.mkdir(parents=True, exist_ok=True)
    (asked.results / "growth.md").write_text(page)
    document = {
        "sizes": [asdict(size) for size in sizes],
        "version": servers[0].version,
        "measured_at": when,
        "ratio_max": RATIO_MAX,
        "cases": [{**asdict(one), "ratio": one.ratio} for one in growths],
    }
    (asked.results / "growth.json").write_text(json.dumps(document, indent=1) + "\n")
    console.print(Markdown(page))
    return int(not all(one.met for one in growths))


if __name__ == "__main__":
    sys.exit(main())
