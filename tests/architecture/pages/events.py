"""The page of events: one of each kind, as it is delivered."""

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, get_args

from tests.architecture.pages.tables import code, sentence, table

from portside.names.accounts import AccountId, Region, RegistryId
from portside.registry.events import Event, Occurrence, render_event
from portside.registry.notifications import notify

HEAD = """# Kinds of events

What happens in a registry is told in EventBridge's form, as ECR tells it, to the targets that [Be
told of what happens](../how-to/events.md) sets. `time` is when it happened; the same event always
has the same `id`. One event can make several notifications: one for each tag.

"""
SILENT = """## What is told to nobody

Portside itself reacts to these; ECR tells nobody of them either.

"""
FOOT = "\nThis page is made from the events themselves: `make docs-reference`.\n"
REGISTRY = RegistryId(AccountId("123456789012"), Region("us-east-1"))
MOMENT = datetime(2026, 3, 2, 9, 30, 15, tzinfo=UTC)
EXAMPLE: dict[str, Any] = {
    "repository": "team/web",
    "digest": "sha256:" + "7f" * 32,
    "media_type": "application/vnd.oci.image.manifest.v1+json",
    "tags": ("v1",),
    "tag": "v1",
    "image_gone": True,
    "status": "COMPLETE",
    "counts": {"HIGH": 2, "LOW": 5},
    "rule_priority": 10,
    "source_account": "123456789012",
    "source_region": "eu-west-1",
    "backfill_id": "b1",
    "prefix": "team",
    "upstream_url": "quay.io",
    "failure": None,
}


def page() -> str:
    """The page as it ought to be."""
    return HEAD + "\n".join(_sections()) + FOOT


def _sections() -> Iterator[str]:
    silent = []
    for kind in get_args(Event):
        notifications = notify(_occurrence(kind))
        if not notifications:
            silent.append((code(kind.__name__), sentence(kind.__doc__)))
            continue
        yield f"## {kind.__name__}\n\n{sentence(kind.__doc__)}\n"
        yield f"```json\n{json.dumps(notifications[0], indent=2)}\n```\n"
    yield SILENT + table(("event", "what happened"), silent)


def _occurrence(kind: type[Any]) -> Occurrence:
    names = [
        field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING
    ]
    event: Event = kind(**{name: EXAMPLE[name] for name in names})
    name, document = render_event(event)
    return Occurrence(id=1, registry=REGISTRY, kind=name, document=document, occurred_at=MOMENT)
