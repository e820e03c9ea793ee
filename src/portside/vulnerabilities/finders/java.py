"""Java's packages: ``pom.properties`` and manifests of archives, nested ones too (JAR spec)."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from portside.vulnerabilities.packages import Package

_SUFFIXES = (".jar", ".war", ".ear", ".jpi", ".hpi")
DEPTH_MAX = 4
ENTRIES_MAX = 200_000
SMALL_BYTES_MAX = 1024 * 1024
NESTED_BYTES_MAX = 256 * 1024 * 1024
_FILE_NAME = re.compile(r"(?P<name>[A-Za-z][A-Za-z0-9_.-]*?)-(?P<version>[0-9][A-Za-z0-9_.+-]*)")


def wants(path: str) -> bool:
    """Archives of Java programs."""
    return path.lower().endswith(_SUFFIXES)


def read(path: str, content: bytes) -> list[Package]:
    """The Maven artifacts in an archive, as ``group:artifact``."""
    found = _read_archive(path, content, DEPTH_MAX, [NESTED_BYTES_MAX])
    return [package for package in dict.fromkeys(found) if package.is_bounded]


def _read_archive(path: str, content: bytes, depth: int, room: list[int]) -> list[Package]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()[:ENTRIES_MAX]
            return _read_entries(path, archive, entries, depth, room)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError):
        return []


def _read_entries(
    path: str,
    archive: zipfile.ZipFile,
    entries: list[zipfile.ZipInfo],
    depth: int,
    room: list[int],
) -> list[Package]:
    found: list[Package] = []
    manifest = ""
    for entry in entries:
        name = entry.filename
        if name.endswith("/pom.properties") and entry.file_size <= SMALL_BYTES_MAX:
            found += _read_properties(_extract(archive, entry))
        elif name.upper() == "META-INF/MANIFEST.MF" and entry.file_size <= SMALL_BYTES_MAX:
            manifest = _extract(archive, entry)
        elif depth and wants(name) and entry.file_size <= room[0]:
            room[0] -= entry.file_size
            found += _read_archive(name, archive.read(entry), depth - 1, room)
    own = not any(entry.filename.endswith("/pom.properties") for entry in entries)
    return found + (_read_manifest(path, manifest) if own else [])


def _extract(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    with archive.open(entry) as file:
        return file.read(SMALL_BYTES_MAX).decode(errors="replace")


def _read_properties(text: str) -> list[Package]:
    fields = _fields(text, "=")
    group, artifact = fields.get("groupId", ""), fields.get("artifactId", "")
    if not group or not artifact:
        return []
    version = fields.get("version", "")
    return [Package(kind="maven", name=f"{group}:{artifact}", version=version)]


def _read_manifest(path: str, text: str) -> list[Package]:
    """An archive without Maven's properties: its manifest and file name are all there is."""
    fields = _fields(text, ":")
    named = _FILE_NAME.fullmatch(path.rsplit("/", 1)[-1].rsplit(".", 1)[0])
    version = fields.get("Implementation-Version") or fields.get("Bundle-Version")
    version = version or (named["version"] if named else "")
    group = fields.get("Implementation-Vendor-Id") or fields.get("Bundle-SymbolicName", "")
    if not named or not group:
        return []
    group = group.partition(";")[0].strip()
    # A bundle's symbolic name is often the group with the artifact behind it.
    group = group.removesuffix("." + named["name"])
    return [Package(kind="maven", name=f"{group}:{named['name']}", version=version)]


def _fields(text: str, separator: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in text.splitlines():
        name, found, value = line.partition(separator)
        if found and not line.startswith(("#", " ")):
            fields.setdefault(name.strip(), value.strip())
    return fields
