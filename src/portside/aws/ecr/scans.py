"""Scans (ECR StartImageScan, DescribeImageScanFindings)."""

from __future__ import annotations

from typing import Any, Final

from portside.aws.calls import Call
from portside.aws.ecr.enhanced_findings import show_enhanced
from portside.aws.ecr.image_ids import require_target, show_identifier
from portside.registry.images import Image, ImageIdentifier, Target
from portside.registry.pages import parse_token, render_token
from portside.registry.scans import Scan, ScanState, StoredFinding

PAGE_DEFAULT: Final = 100
_STATUSES: Final = {
    ScanState.WAITING: "IN_PROGRESS",
    ScanState.COMPLETE: "COMPLETE",
    ScanState.FAILED: "FAILED",
}


async def start_image_scan(call: Call) -> dict[str, Any]:
    """Ask for a scan, which runs in the background."""
    target = require_target(call.params["imageId"], "imageId")
    image = await call.deeds.scanning.start(call.registry, call.name, target)
    return {
        **_named(call, image, target),
        "imageScanStatus": {"status": _STATUSES[ScanState.WAITING]},
    }


async def describe_image_scan_findings(call: Call) -> dict[str, Any]:
    """Show what the newest scan found, the gravest first, by pages."""
    target = require_target(call.params["imageId"], "imageId")
    limit = call.params.get("maxResults") or PAGE_DEFAULT
    position = parse_token("findings", call.params.get("nextToken"), int)
    shown = await call.deeds.scanning.findings(
        call.registry,
        call.name,
        target,
        after=position[0] if position else 0,
        limit=limit + 1,
    )
    page = shown.findings[:limit]
    findings = (
        {"enhancedFindings": [show_enhanced(call, shown, finding) for finding in page]}
        if shown.enhanced
        else {"findings": [_show_finding(finding) for finding in page]}
    )
    status = show_status(shown.scan)
    if shown.continuous and shown.scan.state is ScanState.COMPLETE:
        status["status"] = "ACTIVE"
    answer = {
        **_named(call, shown.image, target),
        "imageScanStatus": status,
        "imageScanFindings": {**show_summary(shown.scan), **findings},
    }
    if len(shown.findings) > limit:
        answer["nextToken"] = render_token("findings", page[-1].position)
    return answer


def show_status(scan: Scan) -> dict[str, Any]:
    """An ``imageScanStatus``."""
    shown = {"status": _STATUSES[scan.state]}
    return shown | ({"description": scan.description} if scan.description else {})


def show_summary(scan: Scan) -> dict[str, Any]:
    """When a scan was complete, with which advisories, and its findings by severity."""
    shown = {
        "imageScanCompletedAt": scan.completed_at,
        "vulnerabilitySourceUpdatedAt": scan.source_updated_at,
        "findingSeverityCounts": dict(scan.counts),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _show_finding(finding: StoredFinding) -> dict[str, Any]:
    document = finding.document
    attributes = [
        {"key": "package_version", "value": document["version"]},
        {"key": "package_name", "value": document["package"]},
    ]
    for score in document["scores"]:
        major = score["version"][0]
        attributes.append({"key": f"CVSS{major}_VECTOR", "value": score["vector"]})
        attributes.append({"key": f"CVSS{major}_SCORE", "value": str(score["base"])})
    if document["fixed_in"]:
        attributes.append({"key": "fixed_in_version", "value": document["fixed_in"]})
    shown = {
        "name": document["name"],
        "description": document["description"] or None,
        "uri": document["url"] or None,
        "severity": finding.severity,
        "attributes": attributes,
    }
    return {name: value for name, value in shown.items() if value is not None}


def _named(call: Call, image: Image, target: Target) -> dict[str, Any]:
    tag = target.tag.text if target.tag else None
    return {
        "registryId": call.account,
        "repositoryName": call.name.text,
        "imageId": show_identifier(ImageIdentifier(image.digest.text, tag)),
    }
