"""What an account holds altogether: its summary, and its authorization details."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portside.identity.identities import Identity, Kind, RoleTerms
from portside.identity.policies import ManagedPolicy
from portside.identity.quotas import QUOTAS
from portside.metadata import (
    access_keys,
    attachments,
    identities,
    managed_policies,
    providers,
)
from portside.metadata.database import Database, Transaction
from portside.names.accounts import AccountId
from portside.services.identity.lookups import find_managed_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityDetail:
    """An identity with all that is given to it."""

    identity: Identity
    terms: RoleTerms | None
    inline: dict[str, str]
    attached: Sequence[ManagedPolicy]
    group_names: Sequence[str]


class Reports:
    """Overviews of accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def details(self, account: AccountId, kind: Kind) -> list[IdentityDetail]:
        """Every identity of a kind with all that is given to it, by name."""
        with self._database.read() as tx:
            found = identities.list_identities(tx, account, kind)
            return [_detail(tx, identity) for identity in found]

    def summary(self, account: AccountId) -> dict[str, int]:
        """Counts and quotas under the keys of GetAccountSummary."""
        with self._database.read() as tx:
            made = managed_policies.list_policies(tx, account)
            versions = sum(len(managed_policies.list_versions(tx, policy)) for policy in made)
            counts = {
                "Users": identities.count_identities(tx, account, Kind.USER),
                "Groups": identities.count_identities(tx, account, Kind.GROUP),
                "Roles": identities.count_identities(tx, account, Kind.ROLE),
                "Policies": len(made),
                "PolicyVersionsInUse": versions,
                "Providers": len(providers.list_providers(tx, account)),
                "AccountAccessKeysPresent": int(
                    access_keys.count_access_keys_of_root(tx, account) > 0
                ),
            }
        return counts | _NEVER | {key: QUOTAS[quota] for key, quota in _QUOTA_KEYS.items()}


# What Portside does not have, an account has none of.
_NEVER = {
    "AccountMFAEnabled": 0,
    "AccountPasswordPresent": 0,
    "AccountSigningCertificatesPresent": 0,
    "InstanceProfiles": 0,
    "MFADevices": 0,
    "MFADevicesInUse": 0,
    "ServerCertificates": 0,
}
_QUOTA_KEYS = {
    "UsersQuota": "UsersPerAccount",
    "GroupsQuota": "GroupsPerAccount",
    "RolesQuota": "RolesPerAccount",
    "PoliciesQuota": "PoliciesPerAccount",
    "GroupsPerUserQuota": "GroupsPerUser",
    "AccessKeysPerUserQuota": "AccessKeysPerUser",
    "AttachedPoliciesPerUserQuota": "PoliciesPerUser",
    "AttachedPoliciesPerGroupQuota": "PoliciesPerGroup",
    "AttachedPoliciesPerRoleQuota": "PoliciesPerRole",
    "UserPolicySizeQuota": "UserPolicySize",
    "GroupPolicySizeQuota": "GroupPolicySize",
    "RolePolicySizeQuota": "RolePolicySize",
    "PolicySizeQuota": "PolicySize",
    "VersionsPerPolicyQuota": "VersionsPerPolicy",
    "AssumeRolePolicySizeQuota": "ACLSizePerRole",
}


def _detail(tx: Transaction, identity: Identity) -> IdentityDetail:
    arns = attachments.list_attached_arns(tx, identity)
    found = (find_managed_policy(tx, identity.account, arn) for arn in arns)
    groups = identities.list_groups_of(tx, identity.id) if identity.kind is Kind.USER else []
    return IdentityDetail(
        identity=identity,
        terms=identities.find_role_terms(tx, identity.id),
        inline=attachments.list_inline_policies(tx, identity),
        attached=[policy for policy in found if policy is not None],
        group_names=[group.name for group in groups],
    )
