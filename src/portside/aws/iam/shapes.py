"""The nouns of IAM as the API shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from portside.identity.credentials import AccessKeyRecord, LoginProfile
from portside.identity.identities import Identity, RoleTerms
from portside.identity.policies import ManagedPolicy, PolicyVersion
from portside.services.identity.managed import PolicyUse


def show_document(text: str) -> str:
    """A policy's text, "URL-encoded compliant with RFC 3986"."""
    return quote(text, safe="")


def show_tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags, by key."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def show_user(user: Identity, *, whole: bool = False) -> dict[str, Any]:
    """A user; ``whole`` with what listings leave out."""
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.id,
        "Arn": user.arn.text,
        "CreateDate": user.created_at,
        **(_further(user) if whole else {}),
    }


def show_group(group: Identity) -> dict[str, Any]:
    """A group."""
    return {
        "Path": group.path,
        "GroupName": group.name,
        "GroupId": group.id,
        "Arn": group.arn.text,
        "CreateDate": group.created_at,
    }


def show_role(role: Identity, terms: RoleTerms, *, whole: bool = False) -> dict[str, Any]:
    """A role; ``whole`` with what listings leave out."""
    shown: dict[str, Any] = {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.id,
        "Arn": role.arn.text,
        "CreateDate": role.created_at,
        "AssumeRolePolicyDocument": show_document(terms.trust_policy),
        "Description": terms.description,
        "MaxSessionDuration": terms.session_seconds_max,
    }
    if whole:
        shown |= _further(role)
        shown["RoleLastUsed"] = show_last_used(terms)
    return shown


def show_last_used(terms: RoleTerms) -> dict[str, Any]:
    """When and where a role was last used; nothing where it never was."""
    return {"LastUsedDate": terms.last_used_at, "Region": terms.last_used_region}


def show_boundary(identity: Identity) -> dict[str, str] | None:
    """An identity's permissions boundary, or ``None``."""
    if identity.boundary_arn is None:
        return None
    return {
        "PermissionsBoundaryType": "Policy",
        "PermissionsBoundaryArn": identity.boundary_arn,
    }


def show_policy(use: PolicyUse, *, whole: bool = False) -> dict[str, Any]:
    """A managed policy; ``whole`` with what listings leave out."""
    policy = use.policy
    shown: dict[str, Any] = {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn.text,
        "Path": policy.path,
        "DefaultVersionId": f"v{policy.default_version}",
        "AttachmentCount": use.attached,
        "PermissionsBoundaryUsageCount": use.bounding,
        "IsAttachable": True,
        "CreateDate": policy.created_at,
        "UpdateDate": policy.updated_at,
    }
    if whole:
        shown["Description"] = policy.description
        shown["Tags"] = show_tags(policy.tags)
    return shown


def show_version(
    policy: ManagedPolicy, version: PolicyVersion, *, document: bool = False
) -> dict[str, Any]:
    """A version of a policy, with its text where asked."""
    return {
        "Document": show_document(version.document) if document else None,
        "VersionId": f"v{version.number}",
        "IsDefaultVersion": version.number == policy.default_version,
        "CreateDate": version.created_at,
    }


def show_attached(policy: ManagedPolicy) -> dict[str, str]:
    """A managed policy where it is attached."""
    return {"PolicyName": policy.name, "PolicyArn": policy.arn.text}


def show_access_key(user_name: str | None, key: AccessKeyRecord) -> dict[str, Any]:
    """An access key without its secret."""
    return {
        "UserName": user_name,
        "AccessKeyId": key.id,
        "Status": "Active" if key.active else "Inactive",
        "CreateDate": key.created_at,
    }


def show_login_profile(user_name: str, profile: LoginProfile) -> dict[str, Any]:
    """A login profile."""
    return {
        "UserName": user_name,
        "CreateDate": profile.created_at,
        "PasswordResetRequired": profile.reset_required,
    }


def _further(identity: Identity) -> dict[str, Any]:
    return {
        "PermissionsBoundary": show_boundary(identity),
        "Tags": show_tags(identity.tags) if identity.tags else None,
    }
