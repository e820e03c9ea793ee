"""Which scanner there is, as it is set."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote, urlsplit, urlunsplit

import structlog

from portside.access.authenticate import caller_of
from portside.access.tokens import GRANT_PARAMETER, Tokens
from portside.metadata import principals
from portside.metadata.advisories import NoAdvisoryFile
from portside.metadata.database import Database
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import root_arn
from portside.names.digests import Digest
from portside.registry.repositories import Repository
from portside.server.clock import now
from portside.server.preparation import open_advisories, open_store
from portside.server.secrets_key import open_keys
from portside.services.scanning.bounds import Limits
from portside.services.scanning.builtin import BuiltIn
from portside.services.scanning.clair import Clair
from portside.services.scanning.commands import GRYPE, TRIVY, Command, Place
from portside.services.scanning.engine import Engine
from portside.services.scanning.scanners import ScanFailed, Scanner
from portside.services.scanning.scans import Scanning
from portside.services.scanning.turns import Turns
from portside.settings import Settings, inheritable
from portside.web.addressing import Addressing

_log = structlog.get_logger()
_PROGRAMS = {program.name: program for program in (TRIVY, GRYPE)}


def open_scanning(settings: Settings, database: Database, turns: Turns) -> Scanning:
    """What scans the images of the data folder; ``turns`` is the process's."""
    apart = timedelta(hours=settings.scan_interval_hours)
    return Scanning(database, _open_scanner(settings, database, turns), now, apart=apart)


def log_advisories(settings: Settings) -> None:
    """Tell how old the built-in scanner's advisories are, with a warning where they are too old."""
    if settings.scanner != "builtin":
        _log.info("images are scanned by another program", scanner=settings.scanner)
        return
    advisories = open_advisories(settings)
    try:
        opened = advisories.open()
    except NoAdvisoryFile as error:
        _log.warning("the advisory database cannot be used", reason=str(error))
        return
    if opened is None:
        _log.info("there is no advisory database; images cannot be scanned before one is imported")
        return
    updated_at = opened.updated_at()
    opened.close()
    age = None if updated_at is None else (now() - updated_at).days
    log = _log.warning if advisories.is_old(updated_at) else _log.info
    log("the advisory database", updated_at=str(updated_at), age_days=age)


def scans_at_once(settings: Settings) -> int:
    """How many scans run at a time: of several threads one is always left to the other tasks."""
    return min(settings.scan_parallelism, max(1, settings.task_threads - 1))


def _open_scanner(settings: Settings, database: Database, turns: Turns) -> Scanner:
    store = open_store(settings)
    if settings.scanner in _PROGRAMS:
        program = _PROGRAMS[settings.scanner]
        path = settings.scanner_path or program.name
        place = Place(path=path, environment=inheritable())
        return Command(database, store, now, program, place)
    if settings.scanner == "clair":
        grants = _Grants(settings, database)
        return Clair(database, now, settings.scanner_url, grants.layer_address)
    return BuiltIn(Engine(database, store, now, Limits(), turns), open_advisories(settings))


class _Grants:
    """Addresses of layers, each good for an hour, in the name of the account that owns them."""

    def __init__(self, settings: Settings, database: Database) -> None:
        opened = open_keys(settings, database)
        self._tokens = Tokens(opened.keys.token_key(opened.seal))
        self._database = database
        default = RegistryId(AccountId(settings.account), Region(settings.region))
        self._addressing = Addressing(default, settings.port, settings.suffix)
        scheme = "https" if settings.serves_tls else "http"
        own = f"{scheme}://{settings.host}:{settings.port}"
        self._own = urlsplit(settings.scanner_registry_url or own)

    def layer_address(self, repository: Repository, digest: Digest) -> str:
        """Where a layer can be fetched.

        Raises:
            ScanFailed: the registry has no address of its own.
        """
        with self._database.read() as tx:
            root = principals.find_principal(tx, root_arn(repository.registry.account))
        if root is None:
            raise ScanFailed("the registry's account is gone")
        caller = caller_of(root, None)
        grant = self._tokens.issue_layer_grant(caller, repository.name.text, digest.text, now())
        path = f"/v2/{repository.name}/blobs/{digest}"
        query = f"{GRANT_PARAMETER}={quote(grant)}"
        return urlunsplit((self._own.scheme, self._host(repository.registry), path, query, ""))

    def _host(self, registry: RegistryId) -> str:
        if registry == self._addressing.default:
            return self._own.netloc
        if self._addressing.suffix is None:
            raise ScanFailed("Clair can fetch layers of other registries only with --suffix set")
        return self._addressing.shown_host(registry, self._own.netloc)
