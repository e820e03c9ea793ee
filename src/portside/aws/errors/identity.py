"""How refusals of IAM are worded (IAM API reference, "Errors" of each operation)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from portside.aws.errors.wording import Answers
from portside.aws.protocol.errors import AWSError
from portside.identity import refusals as identity
from portside.identity.refusals import Obstacle, Thing

_MISSING: Final[Mapping[Thing, str]] = MappingProxyType(
    {
        Thing.USER: "The user with name {} cannot be found.",
        Thing.GROUP: "The group with name {} cannot be found.",
        Thing.ROLE: "The role with name {} cannot be found.",
        Thing.POLICY: "Policy {} was not found.",
        Thing.POLICY_VERSION: "Policy version {} does not exist or is not attachable.",
        Thing.USER_POLICY: "The user policy with name {} cannot be found.",
        Thing.GROUP_POLICY: "The group policy with name {} cannot be found.",
        Thing.ROLE_POLICY: "The role policy with name {} cannot be found.",
        Thing.ATTACHMENT: "Policy {} was not found.",
        Thing.ACCESS_KEY: "The Access Key with id {} cannot be found.",
        Thing.LOGIN_PROFILE: "Login Profile for User {} cannot be found.",
        Thing.PASSWORD_POLICY: "The Password Policy with domain name {} cannot be found.",
        Thing.PRINCIPAL: "The principal with ARN {} cannot be found.",
        Thing.ACCOUNT: "The account {} cannot be found.",
        Thing.ALIAS: "The account alias with name {} cannot be found.",
        Thing.PROVIDER: "OpenIDConnect Provider not found for arn {}",
    }
)
_TAKEN: Final[Mapping[Thing, str]] = MappingProxyType(
    {
        Thing.USER: "User with name {} already exists.",
        Thing.GROUP: "Group with name {} already exists.",
        Thing.ROLE: "Role with name {} already exists.",
        Thing.POLICY: "A policy called {} already exists. Duplicate names are not allowed.",
        Thing.LOGIN_PROFILE: "Login Profile for user {} already exists.",
        Thing.ACCOUNT: "The account {} already exists.",
        Thing.ALIAS: "The account alias {} already exists.",
        Thing.PROVIDER: "Provider with url https://{} already exists.",
    }
)
_IN_THE_WAY: Final[Mapping[Obstacle, str]] = MappingProxyType(
    {
        Obstacle.ATTACHED_POLICIES: "Cannot delete entity, must detach all policies first.",
        Obstacle.INLINE_POLICIES: "Cannot delete entity, must delete policies first.",
        Obstacle.ACCESS_KEYS: "Cannot delete entity, must delete access keys first.",
        Obstacle.LOGIN_PROFILE: "Cannot delete entity, must delete login profile first.",
        Obstacle.MEMBERSHIPS: "Cannot delete entity, must remove users from group first.",
        Obstacle.ATTACHMENTS: "Cannot delete a policy attached to entities.",
        Obstacle.VERSIONS: (
            "This policy has more than one version. Before you delete a policy, you must delete "
            "the policy's versions. The default version is deleted with the policy."
        ),
        Obstacle.DEFAULT_VERSION: "Cannot delete the default version of a policy.",
    }
)


def _missing(refusal: identity.NoSuchEntity) -> AWSError:
    return AWSError("NoSuchEntity", _MISSING[refusal.thing].format(refusal.name), status=404)


def _taken(refusal: identity.EntityAlreadyExists) -> AWSError:
    message = _TAKEN[refusal.thing].format(refusal.name)
    return AWSError("EntityAlreadyExists", message, status=409)


def _limit(message: str) -> AWSError:
    return AWSError("LimitExceeded", message, status=409)


def _not_attachable(refusal: identity.PolicyNotAttachable) -> AWSError:
    message = f"Policy {refusal.arn} does not exist or is not attachable."
    return AWSError("NoSuchEntity", message, status=404)


def _change_forbidden(refusal: identity.PasswordChangeForbidden) -> AWSError:
    message = (
        f"User: {refusal.user_arn} is not authorized to perform: iam:ChangePassword because the "
        "account's password policy does not allow it"
    )
    return AWSError("AccessDenied", message, status=403)


ANSWERS: Answers = {
    identity.NoSuchEntity: _missing,
    identity.EntityAlreadyExists: _taken,
    identity.DeleteConflict: lambda refusal: AWSError(
        "DeleteConflict", _IN_THE_WAY[refusal.obstacle], status=409
    ),
    identity.IAMQuotaExceeded: lambda refusal: _limit(
        f"Cannot exceed quota for {refusal.quota}: {refusal.limit}"
    ),
    identity.InlinePoliciesTooLarge: lambda refusal: _limit(
        f"Maximum policy size of {refusal.limit} bytes exceeded for {refusal.kind} {refusal.name}"
    ),
    identity.TooManyVersions: lambda refusal: _limit(
        f"A managed policy can have up to {refusal.limit} versions. Before you create a new "
        "version, you must delete an existing version."
    ),
    identity.PolicyDocumentRefused: lambda refusal: AWSError(
        "MalformedPolicyDocument", refusal.reason
    ),
    identity.PolicyNotAttachable: _not_attachable,
    identity.TagsRefused: lambda refusal: AWSError("InvalidInput", refusal.reason),
    identity.InputRefused: lambda refusal: AWSError("InvalidInput", refusal.reason),
    identity.PasswordRefused: lambda refusal: AWSError("PasswordPolicyViolation", refusal.reason),
    identity.OldPasswordWrong: lambda _: AWSError(
        "AccessDenied", "The old password was incorrect.", status=403
    ),
    identity.PasswordChangeForbidden: _change_forbidden,
    identity.OnlyUsers: lambda _: AWSError(
        "InvalidUserType", "Only IAM Users can change their own password"
    ),
    identity.UserNameMissing: lambda _: AWSError(
        "ValidationError", "Must specify userName when calling with non-User credentials"
    ),
}
