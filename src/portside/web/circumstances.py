"""What policies may ask of a request."""

from __future__ import annotations

from collections.abc import Mapping

from portside.access.circumstances import Circumstances
from portside.names.accounts import Region
from portside.web.context import RequestContext

_EMPTY: Mapping[str, tuple[str, ...]] = {}


def read_circumstances(
    context: RequestContext, region: Region, parameters: Mapping[str, tuple[str, ...]] = _EMPTY
) -> Circumstances:
    """The circumstances of a request to this region; ``parameters`` are its own condition keys."""
    return Circumstances(
        region=region.text,
        source_ip=context.client,
        is_secure=context.scheme == "https",
        user_agent=context.headers.get("user-agent"),
        referer=context.headers.get("referer"),
        parameters=parameters,
    )
