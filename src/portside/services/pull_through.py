"""Pulls, through an upstream registry where a rule covers what is not here or may be old."""

from __future__ import annotations

import contextlib

from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.images import StoredManifest
from portside.registry.refusals import BlobNotFound, ImageNotFound, RepositoryNotFound
from portside.services.pulls import BlobOnDisk, Pulls
from portside.services.repositories import Repositories
from portside.services.upstreams.copies import Copies, May, Puller


class PullThrough:
    """What clients pull. What is here costs no look at rules."""

    def __init__(self, pulls: Pulls, repositories: Repositories, copies: Copies) -> None:
        self._pulls = pulls
        self._repositories = repositories
        self._copies = copies

    async def manifest(
        self, registry: RegistryId, name: RepositoryName, reference: Tag | Digest, may: May
    ) -> StoredManifest:
        """As :meth:`Pulls.manifest`; copied from upstream, or renewed, where a rule says so.

        Raises:
            RepositoryNotFound, ImageNotFound: as :meth:`Pulls.manifest`.
            UpstreamDenied, UpstreamUnavailable: it is not here, and the upstream does not give it.
            TooManyRepositories, TooManyImages, TooManyImageTags: a quota leaves no room for it.
        """
        try:
            held = self._pulls.manifest(registry, name, reference)
        except (RepositoryNotFound, ImageNotFound):
            if not await self._copies.copy_image(Puller(registry, name, may), reference):
                raise
            return self._pulls.manifest(registry, name, reference)
        repository = self._repositories.get(registry, name)
        if (
            repository.pulls_through
            and isinstance(reference, Tag)
            and self._copies.is_due(repository, reference)
        ):
            puller = Puller(registry, name, may)
            await self._copies.refresh(puller, repository, reference, held.digest)
            return self._pulls.manifest(registry, name, reference)
        return held

    async def blob(
        self,
        registry: RegistryId,
        name: RepositoryName,
        digest: Digest,
        may: May,
        *,
        only_look: bool,
    ) -> BlobOnDisk:
        """As :meth:`Pulls.blob`; copied from an upstream registry where an image here names it.

        With ``only_look`` nothing is copied: its size is asked for.

        Raises:
            RepositoryNotFound, BlobNotFound: as :meth:`Pulls.blob`.
            UpstreamDenied, UpstreamUnavailable: it is not here, and the upstream does not give it.
        """
        try:
            return self._pulls.blob(registry, name, digest)
        except BlobNotFound:
            if not self._repositories.get(registry, name).pulls_through:
                raise
            puller = Puller(registry, name, may)
            if only_look:
                size = await self._copies.find_blob_size(puller, digest)
                if size is None:
                    raise
                return BlobOnDisk(digest, size, None)
            if not await self._copies.copy_blob(puller, digest):
                raise
            return self._pulls.blob(registry, name, digest)

    async def prepare_referrers(self, puller: Puller, subject: Digest) -> None:
        """Have the referrers of a subject copied from an upstream registry where a rule says so.

        Raises:
            RepositoryNotFound: there is no such repository.
            UpstreamDenied, UpstreamUnavailable: the upstream does not give them.
        """
        if self._repositories.get(puller.registry, puller.name).pulls_through:
            await self._copies.copy_referrers(puller, subject)

    async def prepare_image(self, puller: Puller, reference: Tag | Digest) -> None:
        """Have an image copied or renewed where a rule says so; what is not to be had is passed.

        Raises:
            UpstreamDenied, UpstreamUnavailable: it is not here, and the upstream does not give it.
            TooManyRepositories, TooManyImages, TooManyImageTags: a quota leaves no room for it.
        """
        if self._copies.covers(puller):
            with contextlib.suppress(RepositoryNotFound, ImageNotFound):
                await self.manifest(puller.registry, puller.name, reference, puller.may)

    async def prepare_blob(self, puller: Puller, digest: Digest) -> None:
        """Have a blob copied where a rule says so; what is not to be had is passed over.

        Raises:
            UpstreamDenied, UpstreamUnavailable: it is not here, and the upstream does not give it.
        """
        if self._copies.covers(puller):
            with contextlib.suppress(RepositoryNotFound, BlobNotFound):
                await self.blob(puller.registry, puller.name, digest, puller.may, only_look=False)
