"""A registry in a folder with a clock that tests turn, and images that need no layers."""

import hashlib
import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.stores.databases import open_database

from portside.access.callers import Caller
from portside.blobs.folder import FolderBlobStore
from portside.lifecycle.documents import parse
from portside.metadata import candidates, principals
from portside.metadata.caches import RepositoryCache
from portside.metadata.migrations import upgrade
from portside.metadata.principals import Principal
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import root_arn
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.quotas import Quotas
from portside.registry.repositories import RepositorySettings
from portside.services.deletions import Deleting
from portside.services.expiry import Expiry, Pace
from portside.services.images import Images, PushedImage
from portside.services.lifecycles import Lifecycles
from portside.services.previews import Previews
from portside.services.repositories import Repositories, require
from portside.services.transitions import Transitions

REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))
NAME = RepositoryName("team/app")
INDEX = "application/vnd.oci.image.index.v1+json"
ROOT = Caller(arn=root_arn(REGISTRY.account), account=REGISTRY.account, unique_id="A", is_root=True)


def descriptor(body: bytes) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    return {"mediaType": INDEX, "digest": digest, "size": len(body)}


def rules(*selections: dict[str, Any]) -> str:
    """A policy with a rule for each selection; an `action` in one is the rule's."""
    made = []
    for number, selection in enumerate(selections, start=1):
        action = selection.pop("action", {"type": "expire"})
        made.append({"rulePriority": number, "selection": selection, "action": action})
    return json.dumps({"rules": made})


def by_count(number: int, status: str = "any", **more: Any) -> dict[str, Any]:
    counted = {"countType": "imageCountMoreThan", "countNumber": number}
    return {"tagStatus": status, **counted, **more}


def by_days(number: int, status: str = "any", kind: str = "sinceImagePushed", **more: Any) -> Any:
    aged = {"countType": kind, "countUnit": "days", "countNumber": number}
    return {"tagStatus": status, **aged, **more}


class Stage:
    """Services over one data folder."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.database = open_database(folder / "stage.sqlite3")
        upgrade(self.database)
        self._freshness = self.database.freshness()
        root = Principal(arn=ROOT.arn, account=ROOT.account, kind="root", unique_id="A")
        with self.database.write() as tx:
            principals.insert_account(tx, root, self.now)
        ids = itertools.count()
        self.repositories = Repositories(
            self.database,
            FolderBlobStore(folder / "blobs"),
            RepositoryCache(self.database, self._freshness),
            self.clock,
            quotas=Quotas(images_per_repository=10_000),
            oci_strict=False,
        )
        quotas = Quotas(images_per_repository=10_000)
        self.images = Images(self.database, self.repositories, self.clock, quotas)
        self.deleting = Deleting(self.database, self.repositories, self.clock)
        self.transitions = Transitions(self.database, self.clock)
        self.lifecycles = Lifecycles(self.database, self.clock)
        self.previews = Previews(self.database, self.clock, lambda: f"id-{next(ids)}")
        self.rests: list[float] = []
        self.new_id = lambda: f"id-{next(ids)}"
        self.expiry = self.another_process(Pace(self.rests.append, lambda: 0.0))
        self.create(NAME)

    def another_process(self, pace: Pace) -> Expiry:
        return Expiry(self.database, self.clock, self.new_id, pace)

    def clock(self) -> datetime:
        return self.now

    def turn(self, **time: float) -> None:
        self.now += timedelta(**time)

    def create(self, name: RepositoryName) -> None:
        self.repositories._create(REGISTRY, name, RepositorySettings(), {})

    def push(
        self,
        text: str,
        *tags: str,
        children: tuple[bytes, ...] = (),
        subject: bytes | None = None,
        name: RepositoryName = NAME,
    ) -> bytes:
        """Push an image that `text` makes distinct; a second passes."""
        document: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": INDEX,
            "manifests": [descriptor(child) for child in children],
            "annotations": {"text": text},
        }
        if subject is not None:
            document["subject"] = descriptor(subject)
        body = json.dumps(document).encode()
        pushed = PushedImage(body=body, media_type=INDEX, tags=tuple(map(Tag, tags)))
        self.images._put(REGISTRY, name, pushed)
        self.turn(seconds=1)
        return body

    def put_policy(self, text: str, name: RepositoryName = NAME) -> None:
        with self.database.write() as tx:
            from portside.services.lifecycles import put_lifecycle_policy  # noqa: PLC0415

            repository = require(tx, REGISTRY, name)
            put_lifecycle_policy(tx, repository, parse(text).text, ROOT.arn.text, self.now)

    def held(self, name: RepositoryName = NAME) -> set[str]:
        """The digests of the images that the repository has."""
        with self.database.read() as tx:
            view = candidates.list_candidates(tx, require(tx, REGISTRY, name))
        return set(view.digests.values())

    def close(self) -> None:
        self._freshness.close()
        self.database.close()


def digests(*bodies: bytes) -> set[str]:
    return {Digest.of(body, "sha256").text for body in bodies}
