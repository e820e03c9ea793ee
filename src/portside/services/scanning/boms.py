"""Bills of materials of images: made from their layers, and attached to them as referrers."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from portside.metadata.database import Database
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.names.media_types import OCI_MANIFEST
from portside.names.repositories import RepositoryName
from portside.registry.images import Image, Target
from portside.services.images import Images, PushedImage
from portside.services.repositories import require
from portside.services.scanning.engine import Engine
from portside.services.targets import get_target
from portside.services.uploads import Uploads
from portside.vulnerabilities.boms import (
    CYCLONEDX,
    SPDX,
    BomSubject,
    render_cyclonedx,
    render_spdx,
)

EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"
EMPTY: Final = b"{}"
FORMS: Final = {"cyclonedx": (CYCLONEDX, render_cyclonedx), "spdx": (SPDX, render_spdx)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bom:
    """A bill of an image: its media type and its bytes."""

    registry: RegistryId
    repository: RepositoryName
    image: Image
    media_type: str
    content: bytes


class Boms:
    """Makes bills of materials of the images of a data folder."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        version: str,
    ) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock
        self._new_id = new_id
        self._version = version

    def make(self, registry: RegistryId, name: RepositoryName, target: Target, form: str) -> Bom:
        """The bill of an image, in one of :data:`FORMS`; reads layers that were never read.

        Raises:
            RepositoryNotFound: there is no such repository.
            ImageNotFound: there is no such image.
            ScanFailed: a layer cannot be read.
        """
        with self._database.read() as tx:
            repository = require(tx, registry, name)
            image = get_target(tx, repository, target)
        media_type, render = FORMS[form]
        subject = BomSubject(
            name=name.text,
            digest=image.digest.text,
            serial=self._new_id(),
            made_at=self._clock(),
            tool_version=self._version,
        )
        document = render(subject, self._engine.contents(repository, image))
        content = json.dumps(document, indent=1, ensure_ascii=False).encode()
        return Bom(
            registry=registry, repository=name, image=image, media_type=media_type, content=content
        )


async def attach(bom: Bom, images: Images, uploads: Uploads) -> Digest:
    """Push a bill as a referrer of its image (OCI image-spec, "Guidelines for Artifact Usage").

    Raises:
        RepositoryNotFound: the repository is gone.
        ImageQuotaReached: the repository holds as many images as it may.
    """
    for content in (EMPTY, bom.content):
        await uploads.put_whole(bom.registry, bom.repository, Digest.of(content), _once(content))
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": bom.media_type,
        "config": _descriptor(EMPTY_TYPE, EMPTY),
        "layers": [_descriptor(bom.media_type, bom.content)],
        "subject": {
            "mediaType": bom.image.media_type,
            "digest": bom.image.digest.text,
            "size": bom.image.manifest_bytes,
        },
    }
    body = json.dumps(manifest, separators=(",", ":")).encode()
    pushed = PushedImage(body=body, media_type=OCI_MANIFEST)
    stored = await images.put_image(bom.registry, bom.repository, pushed)
    return stored.digest


def _descriptor(media_type: str, content: bytes) -> dict[str, Any]:
    return {
        "mediaType": media_type,
        "digest": Digest.of(content).text,
        "size": len(content),
    }


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content
