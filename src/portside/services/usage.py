"""How much room repositories take."""

from __future__ import annotations

from collections.abc import Iterator

from portside.metadata import repositories, usage
from portside.metadata.database import Database
from portside.names.accounts import RegistryId
from portside.names.repositories import RepositoryName
from portside.registry.refusals import RepositoryNotFound
from portside.registry.usage import Usage

PAGE = 200


class Usages:
    """Bytes of repositories, logical and deduplicated."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_repository(self, registry: RegistryId, name: RepositoryName) -> Usage:
        """The usage of one repository.

        Raises:
            RepositoryNotFound: there is none of this name.
        """
        with self._database.read() as tx:
            repository = repositories.find_repository(tx, registry, name)
            if repository is None:
                raise RepositoryNotFound(registry, name.text)
            return usage.measure_repository(tx, repository)

    def of_registry(self, registry: RegistryId) -> Iterator[Usage]:
        """The usage of every repository of a registry, by name."""
        after = ""
        while True:
            with self._database.read() as tx:
                page = repositories.list_repositories(tx, registry, after=after, limit=PAGE)
                measured = [usage.measure_repository(tx, repository) for repository in page]
            yield from measured
            if len(page) < PAGE:
                return
            after = page[-1].name.text

    def stored(self) -> int:
        """The bytes of all blobs and manifests of every registry, each blob counted once."""
        with self._database.read() as tx:
            return usage.measure_everything(tx)
