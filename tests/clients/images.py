"""Small images made from nothing: as an OCI layout on disk, or pushed through the ECR API."""

import gzip
import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass(frozen=True, slots=True)
class MadeImage:
    """A manifest's bytes with the blobs that it names."""

    manifest: bytes
    blobs: tuple[bytes, ...]
    architecture: str

    @property
    def digest(self) -> str:
        """The manifest's digest."""
        return digest_of(self.manifest)

    @property
    def size_bytes(self) -> int:
        """The size of its layers alone."""
        return sum(layer["size"] for layer in json.loads(self.manifest)["layers"])


def digest_of(content: bytes) -> str:
    """Return the sha256 digest of `content`."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def make_image(text: str, *, architecture: str = "amd64") -> MadeImage:
    """Return an image of one layer, which holds one file with `text`; equal input, equal bytes."""
    tar = _tar("hello.txt", text.encode())
    layer = gzip.compress(tar, mtime=0)
    config = _json(
        {
            "architecture": architecture,
            "os": "linux",
            "config": {"Cmd": ["/bin/hello"]},
            "rootfs": {"type": "layers", "diff_ids": [digest_of(tar)]},
        }
    )
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(OCI_CONFIG, config),
        "layers": [descriptor(OCI_LAYER, layer)],
    }
    return MadeImage(_json(manifest), (config, layer), architecture)


def make_index(*images: MadeImage) -> bytes:
    """Return an OCI index of `images`, one platform each."""
    entries = [
        descriptor(OCI_MANIFEST, image.manifest)
        | {"platform": {"os": "linux", "architecture": image.architecture}}
        for image in images
    ]
    return _json({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries})


def write_layout(folder: Path, tag: str, *images: MadeImage) -> str:
    """Write an OCI layout whose `tag` is an index of `images`; return the index's digest."""
    index = make_index(*images)
    blobs = folder / "blobs" / "sha256"
    blobs.mkdir(parents=True)
    contents = [index, *(image.manifest for image in images)]
    contents += [blob for image in images for blob in image.blobs]
    for content in contents:
        (blobs / digest_of(content).removeprefix("sha256:")).write_bytes(content)
    (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    entry = descriptor(OCI_INDEX, index)
    entry["annotations"] = {"org.opencontainers.image.ref.name": tag}
    (folder / "index.json").write_bytes(_json({"schemaVersion": 2, "manifests": [entry]}))
    return digest_of(index)


def descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    """Return the descriptor of `content`."""
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def push_blob(ecr: Any, repository: str, content: bytes) -> None:
    """Upload one blob as AWS's own clients of the layer API do."""
    upload = ecr.initiate_layer_upload(repositoryName=repository)
    part_size = upload["partSize"]
    for first in range(0, len(content), part_size):
        part = content[first : first + part_size]
        ecr.upload_layer_part(
            repositoryName=repository,
            uploadId=upload["uploadId"],
            partFirstByte=first,
            partLastByte=first + len(part) - 1,
            layerPartBlob=part,
        )
    ecr.complete_layer_upload(
        repositoryName=repository,
        uploadId=upload["uploadId"],
        layerDigests=[digest_of(content)],
    )


def push_image(ecr: Any, repository: str, image: MadeImage, *tags: str) -> str:
    """Push `image` under `tags` through the ECR API alone; return its digest."""
    for blob in image.blobs:
        known = ecr.batch_check_layer_availability(
            repositoryName=repository, layerDigests=[digest_of(blob)]
        )
        if known["layers"][0]["layerAvailability"] != "AVAILABLE":
            push_blob(ecr, repository, blob)
    for tag in tags:
        ecr.put_image(
            repositoryName=repository, imageTag=tag, imageManifest=image.manifest.decode()
        )
    return image.digest


def _tar(name: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
