"""Which object is made of which."""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from uuid import uuid4

from portside.access.authorize import Authorizer
from portside.access.sealing import Seal
from portside.aws.calls import Deeds as AWSDeeds
from portside.aws.face import AWSFace
from portside.console.face import ConsoleFace
from portside.console.files import ConsoleFiles
from portside.distribution.calls import Deeds as DistributionDeeds
from portside.distribution.face import DistributionFace
from portside.metadata.caches import ExclusionCache, RepositoryCache
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness
from portside.monitoring.face import MonitoringFace
from portside.registry.service_quotas import service_quotas
from portside.server.audit import open_audit, open_history
from portside.server.clock import now
from portside.server.guards import Guards, make_guards
from portside.server.preparation import open_database
from portside.server.scanners import open_scanning
from portside.server.stores import make_quotas, make_rates, make_stores
from portside.server.upstreams import make_copies, make_registries, make_rules
from portside.server.watching import make_monitoring
from portside.services.audit import AuditTrail
from portside.services.backfills import Backfills
from portside.services.configurations import Configurations
from portside.services.console_sessions import ConsoleSessions
from portside.services.deletions import Deleting
from portside.services.exclusions import Exclusions
from portside.services.identity.access_keys import KeyUses
from portside.services.identity.iam import IAM
from portside.services.images import Images
from portside.services.layers import Layers
from portside.services.lifecycles import Lifecycles
from portside.services.listings import Listings
from portside.services.policies import Policies
from portside.services.previews import Previews
from portside.services.pull_through import PullThrough
from portside.services.pulls import Pulls
from portside.services.replication import Replication
from portside.services.repositories import Repositories
from portside.services.scanning.scans import Scanning
from portside.services.scanning.turns import Turns
from portside.services.templates import Templates
from portside.services.transitions import Transitions
from portside.services.uploads import Uploads
from portside.services.upstreams.importing import Importing
from portside.services.upstreams.registries import Registries
from portside.services.upstreams.rules import Rules
from portside.settings import Settings
from portside.web.addressing import Addressing
from portside.web.board import Board
from portside.web.throttling import Throttle


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """What a worker process needs of what was composed."""

    database: Database
    freshness: Freshness
    pulls: Pulls
    audit: AuditTrail
    key_uses: KeyUses
    registries: Registries
    aws: AWSFace
    distribution: DistributionFace
    console: ConsoleFace
    monitoring: MonitoringFace
    authorizer: Authorizer

    def cache_uses(self) -> dict[str, tuple[int, int]]:
        """How often each cache had what was looked for, and how often it had not."""
        decisions = (self.authorizer.hits, self.authorizer.misses)
        return {**self.pulls.cache_uses(), "decisions": decisions}

    def close(self) -> None:
        """Close every connection."""
        self.registries.close()
        self.database.close()
        self.freshness.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Services:
    repositories: Repositories
    images: Images
    deleting: Deleting
    uploads: Uploads
    pulls: Pulls
    templates: Templates
    authorizer: Authorizer
    scanning: Scanning
    registries: Registries
    rules: Rules
    replication: Replication
    backfills: Backfills
    iam: IAM
    pull_through: PullThrough


def compose(settings: Settings, addressing: Addressing, board: Board) -> Composition:
    """Everything that serves a worker's requests."""
    database = open_database(settings)
    freshness = database.freshness()
    guards = make_guards(settings, database, freshness)
    services = _services(settings, database, freshness, guards.seal)
    throttle = Throttle(
        make_rates(settings.throttle), monotonic, make_rates(settings.throttle_principal)
    )
    audit = open_audit(settings)
    return Composition(
        database=database,
        freshness=freshness,
        pulls=services.pulls,
        audit=audit,
        key_uses=services.iam.key_uses,
        registries=services.registries,
        aws=AWSFace(
            _aws_deeds(settings, database, services, guards, addressing),
            guards.credentials,
            throttle,
            audit,
        ),
        distribution=DistributionFace(
            guards.authenticator,
            DistributionDeeds(
                repositories=services.repositories,
                images=services.images,
                deleting=services.deleting,
                uploads=services.uploads,
                pulls=services.pulls,
                pull_through=services.pull_through,
                templates=services.templates,
                authorizer=services.authorizer,
                slowing=guards.slowing,
            ),
            throttle,
            audit,
            now,
        ),
        console=_console(database, guards, audit),
        monitoring=make_monitoring(settings, database, board),
        authorizer=services.authorizer,
    )


def _console(database: Database, guards: Guards, audit: AuditTrail) -> ConsoleFace:
    sessions = ConsoleSessions(
        database,
        guards.seal,
        guards.credentials,
        guards.sessions,
        (guards.sign_in, guards.slowing),
        now,
    )
    return ConsoleFace(ConsoleFiles(), sessions, audit, now)


def _services(
    settings: Settings, database: Database, freshness: Freshness, seal: Seal
) -> _Services:
    cache = RepositoryCache(database, freshness)
    stores = make_stores(settings, database, cache)
    repositories = stores.repositories
    uploads = Uploads(database, stores.blobs, repositories, now, lambda: str(uuid4()))
    registries = make_registries(settings)
    rules = make_rules(settings, database, freshness, seal, registries)
    importing = Importing(database, repositories, stores.images, rules, registries, now)
    copies = make_copies(settings, freshness, importing, (database, repositories, uploads))
    pulls = Pulls(
        database,
        stores.blobs,
        repositories,
        now,
        ExclusionCache(database, freshness),
        manifest_cache_bytes=settings.manifest_cache_mib * 1024 * 1024,
    )
    return _Services(
        authorizer=Authorizer(database, freshness, cache, now),
        iam=IAM.of(database, seal, now),
        repositories=repositories,
        images=stores.images,
        deleting=stores.deleting,
        replication=stores.replication,
        backfills=stores.backfills,
        uploads=uploads,
        templates=Templates(database, repositories, now),
        scanning=open_scanning(settings, database, Turns()),
        registries=registries,
        rules=rules,
        pulls=pulls,
        pull_through=PullThrough(pulls, repositories, copies),
    )


def _aws_deeds(
    settings: Settings,
    database: Database,
    services: _Services,
    guards: Guards,
    addressing: Addressing,
) -> AWSDeeds:
    return AWSDeeds(
        repositories=services.repositories,
        images=services.images,
        deleting=services.deleting,
        uploads=services.uploads,
        layers=Layers(database, services.uploads),
        listings=Listings(database),
        transitions=Transitions(database, now),
        pulls=services.pulls,
        pull_through=services.pull_through,
        templates=services.templates,
        rules=services.rules,
        policies=Policies(database, now),
        lifecycles=Lifecycles(database, now),
        previews=Previews(database, now, lambda: str(uuid4())),
        configurations=Configurations(database, now),
        exclusions=Exclusions(database, now),
        replication=services.replication,
        backfills=services.backfills,
        scanning=services.scanning,
        iam=services.iam,
        tokens=guards.tokens,
        sessions=guards.sessions,
        web_sessions=guards.web_sessions,
        authorizer=services.authorizer,
        slowing=guards.slowing,
        clock=now,
        addressing=addressing,
        history=open_history(settings),
        quotas=service_quotas(make_quotas(settings), make_rates(settings.throttle)),
    )
