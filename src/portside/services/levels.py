"""How much there is of what: what operators watch, and whether the stores can be used at all."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime
from itertools import islice
from typing import Final

from portside.blobs.store import BlobStore
from portside.metadata import levels
from portside.metadata.advisories import NoAdvisoryFile
from portside.metadata.database import Database
from portside.names.accounts import RegistryId
from portside.registry.levels import StorageLevels, WorkLevels
from portside.registry.usage import Usage
from portside.services.advisories import Advisories
from portside.services.usage import Usages

REGISTRIES_MAX: Final = 1000
REPOSITORIES_MAX: Final = 1000
"""How many repositories' usage is measured at once."""


class Levels:
    """Looks at the stores. All methods may block."""

    def __init__(self, database: Database, store: BlobStore, advisories: Advisories) -> None:
        self._database = database
        self._store = store
        self._advisories = advisories
        self._usages = Usages(database)

    def check_database(self) -> None:
        """Read from the database; raises whatever hinders it."""
        with self._database.read() as tx:
            levels.check_readable(tx)

    def check_blobs(self) -> None:
        """Write where uploads are staged.

        Raises:
            OSError: it cannot be done.
        """
        self._store.check()

    def work(self) -> WorkLevels:
        """What is to be done."""
        with self._database.read() as tx:
            return levels.measure_work(tx)

    def storage(self) -> StorageLevels:
        """What is stored; takes time that grows with it."""
        advisories_at = self._advisories_at()
        with self._database.read() as tx:
            return levels.measure_storage(tx, advisories_at, REGISTRIES_MAX)

    def usage(self) -> list[tuple[RegistryId, Usage]]:
        """The usage of repositories, the first 1,000 by registry and name."""
        with self._database.read() as tx:
            registries = levels.list_registries(tx, REGISTRIES_MAX)
        measured = (
            (registry, usage)
            for registry in (level.registry for level in registries)
            for usage in self._usages.of_registry(registry)
        )
        return list(islice(measured, REPOSITORIES_MAX))

    def _advisories_at(self) -> datetime | None:
        try:
            opened = self._advisories.open()
        except NoAdvisoryFile:
            return None
        if opened is None:
            return None
        with closing(opened):
            return opened.updated_at()
