"""Layers as streams: every packing, whiteouts, hostile archives, and bounds that hold."""

import gzip
import io
import itertools
import tarfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from portside.services.scanning.bounds import Bounds, LayerUnreadable, Limits
from portside.services.scanning.contents import parse, render
from portside.services.scanning.reading import normalized, read_layer
from portside.vulnerabilities.layers import LayerContents, fingerprint
from portside.vulnerabilities.packages import Package

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STATUS = "var/lib/dpkg/status"
SUDO = b"Package: sudo\nStatus: install ok installed\nVersion: 1.8.27-1\n"
DIGEST = "sha256:" + "0" * 64


def archive(*members: tuple[str, bytes | None], mode: int = 0o644) -> bytes:
    """A tar archive; a member without content is a folder."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as packed:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.mode = mode
            if content is None:
                member.type = tarfile.DIRTYPE
            member.size = len(content or b"")
            packed.addfile(member, io.BytesIO(content or b""))
    return plain.getvalue()


def pieces(content: bytes, size: int = 1000) -> Iterator[bytes]:
    return (content[start : start + size] for start in range(0, len(content), size))


def read(content: bytes, limits: Limits | None = None, size: int = 1000) -> LayerContents:
    return read_layer(DIGEST, pieces(content, size), Bounds(limits or Limits(), lambda: NOW))


PLAIN = archive(("./" + STATUS, SUDO), ("etc/os-release", b"ID=debian\n"))


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        gzip.compress(PLAIN),
        gzip.compress(PLAIN[:700]) + gzip.compress(PLAIN[700:]),
        zstandard.compress(PLAIN),
        zstandard.compress(PLAIN[:700]) + zstandard.compress(PLAIN[700:]),
    ],
    ids=["plain", "gzip", "members of gzip", "zstd", "frames of zstd"],
)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_every_packing(content: bytes, size: int) -> None:
    """The same contents, whatever the packing and the size of the pieces."""
    found = read(content, size=size)
    assert [one.name for one in found.packages[STATUS]] == ["sudo"]
    assert found.os_releases == {"etc/os-release": "ID=debian\n"}


def test_whiteouts() -> None:
    """What is taken away, and folders of which nothing earlier shows."""
    found = read(archive(("a/.wh.b", b""), (".wh.c", b""), ("d/.wh..wh..opq", b"")))
    assert found.removed == {"a/b", "c"}
    assert found.opaque == {"d"}
    assert found.present == frozenset()


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("/etc/passwd", "etc/passwd"),
        ("../../etc/passwd", "etc/passwd"),
        ("a//./b/../c", "a/b/c"),
        ("..", ""),
    ],
)
def test_names_that_lead_out_lead_nowhere(name: str, path: str) -> None:
    """Nothing is ever unpacked; a name is only a name within the image."""
    assert normalized(name) == path
    found = read(archive((name, b"x")))
    assert found.present == (frozenset({fingerprint(path)}) if path else frozenset())


def test_links_are_not_followed() -> None:
    """A link in the place of a database names no packages, whatever it points to."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as packed:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE):
            link = tarfile.TarInfo(STATUS)
            link.type, link.linkname = kind, "/var/lib/dpkg/status"
            packed.addfile(link)
    found = read(plain.getvalue())
    assert found.packages == {}
    assert found.present == {fingerprint(STATUS)}


def bomb() -> bytes:
    """A gigabyte of zeros in a megabyte."""
    packer = zlib.compressobj(9, wbits=31)
    member = tarfile.TarInfo("zeros")
    member.size = 1024 * 1024 * 1024
    zeros = bytes(1024 * 1024)
    packed = [packer.compress(member.tobuf())]
    packed += [packer.compress(zeros) for _ in range(1024)]
    return b"".join([*packed, packer.flush()])


def test_bombs_are_given_up() -> None:
    """Unpacked bytes are counted, and memory is bounded by a piece."""
    with pytest.raises(LayerUnreadable, match="unpacks to more than 10000000 bytes"):
        read(bomb(), Limits(plain_bytes=10_000_000), size=65_536)


def extended(kind: bytes, content: bytes) -> bytes:
    """A header of this kind that stands before an entry, and nothing else."""
    member = tarfile.TarInfo("header")
    member.type, member.size = kind, len(content)
    return member.tobuf() + content + bytes(-len(content) % 512)


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
    ],
)
def test_long_headers_are_not_read(kind: bytes) -> None:
    """A header that would fill the memory is refused by the length that it names."""
    member = tarfile.TarInfo("header")
    member.type, member.size = kind, 2 * 1024 * 1024
    counted = Bounds(Limits(), lambda: NOW)
    zeros = itertools.repeat(bytes(65_536), 1_000_000)
    layer = itertools.chain([member.tobuf()], zeros)
    with pytest.raises(LayerUnreadable, match="a header has more than 1048576 bytes"):
        read_layer(DIGEST, layer, counted)
    assert counted.plain_bytes <= 2 * 1024 * 1024


def test_headers_of_headers() -> None:
    """A chain of headers without an entry ends."""
    content = extended(tarfile.GNUTYPE_LONGNAME, b"x\0") * 5000
    with pytest.raises(LayerUnreadable, match="headers of headers"):
        read(content, size=100_000)


def test_what_headers_say_of_all_is_not_gathered() -> None:
    """Global headers before each entry mean nothing, and harm nothing."""
    parts = [
        extended(tarfile.XGLTYPE, tarfile.TarInfo.create_pax_global_header({f"key{n}": "x"})[512:])
        + archive((f"f{n}", b""))[:512]
        for n in range(50)
    ]
    content = b"".join([*parts, archive((STATUS, SUDO))])
    assert [package.name for package in read(content).packages[STATUS]] == ["sudo"]


@pytest.mark.parametrize("by", ["its type", "its header"])
def test_sparse_files_are_refused(by: str) -> None:
    """A sparse file's map has no bound, and layers should have none."""
    if by == "its type":
        content = extended(tarfile.GNUTYPE_SPARSE, b"")
    else:
        plain = io.BytesIO()
        with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as packed:
            member = tarfile.TarInfo("sparse")
            member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
            packed.addfile(member)
        content = plain.getvalue()
    with pytest.raises(LayerUnreadable, match="the layer has a sparse file"):
        read(content)


@pytest.mark.parametrize(
    "name",
    ["{}/.wh.x", "{}/.wh..wh..opq", "{}/x.dist-info/METADATA"],
    ids=["file", "folder", "package"],
)
def test_too_much_to_name(name: str) -> None:
    """What is kept of a layer is bounded as a whole."""
    content = archive(*((name.format(f"{n:0200}"), b"Name: x\nVersion: 1\n") for n in range(30)))
    assert read(content, Limits(kept_bytes=30_000)).digest == DIGEST
    with pytest.raises(LayerUnreadable, match="take more than 5000 bytes to name"):
        read(content, Limits(kept_bytes=5000))


def test_too_many_entries() -> None:
    """Entries are counted."""
    content = archive(*((f"f{number}", b"") for number in range(300)))
    with pytest.raises(LayerUnreadable, match="more than 100 entries"):
        read(content, Limits(entries=100))


def test_too_long_paths() -> None:
    """A path has a bound."""
    with pytest.raises(LayerUnreadable, match="longer than 50 characters"):
        read(archive(("a" * 60, b"")), Limits(path_length=50))


def test_time_is_bounded() -> None:
    """A layer that takes too long is given up."""
    ticks = itertools.count()
    bounds = Bounds(Limits(time=timedelta(seconds=3)), lambda: NOW + timedelta(seconds=next(ticks)))
    content = b"".join([PLAIN] * 2000)
    with pytest.raises(LayerUnreadable, match="not read within"):
        read_layer(DIGEST, pieces(gzip.compress(content, 0), 1000), bounds)


@given(
    start=st.sampled_from([b"", b"\x1f\x8b\x08\x00", b"\x28\xb5\x2f\xfd", PLAIN[:600]]),
    rest=st.binary(max_size=3000),
)
def test_no_bytes_do_harm(start: bytes, rest: bytes) -> None:
    """A layer is read, or is refused with a reason."""
    try:
        found = read(start + rest)
    except LayerUnreadable as refused:
        assert str(refused)  # noqa: PT017 - either outcome is right
    else:
        assert found.digest == DIGEST


def test_contents_are_kept_whole() -> None:
    """What is written down of a layer is what is read back."""
    contents = LayerContents(
        digest=DIGEST,
        packages={STATUS: (Package(kind="deb", name="sudo", version="1"),), "x.jar": ()},
        os_releases={"etc/os-release": "ID=x"},
        removed=frozenset({"a"}),
        opaque=frozenset({"b", "c"}),
        present=frozenset({fingerprint("x"), fingerprint(STATUS), 0, 2**64 - 1}),
    )
    assert parse(DIGEST, render(contents)) == contents
