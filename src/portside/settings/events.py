"""The settings of where events are delivered."""

from __future__ import annotations

import re
from typing import Final

from portside.settings.parsers import folder, long_secret, pattern, url, urls
from portside.settings.setting import Setting

_BUS = re.compile(r"[A-Za-z0-9/._:-]{1,1600}")
_SOURCE = re.compile(r"[A-Za-z0-9/._-]{1,256}")

EVENTS: Final = (
    Setting(
        name="event_file",
        parse=folder,
        default=None,
        help="File to which events are appended, one JSON object a line.",
    ),
    Setting(
        name="event_webhooks",
        parse=urls,
        default=None,
        help="URLs to which events are posted, up to 8, separated by commas.",
    ),
    Setting(
        name="event_webhook_secret",
        parse=long_secret,
        default=None,
        help="Secret under which posted events are signed (HMAC-SHA256).",
        secret=True,
    ),
    Setting(
        name="event_queue",
        parse=url,
        default=None,
        help="URL of an SQS queue to which events are sent.",
    ),
    Setting(
        name="event_bus",
        parse=pattern(_BUS, "the name or ARN of an event bus"),
        default=None,
        help="EventBridge bus to which events are put.",
    ),
    Setting(
        name="event_endpoint",
        parse=url,
        default=None,
        help="Endpoint of the queue's and the bus's API, instead of AWS's.",
    ),
    Setting(
        name="event_source",
        parse=pattern(_SOURCE, "letters, digits and . _ - /"),
        default="aws.ecr",
        help="Source that events name; AWS's own EventBridge takes none that begins with aws.",
    ),
)
