"""What an image's layers come to, laid upon one another (OCI image-spec, layer.md, "Whiteouts").

Each layer is read for itself, once, whatever images it is part of; only what this module needs of
it is kept. Here layers are laid upon one another without reading any again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from portside.vulnerabilities.packages import Distribution, Package, parse_os_release

OS_RELEASES = ("etc/os-release", "usr/lib/os-release")
"""Where the distribution is named; the first that is there counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerContents:
    """What one layer says. Paths have no leading slash.

    ``packages`` holds every file that a finder wanted, with no packages where it named none;
    ``present`` the fingerprints of all its paths that are no folders.
    """

    digest: str
    packages: Mapping[str, tuple[Package, ...]] = field(default_factory=dict)
    os_releases: Mapping[str, str] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    """Paths that a whiteout takes away, with all that is below them."""
    opaque: frozenset[str] = frozenset()
    """Folders of which nothing earlier shows through."""
    present: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A package of an image, the file that tells of it, and the layer that brought it."""

    package: Package
    path: str
    layer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageContents:
    """What an image holds when all its layers lie upon one another."""

    installed: tuple[Installed, ...]
    distribution: Distribution | None


def fingerprint(path: str) -> int:
    """A path's number in :attr:`LayerContents.present`."""
    return int.from_bytes(hashlib.blake2b(path.encode(), digest_size=8).digest(), "big")


def merge(layers: Sequence[LayerContents]) -> ImageContents:
    """Lay layers upon one another, the lowest first.

    A package is attributed to the first layer from which on it was always there.
    """
    files: dict[str, dict[Package, str]] = {}
    releases: dict[str, str] = {}
    for layer in layers:
        before = files
        files = {path: held for path, held in before.items() if not _is_hidden(path, layer)}
        releases = {path: text for path, text in releases.items() if not _is_hidden(path, layer)}
        releases.update(layer.os_releases)
        for path, packages in layer.packages.items():
            known = before.get(path, {})
            files[path] = {package: known.get(package, layer.digest) for package in packages}
    texts = (releases[path] for path in OS_RELEASES if path in releases)
    found = (parse_os_release(text) for text in texts)
    return ImageContents(
        installed=tuple(
            Installed(package=package, path=path, layer=digest)
            for path, held in files.items()
            for package, digest in held.items()
        ),
        distribution=next((one for one in found if one is not None), None),
    )


def _is_hidden(path: str, layer: LayerContents) -> bool:
    if fingerprint(path) in layer.present or path in layer.removed:
        return True
    return any(
        folder in layer.opaque or folder in layer.removed or fingerprint(folder) in layer.present
        for folder in _folders(path)
    )


def _folders(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path
    yield ""
