"""Tasks: in order, at least once, again later when they fail, and never lost."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import String
from tests.unit.tasks.equipped import REGISTRY, Clock, Tasks, reaction

from portside.metadata.events import insert_event
from portside.metadata.tables import reactions
from portside.names.accounts import AccountId, Region, RegistryId
from portside.registry.events import Occurrence, ScanRequested
from portside.registry.work import Retries
from portside.tasks.reactions import Reaction, by_image, by_kind
from portside.tasks.schedules import Schedule


class Seen:
    """What a reaction was called with; it fails for these event ids."""

    def __init__(self, *failing: int) -> None:
        self.failing = set(failing)
        self.events: list[Occurrence] = []

    def __call__(self, occurrence: Occurrence) -> None:
        self.events.append(occurrence)
        if occurrence.id in self.failing:
            raise ValueError(occurrence.id)

    @property
    def ids(self) -> list[int]:
        return [occurrence.id for occurrence in self.events]


def test_reactions_get_their_kinds_in_order(tmp_path: Path) -> None:
    """Each reaction gets the events of its kinds, in the order in which they were committed."""
    created, every = Seen(), Seen()
    tasks = Tasks(
        tmp_path, reaction("created", created, "RepositoryCreated"), reaction("every", every)
    )
    tasks.happen("a", "b", "a")
    tasks.happen("a", gone=True)
    assert tasks.run() == 4
    assert sorted(created.ids) == [1, 2, 3]
    assert [event.id for event in every.events if event.document["repository"] == "a"] == [1, 3, 4]
    assert tasks.work.tasks() == []
    assert tasks.run() == 0
    tasks.close()


def test_a_failure_holds_up_its_own_lane_only(tmp_path: Path) -> None:
    """A repository's later events wait for the one that failed; other repositories do not."""
    seen = Seen(1)
    tasks = Tasks(tmp_path, reaction("r", seen))
    tasks.happen("a", "a", "b")
    tasks.run()
    assert sorted(seen.ids) == [1, 3]
    ((task, waiting),) = tasks.work.tasks()
    assert (task.key.lane, waiting) == ("123456789012/us-east-1/a", 2)
    assert task.error == "ValueError(1)"
    assert task.due_at == tasks.clock() + timedelta(seconds=1)
    seen.failing.clear()
    assert tasks.run() == 0
    tasks.clock.pass_(seconds=1)
    tasks.run()
    assert seen.ids[-2:] == [1, 2]
    assert tasks.work.tasks() == []
    tasks.close()


def test_what_always_fails_is_given_up_listed_and_can_be_revived(tmp_path: Path) -> None:
    """After the last attempt the lane goes on; the event stays, listed, until it is replayed."""
    seen = Seen(1)
    tasks = Tasks(tmp_path, reaction("r", seen), retries=Retries(attempts=3))
    tasks.happen("a", "a")
    for _ in range(3):
        tasks.run()
        tasks.clock.pass_(hours=1)
    assert seen.ids == [1, 1, 1, 2]
    (failure,) = tasks.work.failures()
    assert (failure.reaction, failure.attempts, failure.error) == ("r", 3, "ValueError(1)")
    assert tasks.work.failures(prefix="other") == []
    tasks.clock.pass_(days=2)
    tasks.outbox.prune()
    assert [event.id for event in tasks.outbox.page(after=0, limit=10)] == [1]
    seen.failing.clear()
    assert tasks.work.revive([failure.id, 99]) == 1
    tasks.run()
    assert seen.ids[-1] == 1
    assert tasks.work.failures() == []
    tasks.outbox.prune()
    assert tasks.outbox.page(after=0, limit=10) == []
    tasks.close()


def test_a_dead_process_loses_nothing(tmp_path: Path) -> None:
    """What a process had taken when it died runs again: at its successor's start, at once."""
    seen = Seen()
    first = Tasks(tmp_path, reaction("r", seen))
    first.happen("a")
    assert first.runner.take() is not None
    assert first.runner.take() is None
    second = Tasks(tmp_path, reaction("r", seen), clock=first.clock)
    second.run()
    assert seen.ids == [1]
    first.close()
    second.close()


def test_a_reaction_with_a_bound_leaves_threads_to_others(tmp_path: Path) -> None:
    """No more lanes of it run at a time than it may; what waits is taken when one has ended."""
    seen, other = Seen(), Seen()
    slow = Reaction(name="slow", kinds=("RepositoryCreated",), react=seen, at_once=2)
    quick = Reaction(name="quick", kinds=("RepositoryDeleted",), react=other)
    tasks = Tasks(tmp_path, slow, quick)
    tasks.happen("a", "b", "c")
    first, second = tasks.runner.take(), tasks.runner.take()
    assert first is not None
    assert second is not None
    assert tasks.runner.take() is None
    due_at = tasks.runner.next_due_at()
    assert due_at is None or due_at > tasks.clock()
    tasks.happen("d", gone=True)
    another = tasks.runner.take()
    assert another is not None
    assert another[0].name == "quick"
    tasks.runner.react("slow", first[0].lane, first[1])
    third = tasks.runner.take()
    assert third is not None
    assert len({taken[0].lane for taken in (first, second, third)}) == 3
    tasks.close()


def test_images_of_a_repository_are_scanned_beside_each_other(tmp_path: Path) -> None:
    """Two images of one repository are two lanes, requests for one image are one after another."""
    seen = Seen()
    scan = Reaction(name="scan", kinds=("ScanRequested",), react=seen, lane=by_image, at_once=2)
    tasks = Tasks(tmp_path, scan)
    with tasks.database.write() as tx:
        for digits in ("aa", "bb", "aa", "cc"):
            event = ScanRequested(repository="r", digest=f"sha256:{digits * 32}")
            insert_event(tx, REGISTRY, event, tasks.clock())
    first, second = tasks.runner.take(), tasks.runner.take()
    assert first is not None
    assert second is not None
    assert tasks.runner.take() is None
    lanes = sorted(taken[0].lane for taken in (first, second))
    where = "123456789012/us-east-1/r"
    assert len(set(lanes)) == 2
    assert set(lanes) <= {f"{where}@{digits * 4}" for digits in ("aa", "bb", "cc")}
    for key, holder in (first, second):
        tasks.runner.react(key.name, key.lane, holder)
    assert tasks.run() == 1
    assert sorted(seen.ids) == [1, 2, 3, 4]
    assert seen.ids.index(1) < seen.ids.index(3)
    tasks.close()


def test_the_longest_lane_fits_its_column() -> None:
    """The longest region and repository name leave room for an image's digits."""
    occurrence = Occurrence(
        id=1,
        registry=RegistryId(
            AccountId("1" * 12), Region("us-" + "-".join(["r" * 12, "r" * 12, "r" * 9]) + "-1")
        ),
        kind="ScanRequested",
        document={"repository": "n" * 256, "digest": "sha256:" + "a" * 64},
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    column = reactions.c.lane.type
    assert isinstance(column, String)
    assert column.length is not None
    assert len(by_image(occurrence)) <= column.length


def test_another_node_waits_until_the_lease_ends(tmp_path: Path) -> None:
    """A node that dies for good is succeeded by another after its leases ended, not before."""
    seen = Seen()
    first = Tasks(tmp_path, reaction("r", seen))
    first.happen("a")
    taken = first.runner.take()
    assert taken is not None
    other = Tasks(tmp_path, reaction("r", seen), clock=first.clock, name="tasks@there")
    assert other.run() == 0
    first.clock.pass_(seconds=50)
    first.runner.renew()
    first.clock.pass_(seconds=50)
    assert other.run() == 0
    first.clock.pass_(seconds=11)
    assert other.run() == 1
    # The first one was not dead, only slow: its own end changes nothing.
    first.runner.react("r", taken[0].lane, taken[1])
    assert seen.ids == [1]
    first.close()
    other.close()


def test_a_stop_ends_between_two_reactions(tmp_path: Path) -> None:
    """The reaction under way is finished; what follows waits for the next start."""
    seen: list[int] = []

    def react(occurrence: Occurrence) -> None:
        seen.append(occurrence.id)
        tasks.runner.stop()

    tasks = Tasks(tmp_path, reaction("r", react))
    tasks.happen("a", "a")
    taken = tasks.runner.take()
    assert taken is not None
    tasks.runner.react("r", taken[0].lane, taken[1])
    assert seen == [1]
    ((_, waiting),) = tasks.work.tasks()
    assert waiting == 1
    tasks.close()


def test_schedules_run_when_due_and_show_their_errors(tmp_path: Path) -> None:
    """A schedule runs an interval after its last run's end; one that fails, after a minute."""
    runs: list[str] = []

    def run() -> None:
        runs.append("run")
        if len(runs) == 1:
            raise OSError("no space")

    hourly = Schedule(name="hourly", interval=timedelta(hours=1), run=run)
    tasks = Tasks(tmp_path, schedules=(hourly,))
    assert tasks.run() == 0
    tasks.clock.pass_(hours=1)
    assert tasks.run() == 1
    ((task, _),) = tasks.work.tasks()
    assert task.error == "OSError('no space')"
    assert task.due_at == tasks.clock() + timedelta(minutes=1)
    tasks.clock.pass_(minutes=1)
    assert tasks.run() == 1
    ((task, _),) = tasks.work.tasks()
    assert (task.error, task.due_at) == (None, tasks.clock() + timedelta(hours=1))
    tasks.close()


def test_a_restart_keeps_a_schedules_time(tmp_path: Path) -> None:
    """A server that restarts often still runs its schedules; a shorter interval counts at once."""
    clock = Clock()
    daily = Schedule(name="daily", interval=timedelta(days=1), run=dict)
    for _ in range(3):
        tasks = Tasks(tmp_path, schedules=(daily,), clock=clock)
        tasks.close()
        clock.pass_(hours=8)
    tasks = Tasks(tmp_path, schedules=(daily,), clock=clock)
    assert tasks.run() == 1
    hourly = Schedule(name="daily", interval=timedelta(hours=1), run=dict)
    again = Tasks(tmp_path, schedules=(hourly,), clock=clock)
    ((task, _),) = again.work.tasks()
    assert task.due_at == clock() + timedelta(hours=1)
    without = Tasks(tmp_path, clock=clock)
    assert without.work.tasks() == []
    for each in (tasks, again, without):
        each.close()


def test_a_reaction_that_is_no_more_leaves_dead_letters(tmp_path: Path) -> None:
    """What waits for a reaction of another version, or a target that went, stays visible."""
    tasks = Tasks(tmp_path, reaction("old", Seen(1)))
    tasks.happen("a")
    tasks.run()
    later = Tasks(tmp_path, reaction("new", Seen()), clock=tasks.clock)
    (failure,) = later.work.failures()
    assert (failure.reaction, failure.error) == ("old", "nothing reacts under this name any more")
    assert later.work.tasks() == []
    assert later.work.revive([failure.id]) == 1
    later.run()
    assert [again.id for again in later.work.failures()] == [failure.id]
    assert later.work.tasks() == []
    tasks.close()
    later.close()


def test_which_reactions_follow_which_kind() -> None:
    """The table by kind names each reaction under each of its kinds."""
    table = (reaction("a", Seen(), "X", "Y"), reaction("b", Seen()), reaction("c", Seen(), "Y"))
    named = {kind: [name for name, _ in found] for kind, found in by_kind(table).items()}
    assert named == {"X": ["a"], "Y": ["a", "c"], "*": ["b"]}


@given(st.integers(1, 40), st.integers(1, 60), st.floats(0, 1))
def test_waits_double_and_end(attempts: int, failed: int, chance: float) -> None:
    """The wait lies between half of the doubled one and all of it, and is bounded."""
    retries = Retries(attempts=attempts)
    wait = retries.wait(failed, chance)
    if failed >= attempts:
        assert wait is None
        return
    whole = min(timedelta(seconds=2.0 ** (failed - 1)), timedelta(hours=1))
    assert wait is not None
    assert whole / 2 <= wait <= whole


class Interleaved:
    """Steps that may come in any order, over a folder in which processes die."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock()
        self.seen = Seen()
        self.names: list[str] = []
        self.tasks = self.start()

    def start(self) -> Tasks:
        row = reaction("r", self.seen)
        return Tasks(self.folder, row, clock=self.clock, retries=Retries(attempts=1000))

    def step(self, step: str) -> None:
        if step in ("a", "b"):
            self.names.append(step)
            self.tasks.happen(step)
        elif step == "run":
            self.tasks.run()
        elif step == "die":
            self.tasks.runner.take()
            self.tasks.close()
            self.tasks = self.start()
        elif step == "fail":
            self.seen.failing = set(range(1, 30))
        elif step == "mend":
            self.seen.failing.clear()
        else:
            self.clock.pass_(minutes=20)

    def end(self) -> None:
        """Let everything be done that waits."""
        self.seen.failing.clear()
        self.clock.pass_(hours=2)
        self.tasks.run()
        assert self.tasks.work.tasks() == []
        self.tasks.close()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "run", "die", "fail", "mend", "wait"]), max_size=15))
def test_any_interleaving_delivers_in_order(steps: list[str]) -> None:
    """Events, failures, deaths and time in any order: all events come, each lane's in order."""
    with TemporaryDirectory() as folder:
        interleaved = Interleaved(Path(folder))
        for step in steps:
            interleaved.step(step)
        interleaved.end()
    for name in ("a", "b"):
        expected = [at + 1 for at, each in enumerate(interleaved.names) if each == name]
        events = interleaved.seen.events
        ids = [event.id for event in events if event.document["repository"] == name]
        assert list(dict.fromkeys(ids)) == expected
        assert ids == sorted(ids)


def test_lanes_are_repositories(tmp_path: Path) -> None:
    """An event that concerns no repository waits in its registry's lane."""
    tasks = Tasks(tmp_path)
    event = Occurrence(
        id=1, registry=REGISTRY, kind="RegistryChanged", document={}, occurred_at=tasks.clock()
    )
    assert event.lane == "123456789012/us-east-1"
    tasks.close()
