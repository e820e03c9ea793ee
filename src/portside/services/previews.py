"""Previews of lifecycle policies: what one would do, without doing it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from portside.lifecycle.documents import parse
from portside.lifecycle.policies import Policy
from portside.lifecycle.records import Preview, PreviewResult, PreviewStatus
from portside.lifecycle.select import select
from portside.metadata import candidates, images, previews
from portside.metadata.candidates import Candidates
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.digests import Digest
from portside.names.repositories import RepositoryName
from portside.registry.images import Target
from portside.registry.lifecycles import LifecyclePreviewInProgress, LifecyclePreviewNotFound
from portside.registry.refusals import RepositoryNotFound
from portside.registry.repositories import Repository
from portside.services.lifecycles import require_policy
from portside.services.repositories import require

EVALUATION_MAX = timedelta(minutes=2)
"""An evaluation that takes longer was killed with its process; the next question starts it anew."""
RESULTS_KEPT = timedelta(hours=24)

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPage:
    """Which results of a preview are wanted."""

    targets: tuple[Target, ...] = ()
    """Results of these images only; then there are no pages."""
    tagged: bool | None = None
    after: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A preview with one page of its results, and the position behind which the next begins."""

    preview: Preview
    results: list[PreviewResult]
    next_after: int | None = None


class Previews:
    """The previews of every repository, one each."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], new_id: Callable[[], str]
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._under_way: set[asyncio.Task[None]] = set()

    async def start(self, registry: RegistryId, name: RepositoryName, text: str | None) -> str:
        """Begin a preview (ECR StartLifecyclePolicyPreview); the text of its policy.

        Without ``text`` that is the repository's own. The evaluation goes on behind this call.

        Raises:
            RepositoryNotFound: there is no such repository.
            MalformedLifecyclePolicy: the text is no lifecycle policy.
            LifecyclePolicyNotFound: no text was given, and the repository has no policy.
            LifecyclePreviewInProgress: the one before is not complete.
        """
        preview = await asyncio.to_thread(self.begin, registry, name, text)
        self._evaluate_soon(registry, name, preview)
        return preview.text

    def begin(self, registry: RegistryId, name: RepositoryName, text: str | None) -> Preview:
        """Write down that a preview is wanted. Refuses as :meth:`start` does."""
        given = parse(text).text if text is not None else None
        now = self._clock()
        with self._database.write() as tx:
            repository = require(tx, registry, name)
            shown = given if given is not None else require_policy(tx, repository).text
            present = previews.find_preview(tx, repository)
            if present and _is_under_way(present) and not _was_left(present, now):
                raise LifecyclePreviewInProgress(registry, name.text)
            previews.put_preview(tx, repository, shown, self._new_id(), now)
            begun = previews.find_preview(tx, repository)
        if begun is None:
            raise AssertionError(name)
        return begun

    async def get(self, registry: RegistryId, name: RepositoryName, page: PreviewPage) -> Shown:
        """A preview and a page of its results (ECR GetLifecyclePolicyPreview).

        Raises:
            RepositoryNotFound: there is no such repository.
            LifecyclePreviewNotFound: no preview was ever asked for.
        """
        shown = await asyncio.to_thread(self._get, registry, name, page)
        if _is_under_way(shown.preview) and _was_left(shown.preview, self._clock()):
            taken = await asyncio.to_thread(self._take_over, registry, name, shown.preview)
            if taken is not None:
                self._evaluate_soon(registry, name, taken)
        return shown

    def _get(self, registry: RegistryId, name: RepositoryName, page: PreviewPage) -> Shown:
        with self._database.read() as tx:
            repository = require(tx, registry, name)
            preview = previews.find_preview(tx, repository)
            if preview is None:
                raise LifecyclePreviewNotFound(registry, name.text)
            if preview.finished_at and preview.finished_at < self._clock() - RESULTS_KEPT:
                return Shown(replace(preview, status=PreviewStatus.EXPIRED), [])
            if page.targets:
                return Shown(preview, _find(tx, repository, page))
            found = previews.list_results(
                tx, repository, tagged=page.tagged, after=page.after, limit=page.limit + 1
            )
        results = [result for _, result in found[: page.limit]]
        more = found[page.limit - 1][0] if len(found) > page.limit else None
        return Shown(preview, results, more)

    def _take_over(
        self, registry: RegistryId, name: RepositoryName, left: Preview
    ) -> Preview | None:
        holder = self._new_id()
        with self._database.write() as tx:
            repository = require(tx, registry, name)
            if not previews.take_over(tx, repository, left, holder, self._clock()):
                return None
        return replace(left, holder=holder)

    def _evaluate_soon(self, registry: RegistryId, name: RepositoryName, preview: Preview) -> None:
        work = asyncio.create_task(asyncio.to_thread(self.evaluate, registry, name, preview))
        self._under_way.add(work)
        work.add_done_callback(self._under_way.discard)

    def evaluate(self, registry: RegistryId, name: RepositoryName, preview: Preview) -> None:
        """Find what the preview's policy would do now; one that was replaced is left alone."""
        # With the repository its preview went: nobody waits for this one.
        with contextlib.suppress(RepositoryNotFound):
            status, found = self._outcome(registry, name, preview)
            with self._database.write() as tx:
                repository = require(tx, registry, name)
                now = self._clock()
                if previews.finish_preview(tx, repository, preview.holder, status, now):
                    previews.insert_results(tx, repository, found)

    def _outcome(
        self, registry: RegistryId, name: RepositoryName, preview: Preview
    ) -> tuple[PreviewStatus, list[PreviewResult]]:
        try:
            policy = parse(preview.text)
            with self._database.read() as tx:
                found = candidates.list_candidates(tx, require(tx, registry, name))
            return PreviewStatus.COMPLETE, _results(found, policy, self._clock())
        except RepositoryNotFound:
            raise
        except Exception:  # noqa: BLE001 - whatever failed, whoever waits must hear of it
            _log.exception("preview failed", repository=name.text)
            return PreviewStatus.FAILED, []


def _is_under_way(preview: Preview) -> bool:
    return preview.status is PreviewStatus.IN_PROGRESS


def _was_left(preview: Preview, now: datetime) -> bool:
    return preview.started_at < now - EVALUATION_MAX


def _results(found: Candidates, policy: Policy, now: datetime) -> list[PreviewResult]:
    return [
        PreviewResult(
            digest=Digest(found.digests[one.image.id]),
            tags=one.image.tags,
            pushed_at=one.image.pushed_at,
            storage_class=one.image.storage_class,
            action=one.action,
            rule_priority=one.rule.priority,
        )
        for one in select(found.images, policy, now)
    ]


def _find(tx: Transaction, repository: Repository, page: PreviewPage) -> list[PreviewResult]:
    wanted: dict[Digest, set[str | None]] = {}
    for target in page.targets:
        digest, tag = target.digest, target.tag
        if tag is not None:
            image = images.find_tagged_image(tx, repository, tag)
            if image is None or digest not in (None, image.digest):
                continue
            digest = image.digest
        if digest is not None:
            wanted.setdefault(digest, set()).add(tag.text if tag else None)
    return [
        result
        for result in _found_results(tx, repository, wanted)
        if page.tagged in (None, bool(result.tags))
    ]


def _found_results(
    tx: Transaction, repository: Repository, wanted: dict[Digest, set[str | None]]
) -> Sequence[PreviewResult]:
    return [
        result
        for result in previews.find_results(tx, repository, list(wanted))
        if wanted[result.digest] & {None, *result.tags}
    ]
