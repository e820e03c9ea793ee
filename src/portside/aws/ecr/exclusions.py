"""Whose pulls do not count as pulls (ECR RegisterPullTimeUpdateExclusion …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.registry.pages import parse_token, render_token

PAGE_DEFAULT = 100


async def register_exclusion(call: Call) -> dict[str, Any]:
    """Exclude a principal."""
    principal = call.params["principalArn"]
    made = await call.deeds.exclusions.register(call.registry, principal)
    return {"principalArn": principal, "createdAt": made.created_at}


async def deregister_exclusion(call: Call) -> dict[str, Any]:
    """Let a principal's pulls count again."""
    principal = call.params["principalArn"]
    await call.deeds.exclusions.deregister(call.registry, principal)
    return {"principalArn": principal}


async def list_exclusions(call: Call) -> dict[str, Any]:
    """Show the excluded principals by pages."""
    limit = call.params.get("maxResults") or PAGE_DEFAULT
    position = parse_token("exclusions", call.params.get("nextToken"))
    after = str(position[0]) if position else ""
    found = await call.deeds.exclusions.page(call.registry, after, limit + 1)
    answer: dict[str, Any] = {"pullTimeUpdateExclusions": found[:limit]}
    if len(found) > limit:
        answer["nextToken"] = render_token("exclusions", found[limit - 1])
    return answer
