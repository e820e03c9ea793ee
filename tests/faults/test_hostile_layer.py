"""A layer of a million entries ends its own scan with a reason, and harms nothing else."""

import tarfile
import zlib
from collections.abc import Iterator

import httpx
import pytest
from tests.faults.test_large_layer import MemoryWatch
from tests.live import LiveServer
from tests.protocol.pushing import Registry
from tests.protocol.test_scans import APP, BASE, ended, scanned, vulndb

ENTRIES = 1_000_000
AT_ONCE = 5_000
GROWTH_MAX = 192 * 1024**2
NAME = "faults/hostile"


def entries() -> Iterator[bytes]:
    """So many empty files, each of its own name: a header each, with its sum mended by hand."""
    header = bytearray(tarfile.TarInfo("0" * 8).tobuf())
    plain = sum(header) - sum(header[148:156]) + 8 * ord(" ") - 8 * ord("0")
    for start in range(0, ENTRIES, AT_ONCE):
        block = bytearray()
        for number in range(start, start + AT_ONCE):
            name = b"%08d" % number
            header[:8] = name
            header[148:156] = b"%06o\0 " % (plain + sum(name))
            block += header
        yield bytes(block)
    yield bytes(1024)


def hostile() -> bytes:
    packer = zlib.compressobj(1, wbits=31)
    return b"".join([*map(packer.compress, entries()), packer.flush()])


@pytest.mark.slow
def test_a_million_entries() -> None:
    with LiveServer("--scan-interval-hours", "0") as live:
        vulndb(live, "import", "--sample")
        ecr = live.client("ecr")
        ecr.create_repository(repositoryName=NAME)
        with httpx.Client(base_url=live.url, auth=live.auth(), timeout=300) as http:
            repository = Registry(http, NAME)
            repository.push("good", BASE, APP)
            repository.push("hostile", hostile())
        ecr.start_image_scan(repositoryName=NAME, imageId={"imageTag": "good"})
        scanned(live, NAME, "good")
        with MemoryWatch(live) as watch:
            for tag in ("hostile", "good"):
                ecr.start_image_scan(repositoryName=NAME, imageId={"imageTag": tag})
            # Beside it, in the same repository, another image is scanned and does not wait for it.
            assert len(scanned(live, NAME, "good")["imageScanFindings"]["findings"]) == 2
            under_way = ecr.describe_image_scan_findings(
                repositoryName=NAME, imageId={"imageTag": "hostile"}
            )
            assert under_way["imageScanStatus"]["status"] == "IN_PROGRESS"
            status = ended(live, NAME, "hostile")
        assert status["status"] == "FAILED"
        assert status["description"].endswith("the layer has more than 500000 entries")
        assert watch.growth < GROWTH_MAX
