r"""Go's modules in programs: the build information (Go, ``debug/buildinfo``).

Since Go 1.18 the text lies in the section itself: ``\xff Go buildinf:``, a pointer size and flags,
at offset 32 the version and then the modules, each behind its length as a varint.
"""

from __future__ import annotations

from portside.vulnerabilities.finders.elf import find_section
from portside.vulnerabilities.packages import Package

_MAGIC = b"\xff Go buildinf:"
_INLINE = 0x2
_HEADER_BYTES = 32
_SENTINEL_BYTES = 16
MODULES_MAX = 20_000


def read(path: str, content: bytes) -> list[Package]:
    """The modules that a program was built of, and the standard library as ``stdlib``."""
    del path
    section = find_section(content, b".go.buildinfo")
    if not section or not section.startswith(_MAGIC) or len(section) <= _HEADER_BYTES:
        return []
    if not section[len(_MAGIC) + 1] & _INLINE:
        return []
    version, rest = _text(section[_HEADER_BYTES:])
    modules, _ = _text(rest)
    # The module text stands between two sentinels of sixteen bytes.
    text = modules[_SENTINEL_BYTES:-_SENTINEL_BYTES].decode(errors="replace")
    found = [Package(kind="golang", name="stdlib", version=version.decode(errors="replace")[2:])]
    found += _modules(text)
    return [package for package in found if package.is_bounded]


def _text(content: bytes) -> tuple[bytes, bytes]:
    length = shift = 0
    for position, byte in enumerate(content[:10]):
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            start = position + 1
            return content[start : start + length], content[start + length :]
    return b"", b""


def _modules(text: str) -> list[Package]:
    found: list[Package] = []
    for line in text.splitlines()[:MODULES_MAX]:
        kind, _, rest = line.partition("\t")
        parts = rest.split("\t")
        if kind == "=>" and found and len(parts) > 1:
            # What replaces a module stands in the line below it.
            found[-1] = Package(kind="golang", name=parts[0], version=parts[1])
        elif kind in ("mod", "dep") and len(parts) > 1:
            found.append(Package(kind="golang", name=parts[0], version=parts[1]))
    return [package for package in found if package.version != "(devel)"]
