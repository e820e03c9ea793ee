"""Looking past events up (CloudTrail LookupEvents)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, Final

from portside.aws.calls import Call
from portside.services.audit import Found, InvalidLookup, Question, resources, username

EVENTS_MAX: Final = 50
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


async def lookup_events(call: Call) -> dict[str, Any]:
    """Show events of the account in the region by pages, the newest first.

    The events that CloudTrail calls insights are never found: nothing here draws any.

    Raises:
        InvalidLookup: more than one attribute is asked for.
    """
    params = call.params
    attributes = params.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise InvalidLookup
    if "EventCategory" in params:
        return {"Events": []}
    question = Question(
        registry=call.registry,
        attribute=next(((one["AttributeKey"], one["AttributeValue"]) for one in attributes), None),
        start=params.get("StartTime"),
        end=params.get("EndTime"),
    )
    limit, token = params.get("MaxResults", EVENTS_MAX), params.get("NextToken")
    page = await asyncio.to_thread(call.deeds.history.look_up, question, limit, token)
    answer: dict[str, Any] = {"Events": [_event(found) for found in page.events]}
    if page.token is not None:
        answer["NextToken"] = page.token
    return answer


def _event(found: Found) -> dict[str, Any]:
    record = found.record
    key_id = (record.get("userIdentity") or {}).get("accessKeyId")
    return {
        "EventId": record.get("eventID"),
        "EventName": record.get("eventName"),
        "ReadOnly": "true" if record.get("readOnly") else "false",
        "AccessKeyId": key_id,
        "EventTime": datetime.strptime(record["eventTime"], _TIME).replace(tzinfo=UTC),
        "EventSource": record.get("eventSource"),
        "Username": username(record),
        "Resources": [
            {"ResourceType": kind, "ResourceName": arn} for kind, arn in resources(record)
        ],
        "CloudTrailEvent": found.text,
    }
