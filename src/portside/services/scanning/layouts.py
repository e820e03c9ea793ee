"""An image as a folder that other programs read (OCI image-spec, image-layout.md), without copies.

Blobs are links to the store's own files, where it has files, so that the folder costs nothing
however large the image is. Where it has none they are fetched, and go with the folder.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from portside.blobs.store import BlobStore
from portside.names.digests import Digest
from portside.services.scanning.platforms import Platform
from portside.services.scanning.scanners import ScanFailed

CONFIG_BYTES_MAX: Final = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """An image laid out in a folder.

    ``layers`` are its layers' digests by the digests of their plain archives, for which scanners
    know layers; ``scratch`` is a folder for what else a scanner writes.
    """

    folder: Path
    scratch: Path
    layers: Mapping[str, str]


@contextmanager
def laid_out(store: BlobStore, platform: Platform) -> Iterator[Layout]:
    """Lay an image out for as long as the block runs.

    Raises:
        ScanFailed: a blob is not there, or its config is none.
    """
    with TemporaryDirectory(prefix="portside-scan-", ignore_cleanup_errors=True) as name:
        root = Path(name)
        folder, scratch = root / "image", root / "scratch"
        scratch.mkdir()
        for blob in platform.manifest.blobs:
            _lay(store, blob.digest, blob.size_bytes, _place(folder, blob.digest))
        digest = platform.image.digest
        _place(folder, digest).write_bytes(platform.body)
        (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        entry = {
            "mediaType": platform.manifest.media_type,
            "digest": digest.text,
            "size": len(platform.body),
        }
        index = {"schemaVersion": 2, "manifests": [entry]}
        (folder / "index.json").write_text(json.dumps(index))
        yield Layout(folder=folder, scratch=scratch, layers=_layers(folder, platform))


def _place(folder: Path, digest: Digest) -> Path:
    place = _path(folder, digest)
    place.parent.mkdir(parents=True, exist_ok=True)
    # A manifest may name one blob twice.
    place.unlink(missing_ok=True)
    return place


def _path(folder: Path, digest: Digest) -> Path:
    return folder / "blobs" / digest.algorithm / digest.encoded


def _lay(store: BlobStore, digest: Digest, size_bytes: int, place: Path) -> None:
    path = store.find_path(digest)
    if path is not None and path.is_file():
        place.symlink_to(path.resolve())
        return
    try:
        with place.open("wb") as file:
            file.writelines(store.read(digest, 0, size_bytes - 1))
    except (FileNotFoundError, EOFError) as error:
        raise ScanFailed(f"the blob {digest} is not in the store") from error


def _layers(folder: Path, platform: Platform) -> Mapping[str, str]:
    config = platform.manifest.config
    if config is None:
        return {}
    with _path(folder, config.digest).open("rb") as file:
        content = file.read(CONFIG_BYTES_MAX)
    try:
        document: Any = json.loads(content)
        plain = document["rootfs"]["diff_ids"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    if not isinstance(plain, list):
        return {}
    return {
        one: layer.digest.text
        for one, layer in zip(plain, platform.manifest.layers, strict=False)
        if isinstance(one, str)
    }
