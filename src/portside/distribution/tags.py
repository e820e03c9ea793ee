"""``tags/list`` (distribution-spec "Listing Tags", end-8)."""

from __future__ import annotations

from portside.distribution.calls import Call
from portside.distribution.pages import PageTooLarge, next_link, parse_page_size
from portside.web.answers import Answer, json_answer

PAGE_MAX = 10_000
ECR_PAGE_MAX = 1000


async def list_tags(call: Call) -> Answer:
    """List tags in the order of their bytes: all, or ``n`` that follow ``last``.

    Raises:
        PageTooLarge: ``n`` is more than ECR takes, where its rules hold.
    """
    query = call.context.query
    asked = parse_page_size(query.get("n"))
    if asked is not None and asked > ECR_PAGE_MAX and not _follows_oci(call):
        raise PageTooLarge(ECR_PAGE_MAX)
    limit = None if asked is None else min(asked, PAGE_MAX)
    fetch = None if limit is None else limit + 1
    found = await call.deeds.pulls.tags(call.registry, call.name, query.get("last", ""), fetch)
    page = found if limit is None else found[:limit]
    headers = {}
    if limit and len(found) > limit:
        headers = next_link(f"/v2/{call.name}/tags/list", {"last": page[-1], "n": str(limit)})
    return json_answer(200, {"name": call.name.text, "tags": page}, headers)


def _follows_oci(call: Call) -> bool:
    repositories = call.deeds.repositories
    return repositories.follows_oci(repositories.get(call.registry, call.name))
