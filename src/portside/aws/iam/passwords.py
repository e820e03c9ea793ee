"""Console passwords and the account's rules for them (IAM CreateLoginProfile …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.aws.iam.holders import acting_user, named_or_acting_user
from portside.aws.iam.shapes import show_login_profile
from portside.aws.protocol.errors import AWSError
from portside.identity.identities import Kind
from portside.identity.passwords import PasswordPolicy
from portside.identity.refusals import OnlyUsers, UserNameMissing


def create_login_profile(call: Call) -> dict[str, Any]:
    """Let a user sign in with a password."""
    user, password = named_or_acting_user(call), call.params.get("Password")
    if password is None:
        raise AWSError("ValidationError", "Must specify a password.")
    made = call.deeds.iam.passwords.create(
        user.account,
        user.name,
        password,
        reset_required=bool(call.params.get("PasswordResetRequired")),
    )
    return {"LoginProfile": show_login_profile(user.name, made)}


def get_login_profile(call: Call) -> dict[str, Any]:
    """Show a user's login profile, or one's own."""
    user = named_or_acting_user(call)
    profile = call.deeds.iam.passwords.get(user.account, user.name)
    return {"LoginProfile": show_login_profile(user.name, profile)}


def update_login_profile(call: Call) -> dict[str, Any]:
    """Change a user's password."""
    params = call.params
    call.deeds.iam.passwords.update(
        call.caller.account,
        params["UserName"],
        params.get("Password"),
        params.get("PasswordResetRequired"),
    )
    return {}


def delete_login_profile(call: Call) -> dict[str, Any]:
    """Let a user no longer sign in with a password."""
    user = named_or_acting_user(call)
    call.deeds.iam.passwords.delete(user.account, user.name)
    return {}


def change_password(call: Call) -> dict[str, Any]:
    """Change one's own password."""
    try:
        user = acting_user(call)
    except UserNameMissing as error:
        raise OnlyUsers from error
    if user.kind is not Kind.USER:
        raise OnlyUsers
    call.deeds.iam.passwords.change_own(
        user, call.params["OldPassword"], call.params["NewPassword"]
    )
    return {}


def get_account_password_policy(call: Call) -> dict[str, Any]:
    """Show the account's password policy."""
    held = call.deeds.iam.passwords.policy(call.caller.account)
    return {
        "PasswordPolicy": {
            "MinimumPasswordLength": held.length_min,
            "RequireSymbols": held.symbols,
            "RequireNumbers": held.numbers,
            "RequireUppercaseCharacters": held.uppercase,
            "RequireLowercaseCharacters": held.lowercase,
            "AllowUsersToChangePassword": held.users_may_change,
            "ExpirePasswords": held.age_max_days is not None,
            "MaxPasswordAge": held.age_max_days,
            "PasswordReusePrevention": held.reuse_prevention,
            "HardExpiry": held.hard_expiry,
        }
    }


def update_account_password_policy(call: Call) -> dict[str, Any]:
    """Set the account's password policy; what is not given has its default, not its last value."""
    params = call.params
    call.deeds.iam.passwords.put_policy(
        call.caller.account,
        PasswordPolicy(
            length_min=params.get("MinimumPasswordLength") or PasswordPolicy().length_min,
            symbols=bool(params.get("RequireSymbols")),
            numbers=bool(params.get("RequireNumbers")),
            uppercase=bool(params.get("RequireUppercaseCharacters")),
            lowercase=bool(params.get("RequireLowercaseCharacters")),
            users_may_change=bool(params.get("AllowUsersToChangePassword")),
            age_max_days=params.get("MaxPasswordAge"),
            reuse_prevention=params.get("PasswordReusePrevention"),
            hard_expiry=params.get("HardExpiry"),
        ),
    )
    return {}


def delete_account_password_policy(call: Call) -> dict[str, Any]:
    """Remove the account's password policy."""
    call.deeds.iam.passwords.delete_policy(call.caller.account)
    return {}
