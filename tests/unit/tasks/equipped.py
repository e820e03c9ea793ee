"""A database with tasks on it, a clock that tests move, and reactions that they give."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.stores.databases import open_database

from portside.metadata.events import insert_event
from portside.metadata.migrations import upgrade
from portside.names.accounts import AccountId, Region, RegistryId
from portside.registry.events import Occurrence, RepositoryCreated, RepositoryDeleted
from portside.registry.work import Retries
from portside.services.outbox import Outbox
from portside.services.work import Work
from portside.tasks.reactions import Reaction
from portside.tasks.runner import Equipment, Runner
from portside.tasks.schedules import Schedule

REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))


class Clock:
    """Time that only tests move."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_(self, **much: float) -> None:
        self.time += timedelta(**much)


class Tasks:
    """Tasks over a database in a folder; a second one over the same folder is another process."""

    def __init__(
        self,
        folder: Path,
        *rows: Reaction,
        schedules: tuple[Schedule, ...] = (),
        retries: Retries | None = None,
        clock: Clock | None = None,
        name: str = "tasks@here",
    ) -> None:
        self.clock = clock or Clock()
        self.database = open_database(folder / "db")
        upgrade(self.database)
        self.work = Work(self.database, self.clock, lambda: 1.0, retries or Retries(attempts=3))
        self.outbox = Outbox(self.database, self.clock, retention=timedelta(days=1))
        equipment = Equipment(
            work=self.work, dispatch=self.outbox.dispatch, reactions=rows, schedules=schedules
        )
        self.runner = Runner(lambda: equipment, name)
        self.runner.prepare()

    def happen(self, *repositories: str, gone: bool = False) -> None:
        """Commit an event for each of these repositories."""
        with self.database.write() as tx:
            for name in repositories:
                event = RepositoryDeleted if gone else RepositoryCreated
                insert_event(tx, REGISTRY, event(repository=name), self.clock())

    def run(self) -> int:
        """Run what is due until nothing is; how many tasks ran."""
        count = 0
        while taken := self.runner.take():
            count += 1
            key, holder = taken
            if key.kind == "schedule":
                self.runner.run(key.name, holder)
            else:
                self.runner.react(key.name, key.lane, holder)
        return count

    def close(self) -> None:
        self.database.close()


def reaction(name: str, react: Callable[[Occurrence], None], *kinds: str) -> Reaction:
    return Reaction(name=name, kinds=kinds or ("*",), react=react)
