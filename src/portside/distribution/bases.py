"""The base check and the catalog."""

from __future__ import annotations

from portside.distribution.calls import RegistryCall
from portside.distribution.pages import next_link, parse_page_size
from portside.web.answers import Answer, json_answer

CATALOG_PAGE_MAX = 1000


async def check(call: RegistryCall) -> Answer:
    """Tell that this is a registry and that the credentials are good (end-1)."""
    del call
    return Answer(200, {"content-type": "application/json"}, b"{}")


async def catalog(call: RegistryCall) -> Answer:
    """List the names of the registry's repositories (Docker Registry HTTP API V2, "Catalog")."""
    query = call.context.query
    size = parse_page_size(query.get("n"))
    limit = CATALOG_PAGE_MAX if size is None else min(size, CATALOG_PAGE_MAX)
    after = query.get("last", "")
    page = await call.deeds.repositories.catalog(call.registry, after, limit + 1)
    names = [repository.name.text for repository in page[:limit]]
    more = limit and len(page) > limit
    headers = next_link("/v2/_catalog", {"last": names[-1], "n": str(limit)}) if more else {}
    return json_answer(200, {"repositories": names}, headers)
