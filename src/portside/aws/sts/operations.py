"""The operations of STS: a table."""

from __future__ import annotations

from typing import Any, Final

from portside.aws.calls import Call, Operation, everything


async def get_caller_identity(call: Call) -> dict[str, Any]:
    """Tell who is calling (STS GetCallerIdentity); no permission is needed for that."""
    caller = call.caller
    return {"UserId": caller.user_id, "Account": caller.account.text, "Arn": caller.arn.text}


OPERATIONS: Final = (
    Operation(
        name="GetCallerIdentity", action=None, resource=everything, handler=get_caller_identity
    ),
)
