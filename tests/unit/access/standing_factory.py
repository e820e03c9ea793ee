"""Accounts, users, roles and repositories in a database of their own, and callers for them."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete, insert, update
from tests.stores.databases import open_database

from portside.access.authorize import Authorizer, Resource
from portside.access.callers import Caller, Session
from portside.access.circumstances import Circumstances
from portside.identity.identities import UNIQUE_ID_PREFIXES, Identity, Kind
from portside.metadata import (
    documents,
    identities,
    principals,
    registry_settings,
    repositories,
)
from portside.metadata.caches import RepositoryCache
from portside.metadata.migrations import upgrade
from portside.metadata.principals import Principal
from portside.metadata.tables import identities as identity_rows
from portside.metadata.tables import inline_policies
from portside.names.accounts import AccountId, Region, RegistryId
from portside.names.arns import Arn, repository_arn, root_arn
from portside.names.repositories import RepositoryName
from portside.policy.evaluate import Decision
from portside.registry.account_settings import AccountSetting
from portside.registry.repositories import RepositorySettings

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OWN, OTHER = AccountId("123456789012"), AccountId("210987654321")
REGISTRY = RegistryId(OWN, Region("us-east-1"))
APP = RepositoryName("team/app")
APP_RESOURCE = Resource.of(repository_arn(REGISTRY, APP))


def document(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


class World:
    """A database with two accounts, and one authorizer that works on it."""

    def __init__(self, path: Path) -> None:
        self.database = open_database(path)
        upgrade(self.database)
        self.freshness = self.database.freshness()
        self.looks = 0
        cache = RepositoryCache(self.database, self.freshness)
        self.authorizer = Authorizer(self.database, self.freshness, cache, lambda: NOW)
        with self.database.write() as tx:
            for account in (OWN, OTHER):
                unique_id = f"AIDA{account}"
                root = Principal(
                    arn=root_arn(account), account=account, kind="root", unique_id=unique_id
                )
                principals.insert_account(tx, root, NOW)

    def close(self) -> None:
        self.freshness.close()
        self.database.close()

    def repository(self, name: RepositoryName = APP, tags: Mapping[str, str] | None = None) -> None:
        with self.database.write() as tx:
            repositories.insert_repository(tx, REGISTRY, name, RepositorySettings(), NOW)
            made = repositories.find_repository(tx, REGISTRY, name)
            assert made is not None
            repositories.put_resource_tags(tx, made, tags or {})

    def repository_policy(self, *statements: Mapping[str, Any]) -> None:
        with self.database.write() as tx:
            made = repositories.find_repository(tx, REGISTRY, APP)
            assert made is not None
            documents.put_repository_policy(tx, made, document(*statements))

    def registry_policy(self, *statements: Mapping[str, Any]) -> None:
        with self.database.write() as tx:
            documents.put_registry_policy(tx, REGISTRY, document(*statements))

    def registry_scope(self, scope: str) -> None:
        setting = AccountSetting.REGISTRY_POLICY_SCOPE
        with self.database.write() as tx:
            registry_settings.put_account_setting(tx, REGISTRY, setting, scope, NOW)

    def resource_tags(self, tags: Mapping[str, str]) -> None:
        with self.database.write() as tx:
            made = repositories.find_repository(tx, REGISTRY, APP)
            assert made is not None
            repositories.put_resource_tags(tx, made, tags)

    def identity(
        self,
        kind: Kind,
        name: str,
        *statements: Mapping[str, Any],
        account: AccountId = OWN,
        tags: Mapping[str, str] | None = None,
    ) -> Identity:
        made = Identity(
            id=f"{UNIQUE_ID_PREFIXES[kind]}{name.upper()}",
            account=account,
            kind=kind,
            name=name,
            path="/",
            created_at=NOW,
            tags=dict(tags or {}),
        )
        with self.database.write() as tx:
            identities.insert_identity(tx, made)
        self.policy(made, *statements)
        return made

    def policy(self, holder: Identity, *statements: Mapping[str, Any], text: str = "") -> None:
        """Let these be the holder's only inline policy."""
        with self.database.write() as tx:
            tx.execute(delete(inline_policies).where(inline_policies.c.identity_id == holder.id))
            if statements or text:
                tx.execute(
                    insert(inline_policies).values(
                        identity_id=holder.id,
                        name="inline",
                        document=text or document(*statements),
                    )
                )
            principals.touch_identity(tx)

    def boundary(self, holder: Identity, arn: str) -> None:
        with self.database.write() as tx:
            tx.execute(
                update(identity_rows)
                .where(identity_rows.c.id == holder.id)
                .values(boundary_arn=arn)
            )
            principals.touch_identity(tx)

    def ask(
        self,
        caller: Caller,
        action: str = "ecr:PutImage",
        resource: Resource = APP_RESOURCE,
        **circumstances: Any,
    ) -> Decision:
        """Ask as a new request does."""

        def look() -> Circumstances:
            self.looks += 1
            return Circumstances(**{"region": "us-east-1", **circumstances})

        self.freshness.renew()
        decision = self.authorizer.explain(caller, action, resource, look)
        anew = self.authorizer.decide_anew(caller, action, resource, look)
        self.looks -= 1
        assert anew == decision
        return decision


def caller(identity: Identity) -> Caller:
    return Caller(arn=identity.arn, account=identity.account, unique_id=identity.id, is_root=False)


def root(account: AccountId) -> Caller:
    return Caller(arn=root_arn(account), account=account, unique_id=f"AIDA{account}", is_root=True)


def session(
    role: Identity,
    name: str = "ci",
    policies: Sequence[str] = (),
    policy_arns: Sequence[str] = (),
    tags: Mapping[str, str] | None = None,
) -> Caller:
    return Caller(
        arn=Arn(f"arn:aws:sts::{role.account}:assumed-role/{role.name}/{name}"),
        account=role.account,
        unique_id=role.id,
        is_root=False,
        session=Session(
            name=name,
            role_arn=role.arn,
            issued_at=NOW,
            expires_at=NOW + timedelta(hours=1),
            policies=tuple(policies),
            policy_arns=tuple(policy_arns),
            tags=dict(tags or {}),
        ),
    )
