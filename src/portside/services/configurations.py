"""What is configured for a whole registry, and scanning for one repository."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from portside.metadata import registry_settings, repositories
from portside.metadata.database import Database
from portside.names.accounts import RegistryId
from portside.names.repositories import RepositoryName
from portside.registry import replication, scanning, signing
from portside.registry.account_settings import check_value, find_setting
from portside.registry.images import Image, Target
from portside.registry.replication import ReplicationConfiguration
from portside.registry.repositories import Repository
from portside.registry.scanning import RepositoryScanning, ScanningConfiguration, scanning_of
from portside.registry.signing import SigningConfiguration, SigningConfigurationNotFound
from portside.services.repositories import require
from portside.services.targets import get_target


@dataclass(frozen=True, slots=True)
class ScannedRepository:
    """A repository, and how it is scanned."""

    repository: Repository
    scanning: RepositoryScanning


class Configurations:
    """The configuration of every registry."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def replication(self, registry: RegistryId) -> ReplicationConfiguration:
        """Where the registry's images are copied to."""

        def look() -> ReplicationConfiguration:
            with self._database.read() as tx:
                return registry_settings.get_replication(tx, registry)

        return await asyncio.to_thread(look)

    async def put_replication(
        self, registry: RegistryId, configuration: ReplicationConfiguration
    ) -> None:
        """Configure where images are copied to that are pushed from now on.

        Raises:
            InvalidReplicationConfiguration: ECR does not take it.
        """
        replication.check(configuration, registry)

        def change() -> None:
            with self._database.write() as tx:
                registry_settings.put_replication(tx, registry, configuration, self._clock())

        await asyncio.to_thread(change)

    async def scanning(self, registry: RegistryId) -> ScanningConfiguration:
        """How the registry's repositories are scanned."""

        def look() -> ScanningConfiguration:
            with self._database.read() as tx:
                return registry_settings.get_scanning(tx, registry)

        return await asyncio.to_thread(look)

    async def put_scanning(
        self, registry: RegistryId, configuration: ScanningConfiguration
    ) -> None:
        """Configure how the registry's repositories are scanned.

        Raises:
            InvalidScanningConfiguration: ECR does not take it.
        """
        scanning.check(configuration)

        def change() -> None:
            with self._database.write() as tx:
                registry_settings.put_scanning(tx, registry, configuration, self._clock())

        await asyncio.to_thread(change)

    async def repository_scanning(
        self, registry: RegistryId, names: Sequence[RepositoryName]
    ) -> list[ScannedRepository | None]:
        """How each of these repositories is scanned; ``None`` for one that is not there."""

        def look() -> list[ScannedRepository | None]:
            with self._database.read() as tx:
                configuration = registry_settings.get_scanning(tx, registry)
                found = [repositories.find_repository(tx, registry, name) for name in names]
            return [None if one is None else _scanned(configuration, one) for one in found]

        return await asyncio.to_thread(look)

    async def put_scan_on_push(
        self, registry: RegistryId, name: RepositoryName, *, scan_on_push: bool
    ) -> None:
        """Set whether basic scanning looks at each image that is pushed to this repository.

        Raises:
            RepositoryNotFound: there is no such repository.
        """

        def change() -> None:
            with self._database.write() as tx:
                repository = require(tx, registry, name)
                repositories.set_scan_on_push(tx, repository, scan_on_push=scan_on_push)

        await asyncio.to_thread(change)

    async def account_setting(self, registry: RegistryId, name: str) -> str:
        """What an account setting is.

        Raises:
            InvalidAccountSetting: there is none of this name.
        """
        setting = find_setting(name)

        def look() -> str:
            with self._database.read() as tx:
                return registry_settings.get_account_setting(tx, registry, setting)

        return await asyncio.to_thread(look)

    async def put_account_setting(self, registry: RegistryId, name: str, value: str) -> None:
        """Change an account setting.

        Raises:
            InvalidAccountSetting: there is none of this name, or it does not take the value.
        """
        setting = find_setting(name)
        check_value(setting, value)

        def change() -> None:
            with self._database.write() as tx:
                now = self._clock()
                registry_settings.put_account_setting(tx, registry, setting, value, now)

        await asyncio.to_thread(change)

    async def signing(self, registry: RegistryId) -> SigningConfiguration:
        """With what the registry's images are to be signed.

        Raises:
            SigningConfigurationNotFound: nothing is configured.
        """

        def look() -> SigningConfiguration:
            with self._database.read() as tx:
                held = registry_settings.find_signing(tx, registry)
            if held is None:
                raise SigningConfigurationNotFound(registry)
            return held.configuration

        return await asyncio.to_thread(look)

    async def put_signing(self, registry: RegistryId, configuration: SigningConfiguration) -> None:
        """Configure with what images are to be signed that are pushed from now on.

        Raises:
            InvalidSigningConfiguration: ECR does not take it.
        """
        signing.check(configuration)

        def change() -> None:
            with self._database.write() as tx:
                registry_settings.put_signing(tx, registry, configuration, self._clock())

        await asyncio.to_thread(change)

    async def delete_signing(self, registry: RegistryId) -> SigningConfiguration:
        """Have images signed no longer; what was configured. Refuses as :meth:`signing` does."""

        def change() -> SigningConfiguration:
            with self._database.write() as tx:
                held = registry_settings.find_signing(tx, registry)
                if held is None:
                    raise SigningConfigurationNotFound(registry)
                registry_settings.delete_signing(tx, registry)
            return held.configuration

        return await asyncio.to_thread(change)

    async def signing_profiles(
        self, registry: RegistryId, name: RepositoryName, target: Target
    ) -> tuple[Image, tuple[str, ...]]:
        """An image, and the profiles with which it was to be signed when it was pushed.

        Raises:
            RepositoryNotFound: there is no such repository.
            ImageNotFound: it has no such image.
            ImageTagDoesNotMatchDigest: the tag names an image of another digest.
        """

        def look() -> tuple[Image, tuple[str, ...]]:
            with self._database.read() as tx:
                image = get_target(tx, require(tx, registry, name), target)
                held = registry_settings.find_signing(tx, registry)
            if held is None or image.pushed_at < held.set_at:
                return image, ()
            return image, held.configuration.profiles(name)

        return await asyncio.to_thread(look)


def _scanned(configuration: ScanningConfiguration, repository: Repository) -> ScannedRepository:
    own = repository.settings.scan_on_push
    how = scanning_of(configuration, repository.name, scan_on_push=own)
    return ScannedRepository(repository, how)
