"""Copies of what upstream registries have, made when somebody pulls it (pull through cache).

Source: ECR user guide, "Sync an upstream registry with an Amazon ECR private registry", "IAM
permissions required to sync", "Troubleshooting pull through cache issues".
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

import structlog

from portside.metadata import images, upstreams
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.names.errors import MalformedName, Refusal
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.images import ImageIdentifier
from portside.registry.refusals import DigestMismatch, ImageNotFound, RepositoryNotFound
from portside.registry.repositories import Repository
from portside.registry.upstreams import Rule, UpstreamRefusal, UpstreamUnavailable
from portside.services.repositories import Repositories
from portside.services.uploads import Uploads
from portside.services.upstreams.exchanges import Answered
from portside.services.upstreams.importing import Importing, Wanted
from portside.services.upstreams.sources import Source

IMPORT: Final = "ecr:BatchImportUpstreamImage"
CREATE: Final = "ecr:CreateRepository"
REFERRERS_MAX: Final = 100
"""How many referrers of one subject are copied at a time."""
REMEMBERED_MAX: Final = 8192
RETRY_AFTER: Final = timedelta(seconds=60)
"""How long a cached copy is served without asking an upstream again that has failed."""
WAIT_SECONDS_MAX: Final = 150.0
"""How long a caller waits for a manifest in all, whatever the upstream does."""

T = TypeVar("T")
May = Callable[[str], bool]
"""Whether the caller may do an action to the repository."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Puller:
    """Who pulls from which repository. ``may`` tells whether an action there is allowed."""

    registry: RegistryId
    name: RepositoryName
    may: May


class Copies:
    """Makes and renews copies. Its methods belong to the event loop; what blocks runs elsewhere."""

    def __init__(
        self,
        database: Database,
        freshness: Freshness,
        repositories: Repositories,
        uploads: Uploads,
        importing: Importing,
        *,
        refresh_after: timedelta,
    ) -> None:
        self._database = database
        self._freshness = freshness
        self._repositories = repositories
        self._uploads = uploads
        self._importing = importing
        self._rules = importing.rules
        self._registries = importing.registries
        self._clock = importing.clock
        self._refresh_after = refresh_after
        self._fresh_until: OrderedDict[tuple[int, str], datetime] = OrderedDict()
        self._running: dict[Hashable, asyncio.Task[object]] = {}

    def covers(self, puller: Puller) -> bool:
        """Whether a rule covers the repository."""
        return self._rules.find_for(puller.registry, puller.name) is not None

    async def copy_image(self, puller: Puller, reference: Tag | Digest) -> bool:
        """Copy an image that is not here; ``False`` where no rule covers it or none may apply.

        Raises:
            ImageNotFound: the upstream has none either, or the caller may not import images.
            UpstreamDenied, UpstreamUnavailable: the upstream does not give it.
            TooManyRepositories, TooManyImages, TooManyImageTags: a quota is used up.
        """
        rule = self._rules.find_for(puller.registry, puller.name)
        if rule is None or not self._may_create(puller):
            return False
        missing = ImageNotFound(puller.registry, puller.name.text, _identifier(reference))
        if not puller.may(IMPORT):
            raise missing
        wanted = Wanted(puller.registry, puller.name, rule, reference)
        key = ("image", puller.registry, puller.name.text, reference.text)
        found = await self._shared(
            key, lambda: self._registries.in_thread(self._importing.copy, wanted), rule.url
        )
        self._freshness.renew()
        if not found:
            raise missing
        return True

    def is_due(self, repository: Repository, tag: Tag) -> bool:
        """Whether a tag was copied, and last looked up longer ago than copies are trusted."""
        return self._is_due(repository, tag.text, unknown=False)

    def _is_due(self, repository: Repository, reference: str, *, unknown: bool) -> bool:
        now = self._clock()
        until = self._fresh_until.get((repository.id, reference))
        if until is not None and now < until:
            return False
        with self._database.read() as tx:
            checked = upstreams.find_check(tx, repository, reference)
        if checked is None:
            return unknown
        until = checked + self._refresh_after
        self._trust(repository, reference, until)
        return now >= until

    def _trust(self, repository: Repository, reference: str, until: datetime) -> None:
        self._fresh_until[(repository.id, reference)] = until
        if len(self._fresh_until) > REMEMBERED_MAX:
            self._fresh_until.popitem(last=False)

    async def refresh(self, puller: Puller, repository: Repository, tag: Tag, held: Digest) -> None:
        """Let a tag name what it names upstream now; where that cannot be learned, it stays."""
        rule = self._rules.find_for(puller.registry, puller.name)
        if rule is None or not puller.may(IMPORT):
            return
        wanted = Wanted(puller.registry, puller.name, rule, tag, held)
        key = ("image", puller.registry, puller.name.text, tag.text)
        try:
            await self._shared(
                key, lambda: self._registries.in_thread(self._importing.copy, wanted), rule.url
            )
        except Refusal as refusal:
            # The copy is served as it is, and the upstream left alone for a while.
            self._trust(repository, tag.text, self._clock() + RETRY_AFTER)
            _log.warning(
                "a cached tag could not be renewed",
                repository=puller.name.text,
                tag=tag.text,
                upstream=rule.url,
                reason=refusal.reason if isinstance(refusal, UpstreamRefusal) else repr(refusal),
            )
            await asyncio.to_thread(self._importing.tell_failure, wanted, refusal)
        else:
            self._fresh_until.pop((repository.id, tag.text), None)
            self._freshness.renew()

    async def copy_blob(self, puller: Puller, digest: Digest) -> bool:
        """Copy a blob that an image here names; ``False`` where that cannot be.

        Raises:
            UpstreamDenied, UpstreamUnavailable: the upstream does not give it.
        """
        source = await self._blob_source(puller, digest)
        if source is None:
            return False
        key = ("blob", puller.registry, puller.name.text, digest.text)
        found = await self._shared(
            key, lambda: self._copy_blob(puller, source, digest), source.shown, seconds=None
        )
        self._freshness.renew()
        return found

    async def find_blob_size(self, puller: Puller, digest: Digest) -> int | None:
        """The size of a blob that could be copied, or ``None``; raises as :meth:`copy_blob`."""
        source = await self._blob_source(puller, digest)
        if source is None:
            return None
        return await self._registries.in_thread(self._registries.find_blob_size, source, digest)

    async def _blob_source(self, puller: Puller, digest: Digest) -> Source | None:
        rule = self._rules.find_for(puller.registry, puller.name)
        if rule is None or not puller.may(IMPORT):
            return None
        repository = self._repositories.get(puller.registry, puller.name)

        def look() -> Source | None:
            with self._database.read() as tx:
                if not upstreams.names_blob(tx, repository, digest):
                    return None
            return self._importing.source(puller.registry, rule, puller.name)

        return await asyncio.to_thread(look)

    async def _copy_blob(self, puller: Puller, source: Source, digest: Digest) -> bool:
        opened = await self._registries.in_thread(self._registries.open_blob, source, digest)
        if opened is None:
            return False
        with closing(opened) as answered:
            try:
                await self._uploads.put_whole(
                    puller.registry, puller.name, digest, self._pieces(answered)
                )
            except DigestMismatch as error:
                reason = f"the blob {digest} has another digest"
                raise UpstreamUnavailable(source.shown, reason) from error
        await asyncio.to_thread(self._importing.note_blob, puller.registry, puller.name, digest)
        return True

    async def _pieces(self, answered: Answered) -> AsyncIterator[bytes]:
        pieces = answered.pieces()
        while piece := await self._registries.in_thread(next, pieces, b""):
            yield piece

    async def copy_referrers(self, puller: Puller, subject: Digest) -> None:
        """Copy the images that name a subject upstream, once in the time that copies are trusted.

        The subject itself must be here.

        Raises:
            UpstreamDenied, UpstreamUnavailable: the upstream does not give them.
        """
        rule = self._rules.find_for(puller.registry, puller.name)
        repository = self._repositories.get(puller.registry, puller.name)
        reference = f"referrers {subject}"
        if rule is None or not puller.may(IMPORT):
            return
        if not self._is_due(repository, reference, unknown=True):
            return
        # Looks are remembered, so only for what is here: else anybody could fill the database.
        if not await asyncio.to_thread(self._has, repository, subject):
            return
        key = ("referrers", puller.registry, puller.name.text, subject.text)
        try:
            await self._shared(
                key,
                lambda: self._registries.in_thread(self._copy_referrers, puller, rule, subject),
                rule.url,
            )
        except UpstreamRefusal:
            if self._is_due(repository, reference, unknown=False):
                # Those that were copied before are served, and the upstream left alone a while.
                self._trust(repository, reference, self._clock() + RETRY_AFTER)
                return
            raise
        self._fresh_until.pop((repository.id, reference), None)
        self._freshness.renew()

    def _copy_referrers(self, puller: Puller, rule: Rule, subject: Digest) -> None:
        source = self._importing.source(puller.registry, rule, puller.name)
        listed = self._registries.list_referrers(source, subject) if source else []
        for text in listed[:REFERRERS_MAX]:
            try:
                digest = Digest(text)
            except MalformedName:
                continue
            self._importing.copy(Wanted(puller.registry, puller.name, rule, digest))
        self._importing.note_check(puller.registry, puller.name, f"referrers {subject}")

    def _has(self, repository: Repository, digest: Digest) -> bool:
        with self._database.read() as tx:
            return images.find_image(tx, repository, digest) is not None

    def _may_create(self, puller: Puller) -> bool:
        try:
            self._repositories.get(puller.registry, puller.name)
        except RepositoryNotFound:
            return puller.may(CREATE)
        return True

    async def _shared(
        self,
        key: Hashable,
        make: Callable[[], Awaitable[T]],
        upstream: str,
        *,
        seconds: float | None = WAIT_SECONDS_MAX,
    ) -> T:
        """One fetch for all who want the same; it goes on when one of them goes away."""
        task = self._running.get(key)
        if task is None:
            task = asyncio.ensure_future(_run(make))
            self._running[key] = task
            task.add_done_callback(lambda done: self._forget(key, done))
        try:
            result: T = await asyncio.wait_for(asyncio.shield(task), seconds)  # type: ignore[arg-type]  # the key tells the kind of result
        except TimeoutError as error:
            raise UpstreamUnavailable(upstream, "it takes too long") from error
        return result

    def _forget(self, key: Hashable, done: asyncio.Task[object]) -> None:
        self._running.pop(key, None)
        if not done.cancelled():
            # Whoever waited has gone: nobody else would look, and Python would complain.
            done.exception()


async def _run(make: Callable[[], Awaitable[object]]) -> object:
    return await make()


def _identifier(reference: Tag | Digest) -> ImageIdentifier:
    if isinstance(reference, Tag):
        return ImageIdentifier(tag=reference.text)
    return ImageIdentifier(digest=reference.text)
