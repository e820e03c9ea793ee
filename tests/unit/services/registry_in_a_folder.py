"""A registry's services over a real database and a real folder, with a clock that tests move."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from tests.protocol.pushing import OCI_MANIFEST, manifest_of
from tests.stores.databases import open_database

from portside.blobs.folder import FolderBlobStore
from portside.metadata import principals
from portside.metadata.caches import RepositoryCache
from portside.metadata.migrations import upgrade
from portside.metadata.principals import Principal
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import root_arn
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.images import Target
from portside.registry.quotas import Quotas
from portside.registry.repositories import RepositorySettings
from portside.services.collection import Collection
from portside.services.deletions import Deleting
from portside.services.expiry import Expiry, Outcome, Pace
from portside.services.images import Images, PushedImage
from portside.services.leases import Leases
from portside.services.lifecycles import put_lifecycle_policy
from portside.services.repositories import Repositories, require
from portside.services.uploads import Part, Uploads

REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))
GRACE = timedelta(hours=24)


class Clock:
    """Time that only tests move."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.time


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


class RegistryInAFolder:
    """What a server does, without HTTP. A second one over the same folder is a restart."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        store: Callable[[Path], FolderBlobStore] = FolderBlobStore,
    ) -> None:
        self.clock = clock
        self.database = open_database(folder / "db")
        upgrade(self.database)
        self._ensure_account()
        self.store = store(folder / "blobs")
        self.freshness = self.database.freshness()
        quotas = Quotas()
        self.repositories = Repositories(
            self.database,
            self.store,
            RepositoryCache(self.database, self.freshness),
            clock,
            quotas=quotas,
            oci_strict=False,
        )
        self.uploads = Uploads(
            self.database, self.store, self.repositories, clock, lambda: str(uuid4())
        )
        self.images = Images(self.database, self.repositories, clock, quotas)
        self.deleting = Deleting(self.database, self.repositories, clock)
        self.collection = self.collector(self.store)

    def _ensure_account(self) -> None:
        arn = root_arn(REGISTRY.account)
        with self.database.write() as tx:
            if principals.find_principal(tx, arn) is None:
                root = Principal(arn=arn, account=REGISTRY.account, kind="root", unique_id="AIDA")
                principals.insert_account(tx, root, self.clock())

    def collector(self, store: FolderBlobStore) -> Collection:
        leases = Leases(self.database, self.clock, "test")
        return Collection(
            self.database, store, leases, self.clock, grace=GRACE, upload_lifetime=GRACE
        )

    def create(self, name: str) -> None:
        asyncio.run(self.repositories.create(REGISTRY, RepositoryName(name), RepositorySettings()))

    def remove(self, name: str) -> None:
        self.freshness.renew()
        asyncio.run(self.repositories.delete(REGISTRY, RepositoryName(name), force=True))

    def put_blob(self, name: str, content: bytes) -> Digest:
        self.freshness.renew()
        digest = Digest.of(content)
        where = (REGISTRY, RepositoryName(name))
        asyncio.run(self.uploads.put_whole(*where, digest, _once(content)))
        return digest

    def begin(self, name: str, content: bytes) -> str:
        """Open an upload with a first part."""
        self.freshness.renew()

        async def upload() -> str:
            begun = await self.uploads.start(REGISTRY, RepositoryName(name))
            where = (REGISTRY, RepositoryName(name), begun.id)
            await self.uploads.append(*where, Part(_once(content)))
            return begun.id

        return asyncio.run(upload())

    def finish(self, name: str, upload_id: str, content: bytes) -> None:
        self.freshness.renew()
        where = (REGISTRY, RepositoryName(name), upload_id)
        asyncio.run(self.uploads.finish(*where, Digest.of(content)))

    def mount(self, name: str, digest: Digest) -> bool:
        self.freshness.renew()
        where = (REGISTRY, RepositoryName(name), digest, None)
        return asyncio.run(self.uploads.mount(*where, lambda _: True))

    def push(self, name: str, tag: str, *layers: bytes) -> Digest:
        """Put a manifest; its blobs must be there."""
        self.freshness.renew()
        body = manifest_of(layers[0], *layers[1:])
        pushed = PushedImage(body=body, media_type=OCI_MANIFEST, tags=(Tag(tag),))
        where = (REGISTRY, RepositoryName(name))
        return asyncio.run(self.images.put_image(*where, pushed)).digest

    def delete_image(self, name: str, digest: Digest) -> None:
        self.freshness.renew()
        where = (REGISTRY, RepositoryName(name))
        asyncio.run(self.deleting.delete_batch(*where, [Target(None, digest)]))

    def put_policy(self, name: str, text: str) -> None:
        with self.database.write() as tx:
            repository = require(tx, REGISTRY, RepositoryName(name))
            put_lifecycle_policy(
                tx, repository, text, root_arn(REGISTRY.account).text, self.clock()
            )

    def expire(self, name: str, pace: Pace) -> Outcome:
        """Apply a repository's lifecycle policy."""
        expiry = Expiry(self.database, self.clock, lambda: str(uuid4()), pace)
        return expiry.run(REGISTRY, RepositoryName(name))

    def files(self) -> set[str]:
        """Digests of all blobs in the store."""
        return {digest.text for part in self.store.parts() for digest in self.store.list_part(part)}

    def staged(self) -> set[str]:
        return {one.upload_id for one in self.store.list_staged()}

    def close(self) -> None:
        self.freshness.close()
        self.database.close()
