"""Uploads: how blobs come in (distribution-spec "Pushing blobs"; ECR's layer operations)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from portside.blobs.store import BlobStore, StagedBytes, StagedBytesMissing
from portside.metadata import blobs, registry_settings, uploads
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.registry.account_settings import MOUNTING_ENABLED, AccountSetting
from portside.registry.refusals import (
    DigestMismatch,
    LayerAlreadyExists,
    PartLengthMismatch,
    PartOutOfOrder,
    RepositoryNotFound,
    UploadBusy,
    UploadNotFound,
)
from portside.registry.repositories import Repository
from portside.registry.uploads import PART_BYTES_MIN, Upload
from portside.services.repositories import Repositories
from portside.services.staging import Chunks, Hashers, Intake, RunningDigest, hold

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

HOLDERS_MAX = 100
"""How many repositories are asked for a blob that is mounted without naming one."""


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes to add to an upload; ``None`` where the client did not announce a place or length."""

    chunks: Chunks
    first_byte: int | None = None
    length: int | None = None


def distrust_digests(database: Database, store: BlobStore) -> None:
    """Have open uploads read again before they become blobs: call it when a server starts.

    A digest tells what was written, which after a power failure need not be what is on the disk.
    """
    if store.is_settled_durable:
        return
    with database.write() as tx:
        uploads.forget_digests(tx)


class Uploads:
    """The uploads of every repository. Nothing of an unfinished part is ever acknowledged."""

    def __init__(
        self,
        database: Database,
        store: BlobStore,
        repositories: Repositories,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self._database = database
        self._store = store
        self._repositories = repositories
        self._clock = clock
        self._new_id = new_id
        self._hashers = Hashers()

    async def start(
        self, registry: RegistryId, name: RepositoryName, algorithm: str = "sha256"
    ) -> Upload:
        """Begin an upload.

        Raises:
            RepositoryNotFound: there is no such repository.
        """
        repository = self._repositories.get(registry, name)
        upload = Upload(
            id=self._new_id(),
            repository_id=repository.id,
            algorithm=algorithm,
            size_bytes=0,
            digest=None,
            last_part_bytes=0,
            short_part=False,
            created_at=self._clock(),
        )

        def begin() -> None:
            # The row first: staged bytes without one belong to nobody.
            with self._database.write_progress() as tx:
                kept = uploads.insert_upload(tx, upload)
            if not kept:
                raise RepositoryNotFound(registry, name.text)
            self._store.begin(upload.id)

        await asyncio.to_thread(begin)
        return upload

    async def get(self, registry: RegistryId, name: RepositoryName, upload_id: str) -> Upload:
        """How far an upload has come.

        Raises:
            RepositoryNotFound: there is no such repository.
            UploadNotFound: it has no such upload.
        """
        return self._get(self._repositories.get(registry, name), upload_id)

    def _get(self, repository: Repository, upload_id: str) -> Upload:
        with self._database.read() as tx:
            upload = uploads.find_upload(tx, repository, upload_id)
        if upload is None:
            raise UploadNotFound(repository.registry, repository.name.text, upload_id)
        return upload

    async def append(
        self, registry: RegistryId, name: RepositoryName, upload_id: str, part: Part
    ) -> Upload:
        """Add a part at the end; acknowledged only as a whole.

        Raises:
            RepositoryNotFound: there is no such repository.
            UploadNotFound: it has no such upload, or its bytes are gone.
            UploadBusy: another request is writing to it.
            PartOutOfOrder: the part does not begin where the last one ended.
            PartLengthMismatch: the part is not as long as announced.
            BlobTooLarge: the blob would be larger than ECR takes.
        """
        repository = self._repositories.get(registry, name)
        staged = await self._hold(repository, upload_id)
        try:
            upload = self._resume(repository, upload_id, staged)
            intake = await self._take(repository, upload, staged, part)
            return await asyncio.to_thread(self._keep, repository, upload, staged, intake, part)
        finally:
            staged.close()

    def _keep(
        self,
        repository: Repository,
        upload: Upload,
        staged: StagedBytes,
        intake: Intake,
        part: Part,
    ) -> Upload:
        intake.flush()
        grown = replace(
            upload,
            size_bytes=upload.size_bytes + intake.received,
            digest=intake.running.digest() if intake.running else None,
            last_part_bytes=intake.received,
            short_part=upload.short_part
            or (upload.size_bytes > 0 and upload.last_part_bytes < PART_BYTES_MIN),
            receipt=staged.settle(),
        )
        # Where older bytes go once the new ones are recorded, a power failure may not undo that.
        durable = self._store.is_settled_durable
        writing = self._database.write() if durable else self._database.write_progress()
        with writing as tx:
            recorded = uploads.update_upload(tx, upload, grown, self._clock())
        if not recorded:
            # Whoever holds an upload may lose it without noticing, and another go on with it.
            moved = self._get(repository, upload.id)
            where = (repository.registry, repository.name.text)
            if part.first_byte is not None:
                raise PartOutOfOrder(*where, moved, part.first_byte)
            raise UploadBusy(*where, upload.id)
        staged.kept()
        if intake.running:
            self._hashers.put(upload.id, intake.running)
        return grown

    async def finish(
        self,
        registry: RegistryId,
        name: RepositoryName,
        upload_id: str,
        digest: Digest,
        part: Part | None = None,
        *,
        refuse_known: bool = False,
    ) -> int:
        """Add a last part, if there is one, and make the upload a blob; its size in bytes.

        An upload whose bytes have another digest stays as it was before.

        Raises:
            DigestMismatch: the bytes have another digest.
            LayerAlreadyExists: the repository has the blob, and that was to be refused.
            RepositoryNotFound, UploadNotFound, UploadBusy, PartOutOfOrder, PartLengthMismatch,
                BlobTooLarge: as :meth:`append`.
        """
        repository = self._repositories.get(registry, name)
        staged = await self._hold(repository, upload_id)
        try:
            upload = self._resume(repository, upload_id, staged)
            intake = await self._take(repository, upload, staged, part)
            if refuse_known and await asyncio.to_thread(self._has, repository, digest):
                raise LayerAlreadyExists(registry, name.text, digest.text)
            size = upload.size_bytes + intake.received
            known = upload.digest if not intake.received else None
            await asyncio.to_thread(
                self._complete, repository, upload.id, staged, intake, (digest, known, size)
            )
        finally:
            staged.close()
        self._hashers.forget(upload.id)
        return size

    async def put_whole(
        self, registry: RegistryId, name: RepositoryName, digest: Digest, chunks: Chunks
    ) -> int:
        """Store a blob that comes in one request; its size in bytes.

        Raises:
            DigestMismatch: the bytes have another digest.
            RepositoryNotFound, BlobTooLarge: as :meth:`append`.
        """
        repository = self._repositories.get(registry, name)
        upload_id = self._new_id()
        self._store.begin(upload_id)
        staged = await hold(self._store, repository, upload_id)
        try:
            staged.resume(0, "")
            intake = Intake(repository, staged, RunningDigest(digest.algorithm), 0)
            await intake.take(chunks)
            target = (digest, None, intake.received)
            await asyncio.to_thread(self._complete, repository, upload_id, staged, intake, target)
        except BaseException:
            self._store.discard(upload_id)
            raise
        finally:
            staged.close()
        return intake.received

    async def cancel(self, registry: RegistryId, name: RepositoryName, upload_id: str) -> None:
        """Drop an upload.

        Raises:
            RepositoryNotFound: there is no such repository.
            UploadNotFound: it has no such upload.
            UploadBusy: another request is writing to it.
        """
        repository = self._repositories.get(registry, name)

        def drop(upload: Upload) -> None:
            with self._database.write() as tx:
                if not uploads.delete_upload(tx, upload_id):
                    raise UploadNotFound(registry, name.text, upload_id)
            self._store.discard(upload_id, upload.receipt)

        staged = await self._hold(repository, upload_id)
        try:
            await asyncio.to_thread(drop, self._get(repository, upload_id))
        finally:
            staged.close()
        self._hashers.forget(upload_id)

    async def mount(
        self,
        registry: RegistryId,
        name: RepositoryName,
        digest: Digest,
        source: str | None,
        may_read: Callable[[RepositoryName], bool],
    ) -> bool:
        """Let a repository have a blob that another of the registry has; whether it could.

        ``source`` names the other repository; without it any will do that ``may_read`` allows. By
        ECR's rules the registry must have mounting enabled and both repositories must be encrypted
        alike (ECR user guide, "Blob mounting").

        Raises:
            RepositoryNotFound: there is no such repository to mount to.
        """
        target = self._repositories.get(registry, name)
        strict = self._repositories.follows_oci(target)

        def attach() -> bool:
            with self._database.write() as tx:
                if not strict and not _mounts(tx, registry):
                    return False
                holders = blobs.list_blob_holders(
                    tx,
                    registry,
                    digest,
                    source=source,
                    encryption=None if strict else target.settings.encryption,
                    limit=HOLDERS_MAX,
                )
                if not any(may_read(RepositoryName(holder)) for holder in holders):
                    return False
                return blobs.put_membership(tx, target, digest, self._clock())

        return await asyncio.to_thread(attach)

    async def _hold(self, repository: Repository, upload_id: str) -> StagedBytes:
        where = (repository.registry, repository.name.text)
        # What a client sends as an id becomes a file's name only if it is one that we gave out.
        if not _ID.fullmatch(upload_id):
            raise UploadNotFound(*where, upload_id)
        try:
            return await hold(self._store, repository, upload_id)
        except StagedBytesMissing as error:
            raise UploadNotFound(*where, upload_id) from error

    def _resume(self, repository: Repository, upload_id: str, staged: StagedBytes) -> Upload:
        # Asked only while the bytes are held: before, another request could still move it on.
        upload = self._get(repository, upload_id)
        try:
            staged.resume(upload.size_bytes, upload.receipt)
        except StagedBytesMissing as error:
            raise UploadNotFound(repository.registry, repository.name.text, upload_id) from error
        return upload

    async def _take(
        self, repository: Repository, upload: Upload, staged: StagedBytes, part: Part | None
    ) -> Intake:
        running = self._hashers.take(upload.id, upload.algorithm, upload.size_bytes)
        intake = Intake(repository, staged, running, upload.size_bytes)
        if part is None:
            return intake
        where = (repository.registry, repository.name.text)
        if part.first_byte not in (None, upload.size_bytes):
            raise PartOutOfOrder(*where, upload, part.first_byte or 0)
        await intake.take(part.chunks)
        if part.length not in (None, intake.received):
            raise PartLengthMismatch(*where, upload, part.length or 0, intake.received)
        return intake

    def _complete(
        self,
        repository: Repository,
        upload_id: str,
        staged: StagedBytes,
        intake: Intake,
        target: tuple[Digest, Digest | None, int],
    ) -> None:
        intake.flush()
        try:
            actual = _actual_digest(staged, intake, target)
            if actual != target[0]:
                where = (repository.registry, repository.name.text)
                raise DigestMismatch(*where, target[0].text, actual.text)
            self._commit(repository, upload_id, staged, target)
        except StagedBytesMissing as error:
            where = (repository.registry, repository.name.text)
            raise UploadNotFound(*where, upload_id) from error

    def _commit(
        self,
        repository: Repository,
        upload_id: str,
        staged: StagedBytes,
        target: tuple[Digest, Digest | None, int],
    ) -> None:
        digest, _, size = target
        # Until the row is there nobody may take the bytes for ones that nobody has.
        with self._store.keeping(digest) as lock:
            self._store.commit(upload_id, staged, digest)
            with self._database.write() as tx:
                kept = blobs.put_blob(tx, repository, digest, size, self._clock())
                uploads.delete_upload(tx, upload_id)
                lock.confirm()
        staged.kept()
        if not kept:
            raise RepositoryNotFound(repository.registry, repository.name.text)

    def _has(self, repository: Repository, digest: Digest) -> bool:
        with self._database.read() as tx:
            return blobs.find_blob_size(tx, repository, digest) is not None


def _actual_digest(
    staged: StagedBytes, intake: Intake, target: tuple[Digest, Digest | None, int]
) -> Digest:
    algorithm, known, running = target[0].algorithm, target[1], intake.running
    if known is not None and known.algorithm == algorithm:
        return known
    if running is not None and running.algorithm == algorithm:
        return running.digest()
    return staged.digest(algorithm)


def _mounts(tx: Transaction, registry: RegistryId) -> bool:
    setting = AccountSetting.BLOB_MOUNTING
    return registry_settings.get_account_setting(tx, registry, setting) == MOUNTING_ENABLED
