"""Copying images to other registries of this server, as each registry configures it.

Blobs are shared by all registries, so copying an image is writing rows. Each image is copied with
everything that it names in one transaction; what came by replication is not copied further.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from portside.manifests import checks
from portside.manifests import documents as manifests
from portside.metadata import (
    blobs,
    documents,
    events,
    images,
    principals,
    registry_settings,
    replications,
    repositories,
)
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.arns import repository_arn, root_arn
from portside.names.digests import Digest
from portside.names.errors import Refusal
from portside.names.repositories import RepositoryName
from portside.names.tags import Tag
from portside.policy.attached import parse_registry_policy
from portside.policy.evaluate import Policies, Question, evaluate
from portside.policy.principals import Principal, PrincipalKind
from portside.registry.events import ImageDeleted, ImageReplicated, Occurrence
from portside.registry.images import Image, ImageStatus, Target
from portside.registry.refusals import (
    BlobsMissing,
    ChildrenMissing,
    ImageNotFound,
    ImageReferencedByIndex,
    ImageTagAlreadyExists,
    ImageTagDoesNotMatchDigest,
    TooManyImages,
    TooManyImageTags,
    TooManyRepositories,
)
from portside.registry.replication import (
    FailureCode,
    ImageReplication,
    ReplicationStatus,
    statuses,
)
from portside.registry.repositories import Repository
from portside.registry.templates import Purpose
from portside.services.deletions import Deleting
from portside.services.images import Images, PushedImage
from portside.services.repositories import Repositories, require
from portside.services.targets import get_target
from portside.services.templates import ensure_repository

_FAILURES: Final[dict[type[Refusal], FailureCode]] = {
    ImageTagAlreadyExists: FailureCode.TAG_IMMUTABLE,
    TooManyImages: FailureCode.LIMIT_EXCEEDED,
    TooManyImageTags: FailureCode.LIMIT_EXCEEDED,
    TooManyRepositories: FailureCode.LIMIT_EXCEEDED,
    BlobsMissing: FailureCode.INCOMPLETE,
    ChildrenMissing: FailureCode.INCOMPLETE,
}


class NotReplicated(Exception):  # noqa: N818 - named for what it tells
    """An image could not be copied, and trying again would not help.

    ``in_child`` tells that not the image itself but one that it names was the reason.
    """

    def __init__(self, code: FailureCode, *, in_child: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.in_child = in_child


class Replication:
    """Carries pushes and deletions to the registries that a registry names as destinations."""

    def __init__(
        self,
        database: Database,
        repositories_: Repositories,
        images_: Images,
        deleting: Deleting,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._repositories = repositories_
        self._images = images_
        self._deleting = deleting
        self._clock = clock

    def react(self, occurrence: Occurrence) -> None:
        """Carry a push or a deletion to each destination that it is for.

        The same event again changes nothing. What replication itself did goes no further.
        """
        if occurrence.document.get("replicated"):
            return
        if occurrence.kind == ImageDeleted.__name__:
            self._carry_deletion(occurrence)
        else:
            self._carry_push(occurrence)

    def _carry_push(self, occurrence: Occurrence) -> None:
        # Tags that name another image by now are left to the event of that image.
        document = occurrence.document
        name, digest = RepositoryName(document["repository"]), Digest(document["digest"])
        pushed = {Tag(text) for text in document["tags"]}
        for destination in self._destinations(occurrence.registry, name, of_deletions=False):
            with self._database.read() as tx:
                source = repositories.find_repository(tx, occurrence.registry, name)
                image = images.find_image(tx, source, digest) if source else None
            if source is None or image is None or image.status is ImageStatus.ARCHIVED:
                return
            tags = tuple(tag for tag in image.tags if tag in pushed)
            self._replicate(source, image, tags, destination)

    def _carry_deletion(self, occurrence: Occurrence) -> None:
        document = occurrence.document
        name, digest = RepositoryName(document["repository"]), Digest(document["digest"])
        targets = [Target(Tag(text), digest) for text in document["tags"]]
        if document["image_gone"]:
            targets = [Target(None, digest)]
        for destination in self._destinations(occurrence.registry, name, of_deletions=True):
            with self._database.write() as tx:
                target = repositories.find_repository(tx, destination, name)
                if target is None or not _is_granted(
                    tx, occurrence.registry, destination, name, "ecr:ReplicateImage"
                ):
                    continue
                for one in targets:
                    self._delete(tx, target, one)

    async def status(
        self, registry: RegistryId, name: RepositoryName, target: Target
    ) -> tuple[Image, list[ImageReplication]]:
        """An image, and how far its copying to each destination has come.

        Raises:
            RepositoryNotFound: there is no such repository.
            ImageNotFound: it has no such image.
            ImageTagDoesNotMatchDigest: the tag names an image of another digest.
        """

        def look() -> tuple[Image, list[ImageReplication]]:
            with self._database.read() as tx:
                image = get_target(tx, require(tx, registry, name), target)
                recorded = replications.list_replications(tx, image)
                set_at = registry_settings.replication_set_at(tx, registry)
                awaited: tuple[RegistryId, ...] = ()
                came = replications.find_origin(tx, image) is not None
                if set_at is not None and image.pushed_at >= set_at and not came:
                    configuration = registry_settings.get_replication(tx, registry)
                    awaited = configuration.destinations(name)
            return image, statuses(recorded, awaited)

        return await asyncio.to_thread(look)

    def copy(
        self,
        tx: Transaction,
        source: Repository,
        image: Image,
        tags: tuple[Tag, ...],
        destination: RegistryId,
    ) -> None:
        """Copy an image with what it names, under these tags, within the caller's transaction.

        Raises:
            NotReplicated: it cannot be; the transaction must not be committed then.
        """
        target = self._target(tx, source, destination)
        changed = False
        for one in _closure(tx, source, image):
            whole = one.id == image.id
            try:
                changed = self._put(tx, (source, target), one, tags if whole else ())
            except tuple(_FAILURES) as refusal:
                raise NotReplicated(_FAILURES[type(refusal)], in_child=not whole) from refusal
        done = ImageReplication(destination=destination, status=ReplicationStatus.COMPLETE)
        replications.put_replication(tx, image, done, self._clock())
        if changed:
            self._tell(tx, source, image, tags, destination, None)

    def record_failure(
        self,
        tx: Transaction,
        source: Repository,
        image: Image,
        tags: tuple[Tag, ...],
        failure: tuple[RegistryId, FailureCode],
    ) -> None:
        """Record and tell, in a transaction of its own, that an image could not be copied."""
        destination, code = failure
        failed = ImageReplication(
            destination=destination, status=ReplicationStatus.FAILED, failure_code=code
        )
        if images.find_image(tx, source, image.digest) is not None:
            replications.put_replication(tx, image, failed, self._clock())
        self._tell(tx, source, image, tags, destination, code)

    def _replicate(
        self, source: Repository, image: Image, tags: tuple[Tag, ...], destination: RegistryId
    ) -> None:
        try:
            with self._database.write() as tx:
                # Read again under the lock: the image may have gone meanwhile.
                if images.find_image(tx, source, image.digest) is not None:
                    self.copy(tx, source, image, tags, destination)
        except NotReplicated as failure:
            with self._database.write() as tx:
                self.record_failure(tx, source, image, tags, (destination, failure.code))

    def _destinations(
        self, registry: RegistryId, name: RepositoryName, *, of_deletions: bool
    ) -> tuple[RegistryId, ...]:
        with self._database.read() as tx:
            configuration = registry_settings.get_replication(tx, registry)
        return configuration.destinations(name, of_deletions=of_deletions)

    def _target(self, tx: Transaction, source: Repository, destination: RegistryId) -> Repository:
        if principals.find_principal(tx, root_arn(destination.account)) is None:
            raise NotReplicated(FailureCode.NO_REGISTRY)
        where = (tx, source.registry, destination, source.name)
        if not _is_granted(*where, "ecr:ReplicateImage"):
            raise NotReplicated(FailureCode.ACCESS_DENIED)
        target = repositories.find_repository(tx, destination, source.name)
        if target is not None:
            return target
        if not _is_granted(*where, "ecr:CreateRepository"):
            raise NotReplicated(FailureCode.ACCESS_DENIED)
        try:
            return ensure_repository(
                tx, self._repositories, destination, source.name, Purpose.REPLICATION
            )
        except TooManyRepositories as refusal:
            raise NotReplicated(FailureCode.LIMIT_EXCEEDED) from refusal

    def _put(
        self,
        tx: Transaction,
        between: tuple[Repository, Repository],
        image: Image,
        tags: tuple[Tag, ...],
    ) -> bool:
        source, target = between
        body = images.get_manifest_body(tx, image)
        manifest = manifests.parse(body, image.media_type)
        named = checks.required_blobs(manifest) + checks.required_images(manifest)
        for digest in blobs.find_blob_sizes(tx, source, named):
            blobs.put_membership(tx, target, digest, self._clock())
        pushed = PushedImage(
            body=body, media_type=image.media_type, digest=image.digest, tags=tags, replicated=True
        )
        is_new = images.find_image(tx, target, image.digest) is None
        changed = self._images.put_within(tx, target, pushed, (manifest, image.digest))
        copied = images.find_image(tx, target, image.digest) if is_new else None
        if copied is not None:
            replications.put_origin(tx, copied, source.registry)
        return changed

    def _delete(self, tx: Transaction, repository: Repository, target: Target) -> None:
        try:
            self._deleting.delete_within(tx, repository, target, replicated=True)
        except (ImageNotFound, ImageTagDoesNotMatchDigest, ImageReferencedByIndex):
            # It is not there, or is something else there: then there is nothing to carry over.
            return

    def _tell(
        self,
        tx: Transaction,
        source: Repository,
        image: Image,
        tags: tuple[Tag, ...],
        destination: RegistryId,
        code: FailureCode | None,
    ) -> None:
        for tag in tags or (None,):
            event = ImageReplicated(
                repository=source.name.text,
                digest=image.digest.text,
                tag=tag.text if tag else None,
                source_account=source.registry.account.text,
                source_region=source.registry.region.text,
                failure_code=code,
            )
            events.insert_event(tx, destination, event, self._clock())


def _closure(tx: Transaction, source: Repository, image: Image) -> Iterator[Image]:
    """An image and all that it names, each once, before those that need it."""
    done: set[Digest] = set()
    waiting = [(image, False)]
    while waiting:
        one, is_expanded = waiting.pop()
        if one.digest in done:
            continue
        if is_expanded:
            done.add(one.digest)
            yield one
            continue
        waiting.append((one, True))
        waiting.extend((child, False) for child in images.list_children(tx, source, one))


def _is_granted(
    tx: Transaction,
    source: RegistryId,
    destination: RegistryId,
    name: RepositoryName,
    action: str,
) -> bool:
    """Whether a registry lets another do this: its own account's may, others by its policy."""
    if source.account == destination.account:
        return True
    text = documents.find_registry_policy(tx, destination)
    if text is None:
        return False
    asking = root_arn(source.account).text
    context: dict[str, Any] = {
        "aws:PrincipalArn": (asking,),
        "aws:PrincipalAccount": (source.account.text,),
        "aws:PrincipalType": ("Account",),
    }
    question = Question(
        principal=Principal(kind=PrincipalKind.ROOT, arn=asking, account=source.account.text),
        action=action,
        resource=repository_arn(destination, name).text,
        resource_account=destination.account.text,
        context=context,
    )
    policy = parse_registry_policy(text, every_action=True)
    return evaluate(question, Policies(resource=(policy,))).allowed
