"""Temporary credentials (STS AssumeRole, AssumeRoleWithWebIdentity, GetSessionToken)."""

from __future__ import annotations

import asyncio
from typing import Any

from portside.access.authorize import Resource
from portside.access.sessions import SESSION_TOKEN_LENGTH_MAX, TemporaryCredentials
from portside.aws.calls import Call, UnsignedCall
from portside.identity.sessions import SessionDenied, SessionRefused, SessionTerms
from portside.names.arns import Arn
from portside.names.errors import MalformedName
from portside.services.sessions import RoleSession

_ROOM = SESSION_TOKEN_LENGTH_MAX // 2


def named_role(call: Call) -> Resource:
    """The role that ``RoleArn`` names."""
    return Resource.of(_role_arn(call.params))


async def assume_role(call: Call) -> dict[str, Any]:
    """Give credentials of a role that trusts the caller."""
    params = call.params
    _refuse_one_time_code(params)
    made = await asyncio.to_thread(
        call.deeds.sessions.assume_role,
        call.caller,
        _role_arn(params),
        _terms(params),
        call.look(),
    )
    return _role_session(made)


async def assume_role_with_web_identity(call: UnsignedCall) -> dict[str, Any]:
    """Give credentials of a role that trusts whom an identity token names."""
    params = call.params
    made = await asyncio.to_thread(
        call.deeds.web_sessions.assume_role,
        params["WebIdentityToken"],
        _role_arn(params),
        _terms(params),
        call.look(),
    )
    return {
        **_role_session(made.role_session),
        "SubjectFromWebIdentityToken": made.identity.subject,
        "Provider": made.identity.issuer,
        "Audience": made.identity.audience,
    }


async def get_session_token(call: Call) -> dict[str, Any]:
    """Give credentials of a session of the caller's own."""
    _refuse_one_time_code(call.params)
    size_min = call.params.get("MinimumSessionTokenSize", 0)
    seconds = call.params.get("DurationSeconds")
    made = call.deeds.sessions.user_session(call.caller, seconds, characters_min=size_min)
    return {"Credentials": _credentials(made), **_token_size(made)}


async def get_access_key_info(call: Call) -> dict[str, Any]:
    """Tell the account of an access key."""
    key_id = call.params["AccessKeyId"]
    account = await asyncio.to_thread(call.deeds.sessions.account_of_key, key_id)
    return {"Account": account.text}


def _role_arn(params: dict[str, Any]) -> Arn:
    text = params["RoleArn"]
    try:
        return Arn(text)
    except MalformedName as error:
        raise SessionRefused(f"{text[:200]} is invalid") from error


def _terms(params: dict[str, Any]) -> SessionTerms:
    return SessionTerms(
        name=params["RoleSessionName"],
        seconds=params.get("DurationSeconds"),
        policy=params.get("Policy"),
        policy_arns=tuple(one["arn"] for one in params.get("PolicyArns", ()) if "arn" in one),
        tags=tuple((tag["Key"], tag["Value"]) for tag in params.get("Tags", ())),
        transitive_tag_keys=tuple(params.get("TransitiveTagKeys", ())),
        source_identity=params.get("SourceIdentity"),
        external_id=params.get("ExternalId"),
        token_characters_min=params.get("MinimumSessionTokenSize", 0),
    )


def _refuse_one_time_code(params: dict[str, Any]) -> None:
    # Nobody has a device here that would make one: no code can be right.
    if "TokenCode" in params or "SerialNumber" in params:
        raise SessionDenied(
            "MultiFactorAuthentication failed with invalid MFA one time pass code. "
        )


def _role_session(made: RoleSession) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "Credentials": _credentials(made.credentials),
        "AssumedRoleUser": {
            "AssumedRoleId": f"{made.role_id}:{made.session.name}",
            "Arn": made.arn.text,
        },
        **_token_size(made.credentials),
    }
    if made.packed_percent:
        answer["PackedPolicySize"] = made.packed_percent
    if made.session.source_identity is not None:
        answer["SourceIdentity"] = made.session.source_identity
    return answer


def _credentials(made: TemporaryCredentials) -> dict[str, Any]:
    return {
        "AccessKeyId": made.access_key_id,
        "SecretAccessKey": made.secret_access_key,
        "SessionToken": made.session_token,
        "Expiration": made.expires_at,
    }


def _token_size(made: TemporaryCredentials) -> dict[str, Any]:
    size = len(made.session_token)
    return {"SessionTokenSize": size, "SessionTokenUtilization": min(100, -(-size * 100 // _ROOM))}
