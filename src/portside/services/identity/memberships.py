"""Who is in which group."""

from __future__ import annotations

from portside.identity.identities import Identity, Kind
from portside.identity.quotas import check_quota
from portside.metadata import identities
from portside.metadata.database import Database
from portside.names.accounts import AccountId
from portside.services.identity.lookups import require_identity


class Memberships:
    """The members of every group."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, account: AccountId, group_name: str, user_name: str) -> None:
        """Put a user into a group (IAM AddUserToGroup); again changes nothing.

        Raises:
            NoSuchEntity: one of them is not there.
            IAMQuotaExceeded: the user is in as many groups as it may.
        """
        with self._database.write() as tx:
            group = require_identity(tx, account, Kind.GROUP, group_name)
            user = require_identity(tx, account, Kind.USER, user_name)
            others = {held.id for held in identities.list_groups_of(tx, user.id)} - {group.id}
            check_quota("GroupsPerUser", len(others) + 1)
            identities.add_member(tx, group.id, user.id)

    def remove(self, account: AccountId, group_name: str, user_name: str) -> None:
        """Take a user out of a group (IAM RemoveUserFromGroup); nothing where it is not in it.

        Raises:
            NoSuchEntity: one of them is not there.
        """
        with self._database.write() as tx:
            group = require_identity(tx, account, Kind.GROUP, group_name)
            user = require_identity(tx, account, Kind.USER, user_name)
            identities.remove_member(tx, group.id, user.id)

    def members(self, account: AccountId, group_name: str) -> tuple[Identity, list[Identity]]:
        """A group with its users, by name.

        Raises:
            NoSuchEntity: there is no such group.
        """
        with self._database.read() as tx:
            group = require_identity(tx, account, Kind.GROUP, group_name)
            return group, identities.list_members(tx, group.id)

    def groups_of(self, account: AccountId, user_name: str) -> list[Identity]:
        """The groups of a user, by name.

        Raises:
            NoSuchEntity: there is no such user.
        """
        with self._database.read() as tx:
            user = require_identity(tx, account, Kind.USER, user_name)
            return identities.list_groups_of(tx, user.id)
