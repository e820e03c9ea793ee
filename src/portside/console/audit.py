"""What signing in to the console leaves in the audit trail.

AWS CloudTrail user guide, "AWS Management Console sign-in events". That a page goes on with its
session is no event: each request that it then makes is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from portside.services.audit import HIDDEN, Entry
from portside.services.console_sessions import ConsoleSession
from portside.web.context import RequestContext

SERVICE: Final = "signin"
EVENT: Final = "ConsoleLogin"
_KEY_ID_LENGTH_MAX: Final = 128


def signed_in(context: RequestContext, at: datetime, session: ConsoleSession) -> Entry:
    """The entry of who came in."""
    entry = _entry(context, at, "Success")
    entry.account = session.caller.account.text
    entry.caller = session.caller
    return entry


def sign_in_refused(
    context: RequestContext, at: datetime, given: Mapping[str, str], error: tuple[str, str]
) -> Entry:
    """The entry of who did not come in; ``error`` is code and message of the answer.

    A user's name is not told: people type their password there (CloudTrail does not either).
    """
    entry = _entry(context, at, "Failure")
    entry.error = error
    if given.get("kind") == "keys":
        entry.claimed = {"accessKeyId": given.get("accessKeyId", "")[:_KEY_ID_LENGTH_MAX]}
    else:
        entry.claimed = {"type": "IAMUser", "userName": HIDDEN}
    return entry


def _entry(context: RequestContext, at: datetime, outcome: str) -> Entry:
    return Entry(
        at=at,
        request_id=context.request_id,
        source_ip=context.client or "",
        user_agent=context.headers.get("user-agent") or "",
        service=SERVICE,
        event=EVENT,
        region=context.registry.region.text,
        account=context.registry.account.text,
        caller=None,
        answer={EVENT: outcome},
    )
