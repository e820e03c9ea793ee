"""The operations of the IAM API with the actions and resources that they need: a table."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial, wraps
from typing import Any, Final

from portside.aws.calls import Call, Operation, ResourceOf, everything
from portside.aws.iam import (
    absent,
    access_keys,
    accounts,
    groups,
    passwords,
    permissions,
    policies,
    providers,
    roles,
    simulations,
    users,
)
from portside.aws.iam.holders import (
    GROUP,
    HOLDERS,
    ROLE,
    USER,
    Holder,
    changed_policy,
    named_or_acting_resource,
    named_policy,
    named_provider,
    new_policy,
    resources_below,
)
from portside.identity.identities import Kind

SyncHandler = Callable[[Call], dict[str, Any]]


def _row(name: str, resource: ResourceOf, handler: SyncHandler) -> Operation:
    @wraps(handler)
    async def handle(call: Call) -> dict[str, Any]:
        # Every one of them reads or writes the database: none may hold up the event loop.
        return await asyncio.to_thread(handler, call)

    return Operation(name=name, action=f"iam:{name}", resource=resource, handler=handle)


def _rows_of_holder(holder: Holder) -> tuple[Operation, ...]:
    word, resource = holder.word, holder.resource
    return (
        _row(f"Delete{word}", resource, partial(permissions.delete, holder)),
        _row(f"Attach{word}Policy", resource, partial(permissions.attach_policy, holder)),
        _row(f"Detach{word}Policy", resource, partial(permissions.detach_policy, holder)),
        _row(
            f"ListAttached{word}Policies",
            resource,
            partial(permissions.list_attached_policies, holder),
        ),
        _row(f"Put{word}Policy", resource, partial(permissions.put_inline_policy, holder)),
        _row(f"Get{word}Policy", resource, partial(permissions.get_inline_policy, holder)),
        _row(f"List{word}Policies", resource, partial(permissions.list_inline_policies, holder)),
        _row(f"Delete{word}Policy", resource, partial(permissions.delete_inline_policy, holder)),
    )


def _rows_of_principal(holder: Holder) -> tuple[Operation, ...]:
    word, resource = holder.word, holder.resource
    boundary = f"{word}PermissionsBoundary"
    return (
        _row(f"Put{boundary}", resource, partial(permissions.put_boundary, holder)),
        _row(f"Delete{boundary}", resource, partial(permissions.delete_boundary, holder)),
        _row(f"Tag{word}", resource, partial(permissions.tag, holder)),
        _row(f"Untag{word}", resource, partial(permissions.untag, holder)),
        _row(f"List{word}Tags", resource, partial(permissions.list_tags, holder)),
    )


_USERS: Final = (
    _row("CreateUser", USER.new_resource, users.create_user),
    _row("GetUser", named_or_acting_resource, users.get_user),
    _row("ListUsers", resources_below(Kind.USER), users.list_users),
    _row("UpdateUser", USER.resource, users.update_user),
    _row("ListGroupsForUser", USER.resource, users.list_groups_for_user),
)
_GROUPS: Final = (
    _row("CreateGroup", GROUP.new_resource, groups.create_group),
    _row("GetGroup", GROUP.resource, groups.get_group),
    _row("ListGroups", resources_below(Kind.GROUP), groups.list_groups),
    _row("UpdateGroup", GROUP.resource, groups.update_group),
    _row("AddUserToGroup", GROUP.resource, groups.add_user_to_group),
    _row("RemoveUserFromGroup", GROUP.resource, groups.remove_user_from_group),
)
_ROLES: Final = (
    _row("CreateRole", ROLE.new_resource, roles.create_role),
    _row("GetRole", ROLE.resource, roles.get_role),
    _row("ListRoles", resources_below(Kind.ROLE), roles.list_roles),
    _row("UpdateRole", ROLE.resource, roles.update_role),
    _row("UpdateRoleDescription", ROLE.resource, roles.update_role_description),
    _row("UpdateAssumeRolePolicy", ROLE.resource, roles.update_assume_role_policy),
)
_POLICIES: Final = (
    _row("CreatePolicy", new_policy, policies.create_policy),
    _row("GetPolicy", named_policy, policies.get_policy),
    _row("ListPolicies", everything, policies.list_policies),
    _row("DeletePolicy", changed_policy, policies.delete_policy),
    _row("CreatePolicyVersion", changed_policy, policies.create_policy_version),
    _row("GetPolicyVersion", named_policy, policies.get_policy_version),
    _row("ListPolicyVersions", named_policy, policies.list_policy_versions),
    _row("SetDefaultPolicyVersion", changed_policy, policies.set_default_policy_version),
    _row("DeletePolicyVersion", changed_policy, policies.delete_policy_version),
    _row("TagPolicy", changed_policy, policies.tag_policy),
    _row("UntagPolicy", changed_policy, policies.untag_policy),
    _row("ListPolicyTags", named_policy, policies.list_policy_tags),
    _row("ListEntitiesForPolicy", named_policy, policies.list_entities_for_policy),
)
_CREDENTIALS: Final = (
    _row("CreateAccessKey", named_or_acting_resource, access_keys.create_access_key),
    _row("ListAccessKeys", named_or_acting_resource, access_keys.list_access_keys),
    _row("UpdateAccessKey", named_or_acting_resource, access_keys.update_access_key),
    _row("DeleteAccessKey", named_or_acting_resource, access_keys.delete_access_key),
    _row("GetAccessKeyLastUsed", access_keys.key_owner, access_keys.get_access_key_last_used),
    _row("CreateLoginProfile", named_or_acting_resource, passwords.create_login_profile),
    _row("GetLoginProfile", named_or_acting_resource, passwords.get_login_profile),
    _row("UpdateLoginProfile", USER.resource, passwords.update_login_profile),
    _row("DeleteLoginProfile", named_or_acting_resource, passwords.delete_login_profile),
    _row("ChangePassword", named_or_acting_resource, passwords.change_password),
    _row("GetAccountPasswordPolicy", everything, passwords.get_account_password_policy),
    _row("UpdateAccountPasswordPolicy", everything, passwords.update_account_password_policy),
    _row("DeleteAccountPasswordPolicy", everything, passwords.delete_account_password_policy),
)
_PROVIDERS: Final = (
    _row("CreateOpenIDConnectProvider", providers.new_provider, providers.create_provider),
    _row("GetOpenIDConnectProvider", named_provider, providers.get_provider),
    _row("ListOpenIDConnectProviders", everything, providers.list_providers),
    _row("DeleteOpenIDConnectProvider", named_provider, providers.delete_provider),
    _row("AddClientIDToOpenIDConnectProvider", named_provider, providers.add_client_id),
    _row("RemoveClientIDFromOpenIDConnectProvider", named_provider, providers.remove_client_id),
    _row("UpdateOpenIDConnectProviderThumbprint", named_provider, providers.update_thumbprints),
    _row("TagOpenIDConnectProvider", named_provider, providers.tag_provider),
    _row("UntagOpenIDConnectProvider", named_provider, providers.untag_provider),
    _row("ListOpenIDConnectProviderTags", named_provider, providers.list_provider_tags),
)
_ACCOUNTS: Final = (
    _row("CreateAccountAlias", everything, accounts.create_account_alias),
    _row("ListAccountAliases", everything, accounts.list_account_aliases),
    _row("DeleteAccountAlias", everything, accounts.delete_account_alias),
    _row("GetAccountSummary", everything, accounts.get_account_summary),
    _row(
        "GetAccountAuthorizationDetails",
        everything,
        accounts.get_account_authorization_details,
    ),
)

_SIMULATIONS: Final = (
    _row("SimulateCustomPolicy", everything, simulations.simulate_custom_policy),
    _row(
        "SimulatePrincipalPolicy",
        simulations.source_principal,
        simulations.simulate_principal_policy,
    ),
    _row(
        "GetContextKeysForCustomPolicy",
        everything,
        simulations.get_context_keys_for_custom_policy,
    ),
    _row(
        "GetContextKeysForPrincipalPolicy",
        simulations.source_principal,
        simulations.get_context_keys_for_principal_policy,
    ),
)

_ABSENT: Final = (
    *(
        _row(name, named_or_acting_resource, absent.none_of_user(member))
        for name, member in absent.OF_USERS.items()
    ),
    *(_row(name, ROLE.resource, absent.none_of_role(m)) for name, m in absent.OF_ROLES.items()),
    *(_row(name, everything, absent.none_of_account(m)) for name, m in absent.OF_ACCOUNTS.items()),
)

OPERATIONS: Final = (
    *_USERS,
    *_GROUPS,
    *_ROLES,
    *(row for holder in HOLDERS for row in _rows_of_holder(holder)),
    *_rows_of_principal(USER),
    *_rows_of_principal(ROLE),
    *_POLICIES,
    *_CREDENTIALS,
    *_PROVIDERS,
    *_ACCOUNTS,
    *_SIMULATIONS,
    *_ABSENT,
)
