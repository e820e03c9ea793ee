"""A small registry client for tests: every request visible, nothing retried."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import httpx

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def descriptor(content: bytes, media_type: str) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def manifest_of(config: bytes, *layers: bytes, **more: Any) -> bytes:
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": descriptor(config, OCI_CONFIG),
        "layers": [descriptor(layer, OCI_LAYER) for layer in layers],
        **more,
    }
    return json.dumps(document).encode()


def index_of(*manifests: bytes, **more: Any) -> bytes:
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [descriptor(manifest, OCI_MANIFEST) for manifest in manifests],
        **more,
    }
    return json.dumps(document).encode()


@dataclass(frozen=True)
class Registry:
    """One repository over HTTP."""

    http: httpx.Client
    name: str

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        return self.http.request(method, f"/v2/{self.name}/{path}", **options)

    def put_blob(self, content: bytes, algorithm: str = "sha256") -> str:
        digest = digest_of(content, algorithm)
        answer = self.request("POST", f"blobs/uploads/?digest={digest}", content=content)
        assert answer.status_code == 201, answer.text
        return digest

    def put_manifest(
        self, reference: str, body: bytes, media_type: str = OCI_MANIFEST
    ) -> httpx.Response:
        return self.request(
            "PUT", f"manifests/{reference}", content=body, headers={"content-type": media_type}
        )

    def push(self, tag: str, *layers: bytes, config: bytes = b"{}", **more: Any) -> bytes:
        for blob in (config, *layers):
            self.put_blob(blob)
        body = manifest_of(config, *layers, **more)
        answer = self.put_manifest(tag, body)
        assert answer.status_code == 201, answer.text
        return body

    def start(self) -> str:
        answer = self.request("POST", "blobs/uploads/")
        assert answer.status_code == 202
        return str(answer.headers["location"])


def error_codes(answer: httpx.Response) -> list[str]:
    return [error["code"] for error in answer.json()["errors"]]
