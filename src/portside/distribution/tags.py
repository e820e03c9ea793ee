"""``tags/list`` (distribution-spec "Listing Tags", end-8)."""

from __future__ import annotations

from portside.distribution.calls import Call
from portside.distribution.pages import next_link, parse_page_size
from portside.web.answers import Answer, json_answer

PAGE_MAX = 10_000


async def list_tags(call: Call) -> Answer:
    """List tags in the order of their bytes: all, or ``n`` that follow ``last``."""
    query = call.context.query
    asked = parse_page_size(query.get("n"))
    limit = None if asked is None else min(asked, PAGE_MAX)
    fetch = None if limit is None else limit + 1
    found = await call.deeds.pulls.tags(call.registry, call.name, query.get("last", ""), fetch)
    page = found if limit is None else found[:limit]
    headers = {}
    if limit and len(found) > limit:
        headers = next_link(f"/v2/{call.name}/tags/list", {"last": page[-1], "n": str(limit)})
    return json_answer(200, {"name": call.name.text, "tags": page}, headers)
