"""``portside explain``: one question to the policies of a data folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portside.access.circumstances import Circumstances
from portside.access.explanations import explain_principal
from portside.access.gathering import Resource
from portside.aws.calls import everything, whole_registry
from portside.aws.ecr.operations import OPERATIONS
from portside.names.arns import Arn
from portside.policy.review import Explanation
from portside.server.clock import now
from portside.server.records import opened
from portside.settings import Settings

_WITHOUT_RESOURCE = frozenset(
    operation.action
    for operation in OPERATIONS
    if operation.resource in (everything, whole_registry)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command line asks."""

    principal: str
    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]]


def explain(settings: Settings, asked: Asked) -> tuple[Explanation | None, str | None]:
    """Why the principal may or may not; ``None``: there is no such principal. And a note, if any.

    Raises:
        OSError: there is no such data directory, or it holds no database of ours.
        MalformedName: the principal is no ARN.
    """
    principal = Arn(asked.principal)
    known = {action.lower(): action for action in _WITHOUT_RESOURCE if action}
    note = None
    text = asked.resource
    if text != "*" and asked.action.lower() in known:
        note = (
            f"{known[asked.action.lower()]} knows no resource of its own: it is asked for *, so a "
            "statement on a repository's ARN grants nothing."
        )
        text = "*"
    account = text.split(":", 5)[4] if text.count(":") >= 5 else ""
    resource = Resource(text, account or principal.account)
    circumstances = Circumstances(region=settings.region, parameters=asked.context)
    with opened(settings) as database, database.read() as tx:
        found = explain_principal(tx, principal, asked.action, resource, circumstances, now())
    return found, note
