"""Whether what a process remembers is still so, as far as the database has told."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import bindparam, select

from portside.metadata.database import repository_mark
from portside.metadata.postgresql.notices import Notices, View
from portside.metadata.principals import IDENTITY
from portside.metadata.tables import generations, repositories

_REPOSITORY = select(repositories.c.generation).where(repositories.c.id == bindparam("wanted"))
_GENERATION = select(generations.c.value).where(generations.c.name == bindparam("wanted"))


class PostgreSQLFreshness:
    """Tells what :class:`Notices` knows. Belongs to one thread.

    Where the notices cannot be trusted, because the database is silent or a commit of this node
    has not been told yet, every request gets a stamp of its own and every generation is read.
    """

    def __init__(self, notices: Notices, read: Callable[..., int | None]) -> None:
        self._notices = notices
        self._read = read
        self._untrusted = 0
        self._view = View(0, trusted=False)
        self.stamp = 0
        """A number that has changed if anything may have been committed between two renewals."""
        self.renew()

    def renew(self) -> None:
        """Look what has been told since."""
        self._view = view = self._notices.view()
        if not view.trusted:
            self._untrusted += 1
        self.stamp = view.count + self._untrusted

    def repository_generation(self, repository_id: int) -> int | None:
        """The repository's generation now, or ``None`` where it is gone."""
        return self._notices.generation(
            repository_mark(repository_id),
            self._view,
            lambda: self._read(_REPOSITORY, {"wanted": repository_id}),
        )

    def identity_generation(self) -> int:
        """The generation of accounts, principals and credentials now."""
        return self.generation(IDENTITY)

    def generation(self, name: str) -> int:
        """The generation of this name now; 0 where nothing has made it grow."""
        found = self._notices.generation(
            name, self._view, lambda: self._read(_GENERATION, {"wanted": name})
        )
        return found or 0

    def close(self) -> None:
        """Nothing: the database owns what is shared."""
