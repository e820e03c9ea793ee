"""Pull-through cache rules (ECR CreatePullThroughCacheRule …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.registry.pages import parse_token, render_token
from portside.registry.templates import ROOT
from portside.registry.upstreams import Rule, UpstreamKind

PAGE_DEFAULT = 100


async def create_rule(call: Call) -> dict[str, Any]:
    """Add a rule."""
    params = call.params
    kind = params.get("upstreamRegistry")
    now = call.deeds.clock()
    rule = Rule(
        prefix=params["ecrRepositoryPrefix"],
        url=params["upstreamRegistryUrl"],
        kind=UpstreamKind(kind) if kind else None,
        credential_arn=params.get("credentialArn"),
        custom_role_arn=params.get("customRoleArn"),
        upstream_prefix=params.get("upstreamRepositoryPrefix") or ROOT,
        created_at=now,
        updated_at=now,
    )
    made = await call.deeds.rules.create(call.registry, rule)
    return _show(call, made, without="updatedAt")


async def update_rule(call: Call) -> dict[str, Any]:
    """Give a rule other credentials."""
    changed = await call.deeds.rules.update(
        call.registry,
        call.params["ecrRepositoryPrefix"],
        call.params.get("credentialArn"),
        call.params.get("customRoleArn"),
    )
    shown = _show(call, changed, without="createdAt")
    return {name: shown[name] for name in shown if not name.startswith("upstreamRegistry")}


async def delete_rule(call: Call) -> dict[str, Any]:
    """Remove a rule."""
    gone = await call.deeds.rules.delete(call.registry, call.params["ecrRepositoryPrefix"])
    shown = _show(call, gone, without="updatedAt")
    return {name: shown[name] for name in shown if name != "upstreamRegistry"}


async def validate_rule(call: Call) -> dict[str, Any]:
    """Try whether a rule's upstream registry can be used."""
    prefix = call.params["ecrRepositoryPrefix"]
    found = await call.deeds.rules.validate(call.registry, prefix)
    shown = _show(call, found.rule, without="updatedAt")
    answer = {name: shown[name] for name in shown if name not in ("upstreamRegistry", "createdAt")}
    answer["isValid"] = found.failure is None
    return answer | ({"failure": found.failure} if found.failure else {})


async def describe_rules(call: Call) -> dict[str, Any]:
    """Show the rules of the named prefixes, or all of them by pages."""
    prefixes = call.params.get("ecrRepositoryPrefixes")
    if prefixes:
        named = await call.deeds.rules.named(call.registry, prefixes)
        return {"pullThroughCacheRules": [_show(call, rule) for rule in named]}
    limit = call.params.get("maxResults") or PAGE_DEFAULT
    position = parse_token("rules", call.params.get("nextToken"))
    after = str(position[0]) if position else ""
    found = await call.deeds.rules.page(call.registry, after, limit + 1)
    answer: dict[str, Any] = {"pullThroughCacheRules": [_show(call, one) for one in found[:limit]]}
    if len(found) > limit:
        answer["nextToken"] = render_token("rules", found[limit - 1].key)
    return answer


def _show(call: Call, rule: Rule, *, without: str = "") -> dict[str, Any]:
    shown = {
        "ecrRepositoryPrefix": rule.prefix,
        "upstreamRegistryUrl": rule.url,
        "upstreamRegistry": rule.kind.value if rule.kind else None,
        "registryId": call.account,
        "credentialArn": rule.credential_arn,
        "customRoleArn": rule.custom_role_arn,
        "upstreamRepositoryPrefix": rule.upstream_prefix,
        "createdAt": rule.created_at,
        "updatedAt": rule.updated_at,
    }
    return {name: held for name, held in shown.items() if held is not None and name != without}
