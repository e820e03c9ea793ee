"""Taking a manifest from an upstream registry: fetch, prove, store. Everything here blocks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portside.manifests import documents
from portside.manifests.documents import Manifest
from portside.metadata import events, images, upstreams
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.names.errors import MalformedName, Refusal
from portside.names.media_types import INDEXES, MANIFESTS, essence
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.registry.events import PullThroughCacheAction
from portside.registry.images import ImageStatus
from portside.registry.refusals import ImageTagAlreadyExists
from portside.registry.repositories import Repository
from portside.registry.templates import Purpose
from portside.registry.upstreams import (
    Rule,
    SecretForbidden,
    SecretNotFound,
    SecretUnreadable,
    UpstreamDenied,
    UpstreamRefusal,
    UpstreamUnavailable,
    UpstreamUnsupported,
)
from portside.services.images import Images, PushedImage, tell_pushed
from portside.services.repositories import Repositories, require
from portside.services.templates import ensure_repository
from portside.services.upstreams.registries import Fetched, Registries
from portside.services.upstreams.rules import Rules
from portside.services.upstreams.sources import Source


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reference of a repository under a rule, and what it names here, if anything."""

    registry: RegistryId
    name: RepositoryName
    rule: Rule
    reference: Tag | Digest
    held: Digest | None = None


class Importing:
    """Imports manifests; their blobs and children come when they are pulled."""

    def __init__(
        self,
        database: Database,
        repositories: Repositories,
        images_: Images,
        rules: Rules,
        registries: Registries,
        clock: Callable[[], datetime],
    ) -> None:
        self.rules = rules
        self.registries = registries
        self.clock = clock
        self._database = database
        self._repositories = repositories
        self._images = images_

    def source(self, registry: RegistryId, rule: Rule, name: RepositoryName) -> Source | None:
        """What a repository is a copy of; ``None`` if nothing can be.

        Raises:
            UpstreamDenied: its credentials are not to be had.
            UpstreamUnavailable: the operator does not allow the upstream any more.
        """
        try:
            return self.rules.source(registry, rule, name)
        except UpstreamUnsupported as error:
            raise UpstreamUnavailable(rule.url, "this server does not allow it") from error
        except (SecretForbidden, SecretNotFound, SecretUnreadable) as error:
            raise UpstreamDenied(rule.url, "the secret of its rule cannot be read") from error

    def copy(self, wanted: Wanted) -> bool:
        """Fetch what a reference names upstream and store it; whether the upstream has it.

        Raises:
            UpstreamDenied, UpstreamUnavailable: the upstream does not give it.
            TooManyRepositories, TooManyImages, TooManyImageTags: a quota is used up.
        """
        source = self.source(wanted.registry, wanted.rule, wanted.name)
        if source is None:
            return False
        if wanted.held and self.registries.find_digest(source, wanted.reference.text) == str(
            wanted.held
        ):
            self.note_check(wanted.registry, wanted.name, wanted.reference.text)
            return True
        fetched = self.registries.fetch_manifest(source, wanted.reference.text)
        if fetched is None:
            if wanted.held:
                self.note_check(wanted.registry, wanted.name, wanted.reference.text)
            return False
        digest = _prove(source, wanted, fetched)
        self._store(wanted, digest, _read(source, fetched), fetched.body)
        return True

    def note_check(self, registry: RegistryId, name: RepositoryName, reference: str) -> None:
        """Remember that a reference was looked up upstream now."""
        with self._database.write() as tx:
            upstreams.put_check(tx, require(tx, registry, name), reference, self.clock())

    def tell_failure(self, wanted: Wanted, refusal: Refusal) -> None:
        """Tell that a copy could not be renewed."""
        reason = refusal.reason if isinstance(refusal, UpstreamRefusal) else type(refusal).__name__
        with self._database.write() as tx:
            self._tell(tx, wanted, wanted.held, reason)

    def _store(self, wanted: Wanted, digest: Digest, manifest: Manifest, body: bytes) -> None:
        tag = wanted.reference if isinstance(wanted.reference, Tag) else None
        pushed = PushedImage(
            body=body,
            media_type=manifest.media_type,
            digest=digest,
            tags=(tag,) if tag else (),
            is_copy=True,
        )
        with self._database.write() as tx:
            repository = ensure_repository(
                tx, self._repositories, wanted.registry, wanted.name, Purpose.PULL_THROUGH_CACHE
            )
            upstreams.mark_pulls_through(tx, repository)
            if tag:
                upstreams.put_check(tx, repository, tag.text, self.clock())
            if self._place(tx, repository, manifest, digest, pushed):
                upstreams.grow_parents(tx, repository, digest)
                self._tell(tx, wanted, digest, None)
                self._tell_whole(tx, repository, image=digest)

    def note_blob(self, registry: RegistryId, name: RepositoryName, blob: Digest) -> None:
        """Tell of the images that a blob has made whole."""
        with self._database.write() as tx:
            self._tell_whole(tx, require(tx, registry, name), blob=blob)

    def _tell_whole(
        self,
        tx: Transaction,
        repository: Repository,
        *,
        blob: Digest | None = None,
        image: Digest | None = None,
    ) -> None:
        now = self.clock()
        for whole in upstreams.list_whole_images(tx, repository, blob=blob, image=image):
            mark = f"whole {whole.digest}"
            if upstreams.find_check(tx, repository, mark) is None or image is not None:
                upstreams.put_check(tx, repository, mark, now)
                come = (whole.digest, whole.media_type, whole.tags)
                tell_pushed(tx, repository, come, now)

    def _place(
        self,
        tx: Transaction,
        repository: Repository,
        manifest: Manifest,
        digest: Digest,
        pushed: PushedImage,
    ) -> bool:
        present = images.find_image(tx, repository, digest)
        if present is not None and present.status is ImageStatus.ARCHIVED:
            # What was archived here stays so, whatever the upstream has.
            return False
        try:
            self._images.put_within(tx, repository, pushed, (manifest, digest))
        except ImageTagAlreadyExists:
            # A tag that may not move names what it named first.
            return False
        return True

    def _tell(
        self, tx: Transaction, wanted: Wanted, digest: Digest | None, failure: str | None
    ) -> None:
        event = PullThroughCacheAction(
            repository=wanted.name.text,
            prefix=wanted.rule.prefix,
            upstream_url=wanted.rule.url,
            digest=digest.text if digest else None,
            tag=wanted.reference.text if isinstance(wanted.reference, Tag) else None,
            failure=failure,
        )
        events.insert_event(tx, wanted.registry, event, self.clock())


def _prove(source: Source, wanted: Wanted, fetched: Fetched) -> Digest:
    reference = wanted.reference
    if isinstance(reference, Digest):
        digest = Digest.of(fetched.body, reference.algorithm)
        claimed: str | None = reference.text
    else:
        digest = Digest.of(fetched.body, "sha256")
        claimed = _same_algorithm(fetched.digest, digest)
    if claimed is not None and claimed != digest.text:
        raise UpstreamUnavailable(source.shown, f"its manifest {claimed} has another digest")
    return digest


def _same_algorithm(claimed: str | None, digest: Digest) -> str | None:
    try:
        parsed = Digest(claimed or "")
    except MalformedName:
        return None
    return parsed.text if parsed.algorithm == digest.algorithm else None


def _read(source: Source, fetched: Fetched) -> Manifest:
    media_type = essence(fetched.media_type or "")
    known = media_type if media_type in INDEXES | MANIFESTS else None
    try:
        return documents.parse(fetched.body, known)
    except (
        documents.MalformedManifest,
        documents.MediaTypeMissing,
        documents.Schema1Refused,
    ) as error:
        raise UpstreamUnavailable(source.shown, "it answers what is no manifest") from error
