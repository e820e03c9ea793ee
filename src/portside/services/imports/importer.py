"""Importing: tag by tag, each with all that it names, and what names it.

What is here is passed over, so a command that was stopped goes on when it is given again. Every
manifest and every blob is proven by its digest on the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from portside.manifests import checks, documents
from portside.manifests.descriptors import Descriptor
from portside.manifests.documents import Manifest
from portside.names.digests import Digest
from portside.names.errors import MalformedName, Refusal
from portside.names.media_types import INDEXES, MANIFESTS, essence
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.imports import Line, Outcome, Selection
from portside.registry.refusals import DigestMismatch, ImageTagAlreadyExists
from portside.registry.repositories import Repository
from portside.registry.upstreams import UpstreamRefusal, UpstreamUnavailable
from portside.services.images import PushedImage
from portside.services.imports.keeping import Keeping
from portside.services.imports.listings import list_tags
from portside.services.upstreams.exchanges import Answered
from portside.services.upstreams.registries import Registries
from portside.services.upstreams.sources import Source
from portside.services.watching import Watch

ATTEMPTS: Final = 3
RETRY_SECONDS: Final = 0.5
DEPTH_MAX: Final = 8
"""So deep may indexes in indexes, and referrers of referrers, be."""
REFERRERS_MAX: Final = 1000

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where images come from. ``names`` are its repositories."""

    registries: Registries
    source: Source
    names: Callable[[], Iterable[str]]


class Importer:
    """Takes images over, a few tags at a time."""

    def __init__(
        self,
        origin: Origin,
        keeping: Keeping,
        *,
        parallel: int,
        referrers: bool = True,
        dry_run: bool = False,
    ) -> None:
        self._origin = origin
        self._registries = origin.registries
        self._keeping = keeping
        self._referrers = referrers
        self._dry_run = dry_run
        self._turns = asyncio.Semaphore(parallel)
        self._blob_turns = asyncio.Semaphore(2 * parallel)
        self._locks: dict[str, asyncio.Lock] = {}

    async def run(self, selection: Selection, watch: Watch) -> AsyncIterator[Line]:
        """Take over what is selected; a line for each tag.

        Raises:
            UpstreamDenied, UpstreamUnavailable: the repositories cannot be listed.
        """
        names = await self._registries.in_thread(_chosen, self._origin.names, selection)
        watch.total("repositories", len(names))
        for name in names:
            async for line in self._repository(name, selection, watch):
                yield line
            watch.advance("repositories", 1)

    async def _repository(
        self, name: str, selection: Selection, watch: Watch
    ) -> AsyncIterator[Line]:
        source = replace(self._origin.source, repository=name)
        try:
            here = selection.name_here(name)
            tags = await self._again(
                lambda: self._registries.in_thread(
                    _wanted_tags, self._registries, source, selection
                )
            )
            repository = await self._target(here)
        except Refusal as refusal:
            yield Line(repository=name, tag=None, outcome=Outcome.FAILED, detail=_why(refusal))
            return
        watch.total(f"tags of {name}", len(tags))
        copies = [
            asyncio.ensure_future(self._tag(_Copy(source, repository, here), tag)) for tag in tags
        ]
        try:
            for copy in asyncio.as_completed(copies):
                yield await copy
                watch.advance(f"tags of {name}", 1)
        finally:
            for task in copies:
                task.cancel()

    async def _target(self, name: RepositoryName) -> Repository | None:
        if self._dry_run:
            return await self._keeping.find_repository(name)
        return await self._keeping.ensure_repository(name)

    async def _tag(self, copy: _Copy, tag: Tag) -> Line:
        async with self._turns:
            line = Line(repository=copy.name.text, tag=tag.text, outcome=Outcome.FAILED)
            try:
                return await self._copy_tag(copy, tag, line)
            except ImageTagAlreadyExists:
                detail = "an immutable tag names another image"
                return replace(line, outcome=Outcome.CONFLICT, detail=detail)
            except Refusal as refusal:
                return replace(line, detail=_why(refusal))

    async def _copy_tag(self, copy: _Copy, tag: Tag, line: Line) -> Line:
        digest, body, media_type = await self._fetch(copy.source, tag)
        line = replace(line, digest=digest.text)
        target = copy.target
        held = await self._keeping.find_digest(target, tag) if target else None
        if held not in (None, digest) and target and not _may_move(target, tag):
            raise ImageTagAlreadyExists(target.registry, target.name.text, tag.text)
        if target is None or self._dry_run:
            outcome = Outcome.PRESENT if held == digest else Outcome.WANTED
            return replace(line, outcome=outcome)
        walk = _Walk(copy.source, target)
        await self._keep(walk, (digest, body, media_type), tags=(tag,), depth=0)
        new = walk.copied or held != digest
        return replace(line, outcome=Outcome.COPIED if new else Outcome.PRESENT)

    async def _keep(
        self,
        walk: _Walk,
        fetched: tuple[Digest, bytes, str | None],
        *,
        tags: tuple[Tag, ...] = (),
        depth: int,
    ) -> None:
        """Keep an image, after all that it names and before all that names it."""
        digest, body, media_type = fetched
        if digest in walk.seen:
            return
        walk.seen.add(digest)
        if depth > DEPTH_MAX:
            raise UpstreamUnavailable(walk.source.shown, "its images are nested too deep")
        manifest = documents.parse(body, media_type)
        # What was pulled through may have come in part only.
        may_be_here = not walk.target.pulls_through
        is_here = may_be_here and await self._keeping.find_manifest(walk.target, digest) is not None
        for child in manifest.children:
            await self._keep_child(walk, child, depth + 1)
        if not is_here:
            await self._keep_blobs(walk, manifest)
            walk.copied = True
        if tags or not is_here:
            pushed = PushedImage(
                body=body, media_type=manifest.media_type, digest=digest, tags=tags
            )
            await self._keeping.put_image(walk.target, pushed)
        if self._referrers:
            await self._keep_referrers(walk, digest, depth + 1)

    async def _keep_child(self, walk: _Walk, child: Descriptor, depth: int) -> None:
        if essence(child.media_type) in INDEXES | MANIFESTS:
            await self._keep(walk, await self._find(walk, child.digest), depth=depth)
        else:
            # An index may name what is no image; it is kept as a blob.
            await self._keep_blob(walk, child.digest)

    async def _keep_referrers(self, walk: _Walk, subject: Digest, depth: int) -> None:
        listed = await self._again(
            lambda: self._registries.in_thread(
                self._registries.list_referrers, walk.source, subject
            )
        )
        for text in listed[:REFERRERS_MAX]:
            try:
                digest = Digest(text)
            except MalformedName:
                continue
            await self._keep(walk, await self._find(walk, digest), depth=depth)

    async def _find(self, walk: _Walk, digest: Digest) -> tuple[Digest, bytes, str | None]:
        held = await self._keeping.find_manifest(walk.target, digest)
        if held is not None:
            return digest, held.body, held.media_type
        return await self._fetch(walk.source, digest)

    async def _fetch(
        self, source: Source, reference: Tag | Digest
    ) -> tuple[Digest, bytes, str | None]:
        fetched = await self._again(
            lambda: self._registries.in_thread(
                self._registries.fetch_manifest, source, reference.text
            )
        )
        if fetched is None:
            raise UpstreamUnavailable(source.shown, f"it has no manifest {reference}")
        algorithm = reference.algorithm if isinstance(reference, Digest) else "sha256"
        digest = Digest.of(fetched.body, algorithm)
        claimed = reference.text if isinstance(reference, Digest) else fetched.digest
        if claimed and claimed.startswith(algorithm) and claimed != digest.text:
            raise UpstreamUnavailable(source.shown, f"its manifest {claimed} has another digest")
        media_type = essence(fetched.media_type or "")
        return digest, fetched.body, media_type if media_type in INDEXES | MANIFESTS else None

    async def _keep_blobs(self, walk: _Walk, manifest: Manifest) -> None:
        wanted = checks.required_blobs(manifest)
        copies = [asyncio.ensure_future(self._keep_blob(walk, digest)) for digest in wanted]
        try:
            await asyncio.gather(*copies)
        finally:
            for task in copies:
                task.cancel()

    async def _keep_blob(self, walk: _Walk, digest: Digest) -> None:
        # Images that are copied beside each other share layers: each is fetched once.
        lock = self._locks.setdefault(digest.text, asyncio.Lock())
        async with self._blob_turns, lock:
            if not await self._keeping.has_blob(walk.target, digest):
                await self._again(lambda: self._copy_blob(walk, digest))
        if not lock.locked():
            self._locks.pop(digest.text, None)

    async def _copy_blob(self, walk: _Walk, digest: Digest) -> None:
        opened = await self._registries.in_thread(self._registries.open_blob, walk.source, digest)
        if opened is None:
            raise UpstreamUnavailable(walk.source.shown, f"it has no blob {digest}")
        with closing(opened) as answered:
            try:
                await self._keeping.put_blob(walk.target, digest, self._pieces(answered))
            except DigestMismatch as error:
                reason = f"its blob {digest} has another digest"
                raise UpstreamUnavailable(walk.source.shown, reason) from error

    async def _pieces(self, answered: Answered) -> AsyncIterator[bytes]:
        pieces: Iterator[bytes] = answered.pieces()
        while piece := await self._registries.in_thread(next, pieces, b""):
            yield piece

    async def _again(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask; where the registry does not answer rightly, a few times more."""
        for attempt in range(1, ATTEMPTS):
            try:
                return await ask()
            except UpstreamUnavailable:
                await asyncio.sleep(RETRY_SECONDS * 4 ** (attempt - 1))
        return await ask()


@dataclass(frozen=True, slots=True)
class _Copy:
    """A repository there, and here; ``None`` where a dry run finds none here."""

    source: Source
    target: Repository | None
    name: RepositoryName


class _Walk:
    """One tag's way through all that belongs to it."""

    def __init__(self, source: Source, target: Repository) -> None:
        self.source = source
        self.target = target
        self.seen: set[Digest] = set()
        self.copied = False


def _chosen(names: Callable[[], Iterable[str]], selection: Selection) -> list[str]:
    return [name for name in names() if selection.wants_repository(name)]


def _wanted_tags(registries: Registries, source: Source, selection: Selection) -> list[Tag]:
    return [tag for tag in list_tags(registries, source) if selection.wants_tag(tag.text)]


def _may_move(repository: Repository, tag: Tag) -> bool:
    return repository.settings.mutability.may_move(tag.text)


def _why(refusal: Refusal) -> str:
    if isinstance(refusal, UpstreamRefusal):
        return refusal.reason
    words = type(refusal).__name__
    text = str(refusal)
    return f"{words}: {text}" if text else words
