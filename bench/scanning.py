"""What a scan costs beside reading the image: `python -m bench.scanning [--mib 1024]`.

Layers of random files, as large as asked for, are scanned as the server scans them, and read twice
by gzip. Writes results/scanning.json.
"""

import argparse
import gzip
import io
import json
import os
import subprocess
import tarfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from portside.services.scanning.bounds import Bounds, Limits
from portside.services.scanning.reading import read_layer
from portside.vulnerabilities.layers import merge

LAYERS = 20
RESULT = Path(__file__).parent / "results" / "scanning.json"
STATUS = b"Package: sudo\nStatus: install ok installed\nVersion: 1.8.27-1\n\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mib", type=int, default=1024, help="size of the image, packed")
    mib = parser.parse_args().mib
    with TemporaryDirectory(prefix="portside-scan-") as folder:
        layers = [_make(Path(folder) / str(number), mib // LAYERS) for number in range(LAYERS)]
        twice = min(_unpack(layers) for _ in range(2)) * 2
        scan = min(_scan(layers) for _ in range(2))
    result = {
        "image_mib": mib,
        "layers": LAYERS,
        "read_twice_seconds": round(twice, 2),
        "scan_seconds": round(scan, 2),
        "scan_of_read_twice": round(scan / twice, 2),
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


def _make(path: Path, mib: int) -> Path:
    """A packed layer with a package database, many small files and some large ones."""
    with (
        gzip.open(path, "wb", compresslevel=1) as packed,
        tarfile.open(fileobj=packed, mode="w|") as archive,
    ):
        _add(archive, "var/lib/dpkg/status", STATUS * 400)
        _add(archive, "etc/os-release", b"ID=debian\nVERSION_ID=12\n")
        for number in range(mib):
            for small in range(32):
                _add(archive, f"usr/share/{number}/{small}", os.urandom(16 * 1024))
            _add(archive, f"usr/lib/{number}", os.urandom(512 * 1024))
    return path


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    archive.addfile(member, io.BytesIO(content))


def _unpack(layers: list[Path]) -> float:
    start = time.perf_counter()
    for layer in layers:
        subprocess.run(["gzip", "-dc", layer], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - start


def _scan(layers: list[Path]) -> float:
    start = time.perf_counter()
    contents = [
        read_layer(str(layer), _pieces(layer), Bounds(Limits(), lambda: datetime.now(tz=UTC)))
        for layer in layers
    ]
    if not merge(contents).installed:
        raise RuntimeError("the scan found no package")
    return time.perf_counter() - start


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(1024 * 1024):
            yield piece


if __name__ == "__main__":
    main()
