"""Authorization tokens (ECR GetAuthorizationToken)."""

from __future__ import annotations

import base64
from typing import Any

from portside.access.authenticate import USER
from portside.aws.calls import Call
from portside.names.accounts import AccountId, RegistryId


async def get_authorization_token(call: Call) -> dict[str, Any]:
    """Give a password for the registries asked for, valid twelve hours."""
    accounts = call.params.get("registryIds") or [call.caller.account.text]
    return {"authorizationData": [_data(call, account) for account in accounts]}


def _data(call: Call, account: str) -> dict[str, Any]:
    token, expires_at = call.deeds.tokens.issue(call.caller, call.deeds.clock())
    registry = RegistryId(AccountId(account), call.region)
    host = call.deeds.addressing.shown_host(registry, call.context.host)
    return {
        "authorizationToken": base64.b64encode(f"{USER}:{token}".encode()).decode(),
        "expiresAt": expires_at,
        "proxyEndpoint": f"{call.context.scheme}://{host}",
    }
