"""Findings in the shape of enhanced scanning (ECR API, EnhancedImageScanFinding)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any, Final

from portside.aws.calls import Call
from portside.registry.scans import StoredFinding
from portside.services.scanning.scans import Shown

_MANAGERS: Final = {
    "deb": "OS",
    "apk": "OS",
    "rpm": "OS",
    "pypi": "PYTHONPKG",
    "npm": "NODEPKG",
    "gem": "GEMSPEC",
    "golang": "GOBINARY",
    "maven": "JAR",
    "cargo": "CARGO",
    "nuget": "NUGET",
    "composer": "COMPOSER",
}
"""What Inspector calls the managers of packages."""


def show_enhanced(call: Call, shown: Shown, finding: StoredFinding) -> dict[str, Any]:
    """One finding, with the image that has it."""
    document = finding.document
    scores = document["scores"]
    observed = document.get("first_observed")
    severity = "UNTRIAGED" if finding.severity == "UNDEFINED" else finding.severity
    entry = {
        "awsAccountId": call.account,
        "type": "PACKAGE_VULNERABILITY",
        "title": f"{document['name']} - {document['package']}",
        "description": document["description"] or document["name"],
        "findingArn": _arn(call, shown, document),
        "firstObservedAt": datetime.fromtimestamp(observed, tz=UTC) if observed else None,
        "lastObservedAt": shown.scan.completed_at,
        "updatedAt": shown.scan.completed_at,
        "severity": severity,
        "status": "ACTIVE",
        "score": scores[0]["base"] if scores else None,
        "scoreDetails": {"cvss": _score(scores[0], document)} if scores else None,
        "fixAvailable": "YES" if document["fixed_in"] else "NO",
        "packageVulnerabilityDetails": _details(document, finding.severity),
        "remediation": {"recommendation": {"text": _recommendation(document)}},
        "resources": [_resource(call, shown)],
    }
    return {name: value for name, value in entry.items() if value is not None}


def _arn(call: Call, shown: Shown, document: dict[str, Any]) -> str:
    named = " ".join(
        (shown.image.digest.text, document["name"], document["package"], document["version"])
    )
    number = hashlib.sha256(named.encode()).hexdigest()[:32]
    return f"arn:aws:inspector2:{call.registry.region}:{call.account}:finding/{number}"


def _score(score: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    return {
        "adjustments": [],
        "score": score["base"],
        "scoreSource": document["ecosystem"],
        "scoringVector": score["vector"],
        "version": score["version"],
    }


def _details(document: dict[str, Any], severity: str) -> dict[str, Any]:
    version, _, release = document["version"].rpartition("-")
    system = document["kind"] in ("deb", "rpm", "apk") and bool(version)
    package = {
        "name": document["package"],
        "version": version if system else document["version"],
        "release": release if system else None,
        "arch": document["arch"],
        "filePath": document["path"],
        "packageManager": _MANAGERS.get(document["kind"]),
        "sourceLayerHash": document["layer"],
        "fixedInVersion": document["fixed_in"],
    }
    return {
        "vulnerabilityId": document["name"],
        "relatedVulnerabilities": [one for one in document["aliases"] if one != document["name"]],
        "referenceUrls": [document["url"]] if document["url"] else [],
        "source": document["ecosystem"],
        "sourceUrl": document["url"],
        "vendorSeverity": severity,
        "cvss": [
            {
                "baseScore": score["base"],
                "scoringVector": score["vector"],
                "source": document["ecosystem"],
                "version": score["version"],
            }
            for score in document["scores"]
        ],
        "vulnerablePackages": [
            {name: value for name, value in package.items() if value is not None}
        ],
    }


def _recommendation(document: dict[str, Any]) -> str:
    if not document["fixed_in"]:
        return "There is no version yet that mends this."
    return f"Update {document['package']} to {document['fixed_in']} or later."


def _resource(call: Call, shown: Shown) -> dict[str, Any]:
    image = shown.image
    return {
        "id": f"{call.deeds.addressing.shown_host(call.registry, call.context.host)}/{call.name}"
        f"@{image.digest}",
        "type": "AWS_ECR_CONTAINER_IMAGE",
        "details": {
            "awsEcrContainerImage": {
                "imageHash": image.digest.text,
                "imageTags": [tag.text for tag in image.tags],
                "pushedAt": image.pushed_at,
                "registry": call.account,
                "repositoryName": call.name.text,
            }
        },
    }
