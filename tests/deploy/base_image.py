"""A base image of this machine's own Python, as tests fetch none: interpreter, libraries, shell."""

import io
import re
import subprocess
import sys
import sysconfig
import tarfile
from collections.abc import Iterator
from pathlib import Path

LEFT_OUT = frozenset({"site-packages", "dist-packages", "test", "tests", "idlelib", "__pycache__"})
_LIBRARY = re.compile(r"(/\S+) \(0x")
_COMMON = re.compile(r"^\t(\S+) .* => (\S+)$", re.MULTILINE)
COMMON = (
    "libgcc_s.so.1",
    "libstdc++.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libpthread.so.0",
    "libresolv.so.2",
    "librt.so.1",
    "libutil.so.1",
)
"""What wheels may count on, as manylinux has it."""
_PASSWD = b"root:x:0:0:root:/:/bin/sh\n"


def make_base(tar: Path, busybox: Path) -> None:
    """Write a root file system with `python3` and a shell for `docker import`."""
    python = Path(
        sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}"
    )
    parts = [python, *_standard_library(Path(sysconfig.get_path("stdlib")))]
    parts += Path("/usr/share/python-wheels").glob("*.whl")
    libraries = _libraries([python, *(part for part in parts if part.suffix == ".so")])
    parts += sorted({*libraries, *_common_libraries()})
    with tarfile.open(tar, "w") as archive:
        for part in parts:
            archive.add(part.resolve(), arcname=str(part), recursive=False)
        archive.add(busybox.resolve(), arcname="/bin/busybox")
        for name in ("sh", "mkdir", "mv", "test", "rm"):
            _link(archive, f"/bin/{name}", "busybox")
        for name in {"/usr/bin/python3", str(python.with_name("python3"))} - {str(python)}:
            _link(archive, name, str(python))
        _add(archive, "/etc/passwd", _PASSWD)
        _folder(archive, "/tmp", 0o1777)  # noqa: S108 - in the image


def _standard_library(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not LEFT_OUT & set(path.relative_to(folder).parts):
            yield path


def _libraries(programs: list[Path]) -> set[Path]:
    told = subprocess.run(
        ["ldd", *map(str, programs)], capture_output=True, text=True, check=False
    ).stdout
    return {Path(found) for found in _LIBRARY.findall(told)}


def _common_libraries() -> list[Path]:
    told = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True)
    # The first of a name is the one that would be loaded.
    found = dict(reversed(_COMMON.findall(told.stdout)))
    return [Path(found[name]) for name in COMMON if name in found]


def _link(archive: tarfile.TarFile, name: str, target: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = tarfile.SYMTYPE, target
    archive.addfile(entry)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o644
    archive.addfile(entry, io.BytesIO(content))


def _folder(archive: tarfile.TarFile, name: str, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    archive.addfile(entry)
