"""Applying lifecycle policies: images go, or move to the archive, in many short transactions.

A policy is evaluated on a view of the repository that may be old by the time of an act. So every
transaction looks again at each image that it acts on, and where images went in the meantime by
another hand the policy is evaluated anew: a rule that counts must not count what is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from portside.lifecycle.documents import parse
from portside.lifecycle.policies import Action, Policy
from portside.lifecycle.records import Act, StoredPolicy
from portside.lifecycle.select import Chosen, select
from portside.metadata import candidates, documents, events, lifecycles
from portside.metadata.candidates import Candidates
from portside.metadata.database import Database, Transaction
from portside.names.accounts import RegistryId
from portside.names.repositories import RepositoryName
from portside.registry.documents import DocumentKind
from portside.registry.lifecycles import LifecyclePolicyNotFound, LifecycleRunInProgress
from portside.registry.refusals import RepositoryNotFound
from portside.registry.repositories import Repository
from portside.services.acts import Batch
from portside.services.audit import AuditTrail, tell_execution
from portside.services.audit.executions import Execution
from portside.services.lifecycles import require_policy
from portside.services.repositories import require

BATCH_IMAGES = 10
HELD_FOR = timedelta(minutes=2)
"""Nothing of a run takes longer between two transactions; who died elsewhere lets go after it."""
EVALUATIONS_MAX = 5
ACTS_KEPT_MAX = 100_000
"""Of each repository; the events of the outbox tell of all."""
_PAGE = 100

_log = structlog.get_logger()

T = TypeVar("T")
REST_SECONDS_MAX = 2.0
Watcher = Callable[[int, int], None]
"""Is told how many images of a run are done, and of how many."""


class Pace:
    """Leaves the database to others: a long while after each piece of work where they write too.

    One transaction writes at a time, so the share of time that a run takes is what it slows pushes.
    """

    def __init__(
        self,
        sleep: Callable[[float], None],
        stopwatch: Callable[[], float],
        *,
        rests: float = 24.0,
        rests_alone: float = 1.0,
    ) -> None:
        self._sleep = sleep
        self._stopwatch = stopwatch
        self._rests = rests
        self._rests_alone = rests_alone
        self._alone = False
        self._newest_event_id = -1

    def __call__(self, work: Callable[[], T]) -> T:
        """Do the work and rest several times as long as it took; what the work answered."""
        began = self._stopwatch()
        answer = work()
        rests = self._rests_alone if self._alone else self._rests
        self._sleep(min(REST_SECONDS_MAX, (self._stopwatch() - began) * rests))
        return answer

    def come(self, newest_event_id: int) -> None:
        """Tell, at the begin of a piece of work, which event is the newest: did others write?"""
        self._alone = newest_event_id == self._newest_event_id
        self._newest_event_id = newest_event_id

    def leave(self, newest_event_id: int) -> None:
        """Tell, at the end of a piece of work, which event is the newest: those are our own."""
        self._newest_event_id = newest_event_id


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a run came to. ``finished`` is false where the rest was left to the next run."""

    registry: RegistryId
    repository: RepositoryName
    acts: list[Act] = field(default_factory=list)
    finished: bool = False

    def counts(self) -> Counter[tuple[int, Action]]:
        """How many images each rule acted on."""
        return Counter((act.rule_priority, act.action) for act in self.acts)


@dataclass(slots=True, kw_only=True)
class _Run:
    repository: Repository
    policy: StoredPolicy
    version: int
    holder: str
    outcome: Outcome
    generation: int = 0
    removed_count: int = 0
    acted_on: set[int] = field(default_factory=set)


class Expiry:
    """Applies the lifecycle policies of repositories, one run at a time for each.

    ``new_id`` names a run; ``is_dead`` tells of such a name that the run's process is known to be
    no more, so that nobody need wait for the end of its hold.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        pace: Pace,
        *,
        is_dead: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._pace = pace
        self._is_dead = is_dead
        self._audit: AuditTrail | None = None

    def record_in(self, audit: AuditTrail) -> None:
        """Tell the audit trail of each run that did something."""
        self._audit = audit

    def with_policies(
        self, evaluated_before: datetime | None = None
    ) -> Iterator[tuple[RegistryId, RepositoryName]]:
        """Every repository that has a policy, or whose policy was not evaluated since then."""
        after = 0
        while True:
            with self._database.read() as tx:
                page = lifecycles.list_policies(
                    tx, after=after, limit=_PAGE, evaluated_before=evaluated_before
                )
            yield from ((registry, name) for _, registry, name in page)
            if len(page) < _PAGE:
                return
            after = page[-1][0]

    def run_due(self, interval: timedelta) -> list[Outcome]:
        """Apply every policy whose last evaluation is at least this long ago, or that had none."""
        outcomes = []
        for registry, name in self.with_policies(self._clock() - interval):
            try:
                outcomes.append(self.run(registry, name))
            except (LifecyclePolicyNotFound, LifecycleRunInProgress, RepositoryNotFound):
                # Gone since it was listed, or another process is at it: not ours to do.
                continue
            except Exception:  # noqa: BLE001 - one repository's trouble is not the others'
                _log.exception("policy could not be applied", repository=name.text)
        return outcomes

    def run(
        self, registry: RegistryId, name: RepositoryName, watch: Watcher | None = None
    ) -> Outcome:
        """Apply a repository's policy now.

        Raises:
            RepositoryNotFound: there is no such repository.
            LifecyclePolicyNotFound: it has no policy.
            LifecycleRunInProgress: somebody else applies it just now.
            MalformedLifecyclePolicy: an older version of Portside took what this one does not.
        """
        run = self._pace(partial(self._begin, registry, name))
        began = self._clock()
        try:
            run.outcome.finished = self._apply(run, watch)
        finally:
            self._pace(partial(self._end, run, began))
        return run.outcome

    def history(
        self, registry: RegistryId, name: RepositoryName, *, before: int | None, limit: int
    ) -> list[tuple[int, Act]]:
        """What policies did in a repository, the newest first, each with its id.

        Raises:
            RepositoryNotFound: there is no such repository.
        """
        with self._database.read() as tx:
            repository = require(tx, registry, name)
            return lifecycles.list_acts(tx, repository, before=before, limit=limit)

    def _begin(self, registry: RegistryId, name: RepositoryName) -> _Run:
        holder, now = self._new_id(), self._clock()
        with self._database.write() as tx:
            self._pace.come(events.newest_event_id(tx))
            repository = require(tx, registry, name)
            policy = require_policy(tx, repository)
            version = _count_versions(tx, repository)
            other = lifecycles.find_holder(tx, repository)
            if other is not None and self._is_dead(other):
                lifecycles.release(tx, repository, other, None)
            if not lifecycles.take(tx, repository, holder, now, now + HELD_FOR):
                raise LifecycleRunInProgress(registry, name.text)
        outcome = Outcome(registry=registry, repository=name)
        return _Run(
            repository=repository, policy=policy, version=version, holder=holder, outcome=outcome
        )

    def _end(self, run: _Run, began: datetime) -> None:
        with self._database.write() as tx:
            evaluated_at = began if run.outcome.finished else None
            lifecycles.release(tx, run.repository, run.holder, evaluated_at)
            if run.outcome.acts:
                lifecycles.forget_acts(tx, run.repository, kept=ACTS_KEPT_MAX)
        self._tell(run)

    def _tell(self, run: _Run) -> None:
        if self._audit is None or not run.outcome.acts:
            return
        execution = Execution(
            at=self._clock(),
            repository=run.repository,
            policy=run.policy,
            version=run.version,
            acts=tuple(run.outcome.acts),
        )
        try:
            self._audit.write(tell_execution(execution))
        except OSError:
            # What was done is done, and in the history of the repository's policy.
            _log.exception("the run is not in the audit trail", repository=execution.name)

    def _apply(self, run: _Run, watch: Watcher | None) -> bool:
        policy = parse(run.policy.text)
        for _ in range(EVALUATIONS_MAX):
            looked = self._pace(partial(self._look, run, policy))
            if looked is None:
                return False
            if self._act_on_all(run, *looked, watch):
                return True
        return False

    def _look(self, run: _Run, policy: Policy) -> tuple[Candidates, list[Chosen]] | None:
        """The repository as it is now and what its policy chooses; ``None`` if it is not ours."""
        with self._database.read() as tx:
            if not lifecycles.is_held(tx, run.repository, run.holder, run.policy.text):
                return None
            repository = require(tx, run.repository.registry, run.repository.name)
            view = candidates.list_candidates(tx, repository)
        run.generation, run.removed_count = view.generation, 0
        return view, select(view.images, policy, self._clock())

    def _act_on_all(
        self, run: _Run, view: Candidates, chosen: Sequence[Chosen], watch: Watcher | None
    ) -> bool:
        for start in range(0, len(chosen), BATCH_IMAGES):
            if watch is not None:
                watch(start, len(chosen))
            batch = chosen[start : start + BATCH_IMAGES]
            if not self._pace(partial(self._act, run, view, batch)):
                return False
        if watch is not None:
            watch(len(chosen), len(chosen))
        return True

    def _act(self, run: _Run, view: Candidates, chosen: Sequence[Chosen]) -> bool:
        """Act on a few images; ``False`` where the view is too old, or the policy another's."""
        now = self._clock()
        with self._database.write() as tx:
            until = now + HELD_FOR
            if not lifecycles.extend(tx, run.repository, run.holder, run.policy.text, until):
                return False
            repository = require(tx, run.repository.registry, run.repository.name)
            if repository.generation != run.generation and _lacks_images(tx, repository, run, view):
                return False
            self._pace.come(events.newest_event_id(tx))
            done = Batch(tx, repository, chosen, run.acted_on).act(now)
            run.generation = require(tx, repository.registry, repository.name).generation
            self._pace.leave(events.newest_event_id(tx))
        run.outcome.acts += done.acts
        run.removed_count += sum(image_id <= view.newest_id for image_id in done.removed)
        return True


def _count_versions(tx: Transaction, repository: Repository) -> int:
    kind = DocumentKind.LIFECYCLE_POLICY
    changes = documents.list_changes(tx, repository.registry, repository, kind)
    return sum(change.after is not None for change in changes)


def _lacks_images(tx: Transaction, repository: Repository, run: _Run, view: Candidates) -> bool:
    """Whether images of the view went by another hand."""
    there = candidates.count_images(tx, repository, up_to=view.newest_id)
    return there < len(view.images) - run.removed_count
