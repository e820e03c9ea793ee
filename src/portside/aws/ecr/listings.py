"""What the operations that list by pages have in common."""

from __future__ import annotations

from portside.aws.calls import Call
from portside.aws.errors.wording import invalid_parameter
from portside.aws.protocol.errors import AWSError


def refuse_pages(call: Call, named: str) -> None:
    """Refuse ``nextToken`` and ``maxResults`` where single things are named: those are one page.

    Raises:
        AWSError: one of them is given beside the parameter ``named``.
    """
    for parameter in ("nextToken", "maxResults"):
        if call.params.get(parameter) is not None:
            reason = f"{parameter} cannot be used when {named} are specified"
            raise AWSError(*invalid_parameter(parameter, reason))
