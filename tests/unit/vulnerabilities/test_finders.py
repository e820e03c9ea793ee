"""Finders: each file of an image names its packages; what is malformed names none."""

import io
import json
import struct
import sys
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.vulnerabilities.finders import FINDERS, cargo, gems, go_binaries, java, node, python
from portside.vulnerabilities.finders import apk as apk_finder
from portside.vulnerabilities.finders import dpkg as dpkg_finder
from portside.vulnerabilities.finders import rpm as rpm_finder
from portside.vulnerabilities.finders.rpm_headers import read_header
from portside.vulnerabilities.packages import Package, parse_os_release

DPKG = b"""Package: libssl1.1
Status: install ok installed
Architecture: amd64
Source: openssl
Version: 1.1.1k-1
Description: x
 Version: 9 is not a field but a continued one

Package: gone
Status: deinstall ok config-files
Version: 1

Package: login
Status: hold ok installed
Source: shadow (1:4.8.1-1)
Version: 1:4.8.1-1+b1
"""

APK = b"C:Q1=\nP:libcrypto1.1\nV:1.1.1k-r0\nA:x86_64\no:openssl\n\nP:musl\nV:1.2.2-r3\no:musl\n"


def test_dpkg() -> None:
    """Installed packages with their sources; configuration that is left is no package."""
    found = dpkg_finder.read("var/lib/dpkg/status", DPKG)
    assert [(one.name, one.version, *one.source) for one in found] == [
        ("libssl1.1", "1.1.1k-1", "openssl", "1.1.1k-1"),
        ("login", "1:4.8.1-1+b1", "shadow", "1:4.8.1-1"),
    ]


def test_distroless() -> None:
    """A file for each package, without a status."""
    assert dpkg_finder.wants("var/lib/dpkg/status.d/tzdata")
    assert not dpkg_finder.wants("var/lib/dpkg/status.d/tzdata.md5sums")
    content = b"Package: tzdata\nVersion: 2021a-0\n"
    assert [one.name for one in dpkg_finder.read("var/lib/dpkg/status.d/tzdata", content)] == [
        "tzdata"
    ]


def test_apk() -> None:
    """Packages with the recipe that they were built from."""
    found = apk_finder.read("lib/apk/db/installed", APK)
    assert [one.source for one in found] == [("openssl", "1.1.1k-r0"), ("musl", "1.2.2-r3")]


@pytest.mark.parametrize(
    "path",
    [
        "usr/lib/python3/dist-packages/PyYAML-5.3.dist-info/METADATA",
        "usr/lib/python3/dist-packages/PyYAML-5.3.egg-info/PKG-INFO",
        "usr/lib/python3/dist-packages/PyYAML-5.3.egg-info",
    ],
)
def test_python(path: str) -> None:
    """The name is normalized; a version in the text behind the fields is none."""
    assert python.wants(path)
    found = python.read(path, b"Metadata-Version: 2.1\nName: Py.YAML\nVersion: 5.3\n\nVersion: 9")
    assert found == [Package(kind="pypi", name="py-yaml", version="5.3")]


def test_node() -> None:
    """Installed packages only, scoped ones too."""
    assert node.wants("app/node_modules/@babel/core/package.json")
    assert not node.wants("app/package.json")
    assert not node.wants("app/node_modules/x/test/package.json")
    content = json.dumps({"name": "@babel/core", "version": "7.0.0"}).encode()
    assert node.read("x", content) == [Package(kind="npm", name="@babel/core", version="7.0.0")]


def test_gems() -> None:
    """Name and version of a specification."""
    content = b'Gem::Specification.new do |s|\n  s.name = "rack".freeze\n  s.version = "2.2.2"\nend'
    assert gems.wants("usr/lib/ruby/gems/3.0.0/specifications/default/rack-2.2.2.gemspec")
    assert gems.read("x", content) == [Package(kind="gem", name="rack", version="2.2.2")]


def elf(section: bytes, content: bytes) -> bytes:
    """A program with one section."""
    names = b"\0" + section + b"\0.shstrtab\0"
    start = 64
    headers = start + len(content) + len(names)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    top = struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, headers, 0, 64, 0, 0, 64, 3, 2)

    def header(name: int, offset: int, size: int) -> bytes:
        return struct.pack("<IIQQQQIIQQ", name, 1, 0, 0, offset, size, 0, 0, 1, 0)

    return b"".join(
        (
            ident,
            top,
            content,
            names,
            header(0, 0, 0),
            header(1, start, len(content)),
            header(len(section) + 2, start + len(content), len(names)),
        )
    )


def test_go() -> None:
    """Modules, replaced ones as what replaces them, and the standard library."""
    modules = (
        "path\texample.com/x\nmod\texample.com/x\t(devel)\t\n"
        "dep\tgolang.org/x/net\tv0.1.0\th1:x\ndep\told.org/y\tv1.0.0\n=>\tnew.org/y\tv1.2.0\th1:z\n"
    )
    text = b"0" * 16 + modules.encode() + b"1" * 16
    assert len(text) > 127
    length = bytes([len(text) & 0x7F | 0x80, len(text) >> 7])
    content = b"\xff Go buildinf:\x08\x02" + bytes(16) + b"\x08go1.20.1" + length + text
    found = go_binaries.read("usr/bin/x", elf(b".go.buildinfo", content))
    assert [(one.name, one.version) for one in found] == [
        ("stdlib", "1.20.1"),
        ("golang.org/x/net", "v0.1.0"),
        ("new.org/y", "v1.2.0"),
    ]


def test_cargo() -> None:
    """Crates of the audit section; what only the build needed is not in the program."""
    document = {
        "packages": [
            {"name": "time", "version": "0.1.43"},
            {"name": "cc", "version": "1.0.0", "kind": "build"},
        ]
    }
    packed = zlib.compress(json.dumps(document).encode())
    found = cargo.read("usr/bin/x", elf(b".dep-v0", packed))
    assert found == [Package(kind="cargo", name="time", version="0.1.43")]


def archive(entries: dict[str, bytes]) -> bytes:
    """A Java archive."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
    return target.getvalue()


def test_java() -> None:
    """Maven's properties count, in nested archives too; else the manifest and the file's name."""
    properties = b"#c\ngroupId=org.apache.logging.log4j\nartifactId=log4j-core\nversion=2.14.1\n"
    inner = archive({"META-INF/maven/g/a/pom.properties": properties})
    manifest = b"Manifest-Version: 1.0\r\nImplementation-Vendor-Id: com.example\r\n"
    outer = archive({"BOOT-INF/lib/log4j.jar": inner, "META-INF/MANIFEST.MF": manifest})
    assert [(one.name, one.version) for one in java.read("app/thing-1.2.3.jar", outer)] == [
        ("org.apache.logging.log4j:log4j-core", "2.14.1"),
        ("com.example:thing", "1.2.3"),
    ]


def test_java_archives_within_archives_end() -> None:
    """An archive in an archive in an archive … is read only so deep."""
    content = archive({"META-INF/maven/g/a/pom.properties": b"groupId=g\nartifactId=a\nversion=1"})
    for _ in range(java.DEPTH_MAX + 1):
        content = archive({"x.jar": content})
    assert java.read("x.jar", content) == []


def header(fields: dict[int, str | int]) -> bytes:
    """An RPM header with these tags."""
    index, data = b"", b""
    for tag, value in fields.items():
        if isinstance(value, int):
            data += bytes(-len(data) % 4)
        kind = 4 if isinstance(value, int) else 6
        index += struct.pack(">IIII", tag, kind, len(data), 1)
        data += struct.pack(">I", value) if isinstance(value, int) else value.encode() + b"\0"
    return struct.pack(">II", len(fields), len(data)) + index + data


POLKIT = header(
    {
        1000: "polkit",
        1001: "0.115",
        1002: "12.el8",
        1003: 2,
        1022: "x86_64",
        1044: "polkit-0.115-12.el8.src.rpm",
        5096: "m:8:x:y",
    }
)


def test_rpm_header() -> None:
    """Name, version with epoch and release, architecture, source, module."""
    assert read_header(POLKIT) == Package(
        kind="rpm",
        name="polkit",
        version="2:0.115-12.el8",
        source_name="polkit",
        arch="x86_64",
        module="m:8",
    )


def test_rpm_ndb() -> None:
    """The database of SUSE: slots, each with a blob."""
    blob = struct.pack("<IIII", 0x53626C42, 1, 0, len(POLKIT)) + POLKIT
    slots = struct.pack("<IIII", 0x506D7052, 0, 0, 1) + bytes(16)
    slots += struct.pack("<IIII", 0x746F6C53, 1, 256, 1)
    content = slots.ljust(4096, b"\0") + blob
    assert [one.name for one in rpm_finder.read("var/lib/rpm/Packages.db", content)] == ["polkit"]


def test_rpm_berkeley() -> None:
    """The oldest database: a value lies in a chain of overflow pages."""
    size = 512

    def page(kind: int, count: int, following: int, body: bytes) -> bytes:
        head = bytes(8) + struct.pack("<IIIHHBB", 0, 0, following, count, 0, 1, kind)
        return (head + body).ljust(size, b"\0")

    top = bytearray(size)
    struct.pack_into("<III", top, 12, 0x061561, 9, size)
    first, second = POLKIT[: size - 26], POLKIT[size - 26 :]
    value = struct.pack("<B3xII", 3, 2, len(POLKIT))
    hashed = page(13, 2, 0, struct.pack("<HH", 500, 40) + bytes(10) + value)
    pages = bytes(top) + hashed + page(7, 0, 3, first) + page(7, 0, 0, second)
    assert [one.name for one in rpm_finder.read("var/lib/rpm/Packages", pages)] == ["polkit"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm', ("debian", "12", "bookworm")),
        ("ID='alpine'\nVERSION_ID=3.19.1\n# c\nbroken", ("alpine", "3.19.1", "")),
        ("NAME=x", None),
    ],
)
def test_os_release(text: str, expected: tuple[str, str, str] | None) -> None:
    """Quoted and bare values; without an ID there is no distribution."""
    found = parse_os_release(text)
    assert (found and (found.id, found.version, found.codename)) == expected


RPM_FILES = ("var/lib/rpm/Packages", "var/lib/rpm/Packages.db", "var/lib/rpm/rpmdb.sqlite")
MAGICS = (
    b"",
    b"\x7fELF\x02\x01",
    b"PK\x03\x04",
    b"SQLite format 3\0\x10\0",
    struct.pack("<IIII", 0x506D7052, 0, 0, 9),
    bytes(12) + struct.pack("<III", 0x061561, 9, 512),
)


@given(start=st.sampled_from(MAGICS), rest=st.binary(max_size=4096))
def test_no_content_stops_a_scan(start: bytes, rest: bytes) -> None:
    """Whatever a file holds, a finder answers with packages or none."""
    for finder in FINDERS:
        for path in RPM_FILES if finder.name == "rpm" else ("x.jar",):
            assert all(one.is_bounded for one in finder.read(path, start + rest))


def test_absurd_versions_are_no_packages() -> None:
    """A version's order takes time that grows with its length, so lengths are bounded."""
    longest = sys.get_int_max_str_digits()
    content = f"Package: x\nStatus: install ok installed\nVersion: {'9' * longest}\n".encode()
    assert dpkg_finder.read("var/lib/dpkg/status", content) == []
