"""The built-in scanner: the engine with the advisory database of the data folder."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from portside.metadata.advisories import AdvisoryFile, NoAdvisoryFile
from portside.registry.images import Image
from portside.registry.repositories import Repository
from portside.services.advisories import Advisories
from portside.services.scanning.engine import Engine
from portside.services.scanning.scanners import COMPLETED, Outcome, ScanFailed

NO_DATABASE: Final = "There is no advisory database. Import one with: portside vulndb import PATH"


class BuiltIn:
    """A :class:`~portside.services.scanning.scanners.Scanner` that needs nobody else."""

    def __init__(self, engine: Engine, advisories: Advisories) -> None:
        self._engine = engine
        self._advisories = advisories

    def identity(self) -> str | None:
        """The database's own."""
        opened = self._advisories.open()
        if opened is None:
            return None
        try:
            return opened.identity()
        finally:
            opened.close()

    def scan(self, repository: Repository, image: Image) -> Outcome:
        """See :meth:`Scanner.scan`."""
        advisories = self._open()
        try:
            return Outcome(
                found=self._engine.scan(repository, image, advisories),
                identity=advisories.identity(),
                updated_at=advisories.updated_at(),
                description=self._describe(advisories.updated_at()),
            )
        finally:
            advisories.close()

    def _open(self) -> AdvisoryFile:
        try:
            advisories = self._advisories.open()
        except NoAdvisoryFile as error:
            raise ScanFailed(str(error)) from error
        if advisories is None:
            raise ScanFailed(NO_DATABASE)
        return advisories

    def _describe(self, updated_at: datetime | None) -> str:
        if not self._advisories.is_old(updated_at):
            return COMPLETED
        age = "empty" if updated_at is None else f"from {updated_at:%Y-%m-%d}"
        return f"{COMPLETED[:-1]}, but the advisory database is old: {age}."
