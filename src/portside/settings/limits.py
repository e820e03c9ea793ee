"""The settings that bound what clients may take."""

from __future__ import annotations

from typing import Final

from portside.settings.parsers import rates, whole
from portside.settings.setting import Setting

LIMITS: Final = (
    Setting(
        name="throttle",
        parse=rates,
        default=None,
        help="Rates for each account, such as ecr:PutImage=10:20,ecr:*=200; none unless given.",
    ),
    Setting(
        name="throttle_principal",
        parse=rates,
        default=None,
        help="Rates for each user and role, in the same form; none unless given.",
    ),
    Setting(
        name="requests_max",
        parse=whole(1, 100_000),
        default=512,
        help="How many requests each worker process answers at a time; more are told to come back.",
    ),
    Setting(
        name="connections_max",
        parse=whole(1, 100_000),
        default=1024,
        help="How many connections each worker process holds at a time; more wait.",
    ),
    Setting(
        name="header_bytes_max",
        parse=whole(4096, 262_144),
        default=65_536,
        help="How many bytes a request's headers may have in all.",
    ),
    Setting(
        name="header_seconds_max",
        parse=whole(1, 3600),
        default=30,
        help="How long a connection may take to send a request's headers, or to begin another.",
    ),
    Setting(
        name="body_seconds_max",
        parse=whole(1, 3600),
        default=60,
        help="How long a request's body may bring next to nothing.",
    ),
)
