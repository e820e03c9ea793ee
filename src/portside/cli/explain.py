"""``portside explain``: which statement of which policy allows or denies, and why others do not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Annotated, Any

import typer

from portside.cli.exits import UNUSABLE, WRONG_USE, data_folder, fail, resolve_settings
from portside.cli.options import setting_options
from portside.names.errors import MalformedName
from portside.policy.review import Explanation, Outcome, Review

FORMATS = ("text", "json")


@setting_options
def explain(
    *,
    principal: Annotated[str, typer.Option("--principal", help="ARN of who asks.")],
    action: Annotated[str, typer.Option("--action", help="As in ecr:PutImage.")],
    resource: Annotated[str, typer.Option("--resource", help="ARN, or *.")] = "*",
    context: Annotated[
        list[str] | None,
        typer.Option("--context", help="A condition key, as in aws:SourceIp=10.0.0.1; repeatable."),
    ] = None,
    output: Annotated[str, typer.Option("--format", help="text or json")] = "text",
    **flags: Any,
) -> None:
    """Tell whether a principal may do something, by which statement, and why not by the others.

    A role stands for a session of it. Keys of the request that no --context gives are missing.
    """
    if output not in FORMATS:
        fail(f"--format is {output!r}, but must be one of {', '.join(FORMATS)}", WRONG_USE)
    settings = resolve_settings(flags).settings
    from portside import server  # noqa: PLC0415 - only some commands need all of it

    asked = server.Asked(
        principal=principal, action=action, resource=resource, context=_keys(context or [])
    )
    with data_folder(settings):
        try:
            found, note = server.explain(settings, asked)
        except MalformedName as error:
            fail(str(error), WRONG_USE)
    if found is None:
        fail(f"there is no principal {principal} in {settings.data}", UNUSABLE)
    if output == "json":
        typer.echo(json.dumps(_as_json(found, note), indent=2))
    else:
        typer.echo("\n".join(_as_text(found, note)))


def _keys(given: list[str]) -> dict[str, tuple[str, ...]]:
    keys: dict[str, tuple[str, ...]] = {}
    for entry in given:
        key, equals, value = entry.partition("=")
        if not key or not equals:
            fail(f"--context is {entry!r}, but must be KEY=VALUE", WRONG_USE)
        keys[key] = (*keys.get(key, ()), value)
    return keys


def _as_text(found: Explanation, note: str | None) -> Iterator[str]:
    decision = found.decision
    yield f"{'ALLOWED' if decision.allowed else 'DENIED'}: {decision.because}"
    yield f"  principal  {found.principal}"
    yield f"  action     {found.action}"
    yield f"  resource   {found.resource}"
    if decision.statement is not None:
        yield f"  decided by {decision.statement}"
    if note is not None:
        yield f"  note       {note}"
    if not found.reviews:
        yield "No policy has a say."
    policies = groupby(found.reviews, lambda one: (one.cited.source.value, one.cited.policy.name))
    for (source, name), reviews in policies:
        yield f"{source} {name}"
        for one in reviews:
            statement = one.cited.statement
            title = statement.sid or f"number {statement.position + 1}"
            yield f"  {statement.effect.value:5} statement {title}: {_outcome(one)}"


def _outcome(one: Review) -> str:
    if one.outcome is not Outcome.CONDITION or one.condition is None:
        return one.outcome.value
    wanted = ", ".join(one.condition.values)
    given = "lacks the key" if one.given is None else f"has {', '.join(one.given)}"
    return (
        f"{one.outcome.value}: {one.condition.name} {one.condition.key} {wanted}, "
        f"and the request {given}"
    )


def _as_json(found: Explanation, note: str | None) -> dict[str, Any]:
    decided = found.decision.statement
    return {
        "principal": found.principal,
        "action": found.action,
        "resource": found.resource,
        "effect": found.decision.effect.value,
        "because": found.decision.because,
        "decidedBy": None if decided is None else str(decided),
        "note": note,
        "statements": [
            {
                "source": one.cited.source.value,
                "policy": one.cited.policy.name,
                "sid": one.cited.statement.sid,
                "position": one.cited.statement.position + 1,
                "effect": one.cited.statement.effect.value,
                "outcome": _outcome(one),
            }
            for one in found.reviews
        ],
    }
