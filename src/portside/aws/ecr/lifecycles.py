"""Lifecycle policies and their previews (ECR PutLifecyclePolicy, GetLifecyclePolicyPreview …)."""

from __future__ import annotations

from typing import Any

from portside.aws.calls import Call
from portside.aws.ecr.image_ids import require_target
from portside.lifecycle.records import Preview, PreviewResult, StoredPolicy
from portside.registry.pages import parse_token, render_token
from portside.services.previews import PreviewPage

PAGE_DEFAULT = 100
_TAGGED = {"TAGGED": True, "UNTAGGED": False}


async def put_lifecycle_policy(call: Call) -> dict[str, Any]:
    """Give a repository its lifecycle policy."""
    text = await call.deeds.lifecycles.put(
        call.registry, call.name, call.params["lifecyclePolicyText"], call.caller
    )
    return {**_where(call), "lifecyclePolicyText": text}


async def get_lifecycle_policy(call: Call) -> dict[str, Any]:
    """Show a repository's lifecycle policy."""
    return _show(call, await call.deeds.lifecycles.get(call.registry, call.name))


async def delete_lifecycle_policy(call: Call) -> dict[str, Any]:
    """Remove a repository's lifecycle policy, and show it."""
    return _show(call, await call.deeds.lifecycles.delete(call.registry, call.name, call.caller))


async def start_lifecycle_policy_preview(call: Call) -> dict[str, Any]:
    """Begin to find out what a policy would do."""
    given = call.params.get("lifecyclePolicyText")
    text = await call.deeds.previews.start(call.registry, call.name, given)
    return {**_where(call), "lifecyclePolicyText": text, "status": "IN_PROGRESS"}


async def get_lifecycle_policy_preview(call: Call) -> dict[str, Any]:
    """Show what a policy would do: the named images, or all that it acts on by pages."""
    params = call.params
    position = parse_token("preview", params.get("nextToken"))
    named = params.get("imageIds") or ()
    shown_tags = (params.get("filter") or {}).get("tagStatus", "ANY")
    page = PreviewPage(
        targets=tuple(require_target(entry, "imageIds") for entry in named),
        tagged=_TAGGED.get(shown_tags),
        after=int(position[0]) if position else 0,
        limit=params.get("maxResults") or PAGE_DEFAULT,
    )
    shown = await call.deeds.previews.get(call.registry, call.name, page)
    answer = {
        **_where(call),
        "lifecyclePolicyText": shown.preview.text,
        "status": shown.preview.status.value,
        "previewResults": [_show_result(result) for result in shown.results],
        "summary": _show_summary(shown.preview),
    }
    if shown.next_after is not None:
        answer["nextToken"] = render_token("preview", shown.next_after)
    return answer


def _show_summary(preview: Preview) -> dict[str, Any]:
    moving = {"targetStorageClass": "ARCHIVE", "imageTotalCount": preview.transitioning_count}
    return {
        "expiringImageTotalCount": preview.expiring_count,
        "transitioningImageTotalCounts": [moving] if preview.transitioning_count else [],
    }


def _show_result(result: PreviewResult) -> dict[str, Any]:
    action = {"type": result.action.name}
    if action["type"] == "TRANSITION":
        action["targetStorageClass"] = "ARCHIVE"
    return {
        "imageTags": list(result.tags),
        "imageDigest": result.digest.text,
        "imagePushedAt": result.pushed_at,
        "action": action,
        "appliedRulePriority": result.rule_priority,
        "storageClass": result.storage_class.name,
    }


def _show(call: Call, policy: StoredPolicy) -> dict[str, Any]:
    shown = {**_where(call), "lifecyclePolicyText": policy.text}
    if policy.evaluated_at is not None:
        shown["lastEvaluatedAt"] = policy.evaluated_at
    return shown


def _where(call: Call) -> dict[str, Any]:
    return {"registryId": call.account, "repositoryName": call.name.text}
