"""The operations of STS: a table."""

from __future__ import annotations

from typing import Any, Final

from portside.aws.calls import Call, Operation, UnsignedOperation, everything
from portside.aws.sts import sessions


async def get_caller_identity(call: Call) -> dict[str, Any]:
    """Tell who is calling (STS GetCallerIdentity); no permission is needed for that."""
    caller = call.caller
    return {"UserId": caller.user_id, "Account": caller.account.text, "Arn": caller.arn.text}


OPERATIONS: Final = (
    Operation(
        name="GetCallerIdentity", action=None, resource=everything, handler=get_caller_identity
    ),
    # The role's trust policy has a say, too: the service asks for all of it at once.
    Operation(
        name="AssumeRole", action=None, resource=sessions.named_role, handler=sessions.assume_role
    ),
    # "No permissions are required for users to perform this operation."
    Operation(
        name="GetSessionToken",
        action=None,
        resource=everything,
        handler=sessions.get_session_token,
    ),
    Operation(
        name="GetAccessKeyInfo",
        action="sts:GetAccessKeyInfo",
        resource=everything,
        handler=sessions.get_access_key_info,
    ),
)

UNSIGNED: Final = (
    UnsignedOperation(
        name="AssumeRoleWithWebIdentity", handler=sessions.assume_role_with_web_identity
    ),
)
"""What proves the caller otherwise than by a signature: the model's ``authtype`` is ``none``."""
