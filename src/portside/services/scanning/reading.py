"""One layer's archive, read as a stream: the packages it names and what it takes away.

Nothing is ever unpacked to a disk: of most entries only the path is looked at, and of those that
tell of packages the content passes through memory, each within its finder's bound.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from portside.services.scanning.bounds import Bounds, LayerUnreadable
from portside.services.scanning.members import Member
from portside.services.scanning.unpacking import PlainLayer
from portside.vulnerabilities.finders import FINDERS, Finder
from portside.vulnerabilities.finders.elf import MAGIC
from portside.vulnerabilities.layers import OS_RELEASES, LayerContents, fingerprint
from portside.vulnerabilities.packages import Package

_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_EXECUTABLE = 0o111
_BLOCK_BYTES = 1024 * 1024
_PACKAGE_BYTES = 512
_OS_RELEASE_BYTES_MAX = 65_536
_NAMED = tuple(finder for finder in FINDERS if not finder.executable)
_PROGRAMS = tuple(finder for finder in FINDERS if finder.executable)


@dataclass(slots=True)
class _Found:
    packages: dict[str, tuple[Package, ...]] = field(default_factory=dict)
    os_releases: dict[str, str] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    opaque: set[str] = field(default_factory=set)
    present: set[int] = field(default_factory=set)


def read_layer(digest: str, pieces: Iterator[bytes], bounds: Bounds) -> LayerContents:
    """What the layer of this digest holds.

    Raises:
        LayerUnreadable: it is no tar archive, packed wrongly, or passes a bound.
    """
    found = _Found()
    plain = PlainLayer(pieces, bounds)
    try:
        with tarfile.open(
            fileobj=plain, mode="r|", bufsize=_BLOCK_BYTES, tarinfo=Member
        ) as archive:
            for member in archive:
                _take(found, archive, member, bounds)
                # tarfile remembers every member and whatever headers say of all: a layer of a
                # million would fill the memory.
                archive.members.clear()  # type: ignore[attr-defined]  # see above
                archive.pax_headers.clear()  # type: ignore[attr-defined]  # see above
    except RecursionError as error:
        # tarfile reads a header behind a header by calling itself.
        raise LayerUnreadable("the layer has headers of headers") from error
    except (tarfile.TarError, EOFError, UnicodeError, OverflowError) as error:
        raise LayerUnreadable(f"the layer is no tar archive: {error}") from error
    return LayerContents(
        digest=digest,
        packages=found.packages,
        os_releases=found.os_releases,
        removed=frozenset(found.removed),
        opaque=frozenset(found.opaque),
        present=frozenset(found.present),
    )


def normalized(name: str) -> str:
    """A path of an archive without leading slashes, ``.`` and ``..``, which mean nothing here."""
    return "/".join(part for part in name.split("/") if part not in ("", ".", ".."))


def _take(found: _Found, archive: tarfile.TarFile, member: tarfile.TarInfo, bounds: Bounds) -> None:
    path = normalized(member.name)
    bounds.take_entry(path)
    folder, _, name = path.rpartition("/")
    if name == _OPAQUE:
        bounds.keep(len(folder))
        found.opaque.add(folder)
    elif name.startswith(_WHITEOUT):
        bounds.keep(len(path))
        found.removed.add(f"{folder}/{name[len(_WHITEOUT) :]}".lstrip("/"))
    elif not member.isdir() and path:
        found.present.add(fingerprint(path))
        if member.isreg():
            packages = _packages(found, archive, member, path)
            if packages is not None:
                bounds.keep(len(path) + _PACKAGE_BYTES * len(packages))
                found.packages[path] = packages


def _packages(
    found: _Found, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str
) -> tuple[Package, ...] | None:
    """What a file tells of packages; ``None`` where it is none that does."""
    if path in OS_RELEASES:
        content = _content(archive, member, _OS_RELEASE_BYTES_MAX)
        found.os_releases[path] = content.decode(errors="replace")
        return None
    finders = [finder for finder in _NAMED if finder.wants(path)]
    if not finders and member.mode & _EXECUTABLE:
        finders = list(_PROGRAMS)
    finders = [finder for finder in finders if member.size <= finder.bytes_max]
    if finders:
        packages = _find(finders, path, _program_or_all(archive, member, finders))
        if packages or not finders[0].executable:
            return packages
    return None


def _find(finders: list[Finder], path: str, content: bytes) -> tuple[Package, ...]:
    return tuple(package for finder in finders for package in finder.read(path, content))


def _program_or_all(
    archive: tarfile.TarFile, member: tarfile.TarInfo, finders: list[Finder]
) -> bytes:
    file = archive.extractfile(member)
    if file is None:
        return b""
    first = file.read(len(MAGIC))
    if finders[0].executable and first != MAGIC:
        return b""
    return first + file.read(member.size)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo, bytes_max: int) -> bytes:
    file = archive.extractfile(member)
    return file.read(bytes_max) if file else b""
