"""All that the IAM API calls, in one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from portside.access.sealing import Seal
from portside.metadata.database import Database
from portside.services.identity.access_keys import AccessKeys, KeyUses
from portside.services.identity.accounts import Accounts
from portside.services.identity.identities import Identities
from portside.services.identity.managed import ManagedPolicies
from portside.services.identity.memberships import Memberships
from portside.services.identity.passwords import Passwords
from portside.services.identity.permissions import Permissions
from portside.services.identity.providers import Providers
from portside.services.identity.reports import Reports
from portside.services.identity.simulations import Simulations


@dataclass(frozen=True, slots=True, kw_only=True)
class IAM:
    """The deeds of IAM, each under its name."""

    accounts: Accounts
    identities: Identities
    memberships: Memberships
    permissions: Permissions
    policies: ManagedPolicies
    access_keys: AccessKeys
    key_uses: KeyUses
    passwords: Passwords
    providers: Providers
    reports: Reports
    simulations: Simulations

    @classmethod
    def of(cls, database: Database, seal: Seal, clock: Callable[[], datetime]) -> IAM:
        """The deeds of IAM in this database."""
        return cls(
            accounts=Accounts(database, seal, clock),
            identities=Identities(database, clock),
            memberships=Memberships(database),
            permissions=Permissions(database, clock),
            policies=ManagedPolicies(database, clock),
            access_keys=AccessKeys(database, seal, clock),
            key_uses=KeyUses(database),
            passwords=Passwords(database, clock),
            providers=Providers(database, clock),
            reports=Reports(database),
            simulations=Simulations(database),
        )
