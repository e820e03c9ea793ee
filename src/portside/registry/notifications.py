"""Events as EventBridge shows them (ECR user guide, "Amazon ECR events and EventBridge")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID, uuid5

from portside.names.arns import repository_arn
from portside.names.repositories import RepositoryName
from portside.registry.events import Occurrence

SOURCE = "aws.ecr"
_NAMESPACE = UUID("6ea5a1c2-8d0c-5a43-9d1c-3f3d5a2f7b10")

Notification = dict[str, Any]
_Detail = tuple[str, dict[str, Any], bool]
"""A detail-type, a detail, and whether the repository is among the resources."""


def notify(occurrence: Occurrence, source: str = SOURCE) -> list[Notification]:
    """The notifications of an event, as ECR sends them: one for each tag; of some kinds none.

    The same event gives the same ids every time, so that a receiver can tell a repetition.
    """
    render = _KINDS.get(occurrence.kind)
    if render is None:
        return []
    return [
        _envelope(occurrence, position, detail, source)
        for position, detail in enumerate(render(occurrence.document))
    ]


def _envelope(
    occurrence: Occurrence, position: int, rendered: _Detail, source: str
) -> Notification:
    detail_type, detail, concerns_repository = rendered
    registry = occurrence.registry
    moment = occurrence.occurred_at.isoformat()
    key = f"{registry.account.text}/{registry.region.text}/{occurrence.id}/{moment}/{position}"
    resources = []
    if concerns_repository:
        name = RepositoryName(occurrence.document["repository"])
        resources.append(repository_arn(registry, name).text)
    return {
        "version": "0",
        "id": str(uuid5(_NAMESPACE, key)),
        "detail-type": detail_type,
        "source": source,
        "account": registry.account.text,
        "time": occurrence.occurred_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": registry.region.text,
        "resources": resources,
        "detail": detail,
    }


def _tagged(document: Mapping[str, Any], detail: dict[str, Any]) -> list[_Detail]:
    tags = document["tags"]
    if not tags:
        return [("ECR Image Action", detail, False)]
    return [("ECR Image Action", {**detail, "image-tag": tag}, False) for tag in tags]


def _action(document: Mapping[str, Any], action: str) -> dict[str, Any]:
    return {
        "result": "SUCCESS",
        "repository-name": document["repository"],
        "image-digest": document["digest"],
        "action-type": action,
    }


def _pushed(document: Mapping[str, Any]) -> list[_Detail]:
    if document.get("replicated"):
        # ECR tells of these as replication actions.
        return []
    detail = _action(document, "PUSH") | {"manifest-media-type": document["media_type"]}
    return _tagged(document, detail)


def _deleted(document: Mapping[str, Any]) -> list[_Detail]:
    return _tagged(document, _action(document, "DELETE"))


def _moved(storage_class: str) -> Callable[[Mapping[str, Any]], list[_Detail]]:
    def render(document: Mapping[str, Any]) -> list[_Detail]:
        detail = _action(document, "UPDATE_STORAGE_CLASS")
        return _tagged(document, detail | {"target-storage-class": storage_class})

    return render


def _expired(document: Mapping[str, Any]) -> list[_Detail]:
    detail = _action(document, "EXPIRE") | {
        "image-tags": list(document["tags"]),
        "rule-priority": document["rule_priority"],
    }
    return [("ECR Lifecycle Policy Action", detail, True)]


def _scanned(document: Mapping[str, Any]) -> list[_Detail]:
    detail = {
        "scan-status": document["status"],
        "repository-name": document["repository"],
        "finding-severity-counts": document["counts"],
        "image-digest": document["digest"],
        "image-tags": list(document["tags"]),
    }
    return [("ECR Image Scan", detail, True)]


def _replicated(document: Mapping[str, Any]) -> list[_Detail]:
    failure = document["failure_code"]
    detail = {
        **_action(document, "REPLICATE"),
        "result": "FAILED" if failure else "SUCCESS",
        "source-account": document["source_account"],
        "source-region": document["source_region"],
    }
    if document["tag"]:
        detail["image-tag"] = document["tag"]
    if failure:
        detail["failure-code"] = failure
    return [("ECR Replication Action", detail, True)]


def _pulled_through(document: Mapping[str, Any]) -> list[_Detail]:
    failure = document["failure"]
    detail = {
        "rule-version": "1",
        "sync-status": "FAILED" if failure else "SUCCESS",
        "ecr-repository-prefix": document["prefix"],
        "repository-name": document["repository"],
        "upstream-registry-url": document["upstream_url"],
    }
    more = {
        "image-tag": document["tag"],
        "image-digest": document["digest"],
        "failure-reason": failure,
    }
    detail |= {key: value for key, value in more.items() if value}
    return [("ECR Pull Through Cache Action", detail, True)]


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], list[_Detail]]] = {
    "ImagePushed": _pushed,
    "ImageDeleted": _deleted,
    "ImageArchived": _moved("ARCHIVE"),
    "ImageActivated": _moved("STANDARD"),
    "ImageExpired": _expired,
    "ImageScanned": _scanned,
    "ImageReplicated": _replicated,
    "PullThroughCacheAction": _pulled_through,
}
NOTIFIED_KINDS = tuple(_KINDS)
"""The kinds of events of which anybody outside is told."""
