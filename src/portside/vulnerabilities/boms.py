"""Bills of materials: what an image holds, as CycloneDX 1.6 and as SPDX 2.3 (JSON forms)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from portside.vulnerabilities.layers import ImageContents, Installed
from portside.vulnerabilities.packages import Distribution
from portside.vulnerabilities.purls import purl

CYCLONEDX: Final = "application/vnd.cyclonedx+json"
SPDX: Final = "application/spdx+json"
TOOL: Final = "portside"


@dataclass(frozen=True, slots=True, kw_only=True)
class BomSubject:
    """The image that a bill speaks of. ``serial`` is a UUID that names the bill."""

    name: str
    digest: str
    serial: str
    made_at: datetime
    tool_version: str


def render_cyclonedx(subject: BomSubject, contents: Sequence[ImageContents]) -> dict[str, Any]:
    """A bill as CycloneDX has it (CycloneDX 1.6, JSON)."""
    components = []
    for one in contents:
        components += [_component(installed, one.distribution) for installed in one.installed]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{subject.serial}",
        "version": 1,
        "metadata": {
            "timestamp": _moment(subject.made_at),
            "tools": {
                "components": [
                    {"type": "application", "name": TOOL, "version": subject.tool_version}
                ]
            },
            "component": {
                "type": "container",
                "bom-ref": subject.digest,
                "name": subject.name,
                "version": subject.digest,
            },
        },
        "components": _once(components, "bom-ref"),
    }


def _component(installed: Installed, distribution: Distribution | None) -> dict[str, Any]:
    package = installed.package
    name = purl(package, distribution)
    return {
        "type": "library",
        "bom-ref": name,
        "name": package.name,
        "version": package.version,
        "purl": name,
        "properties": [
            {"name": "portside:path", "value": installed.path},
            {"name": "portside:layer", "value": installed.layer},
        ],
    }


def render_spdx(subject: BomSubject, contents: Sequence[ImageContents]) -> dict[str, Any]:
    """A bill as SPDX has it (SPDX 2.3, JSON)."""
    packages = []
    for one in contents:
        packages += [_spdx_package(installed, one.distribution) for installed in one.installed]
    packages = _once(packages, "SPDXID")
    image = {
        "SPDXID": "SPDXRef-Image",
        "name": subject.name,
        "versionInfo": subject.digest,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "primaryPackagePurpose": "CONTAINER",
    }
    contained = [
        {
            "spdxElementId": "SPDXRef-Image",
            "relationshipType": "CONTAINS",
            "relatedSpdxElement": package["SPDXID"],
        }
        for package in packages
    ]
    described = {
        "spdxElementId": "SPDXRef-DOCUMENT",
        "relationshipType": "DESCRIBES",
        "relatedSpdxElement": "SPDXRef-Image",
    }
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": subject.name,
        "documentNamespace": f"https://portside.invalid/spdx/{subject.serial}",
        "creationInfo": {
            "created": _moment(subject.made_at),
            "creators": [f"Tool: {TOOL}-{subject.tool_version}"],
        },
        "packages": [image, *packages],
        "relationships": [described, *contained],
    }


def _spdx_package(installed: Installed, distribution: Distribution | None) -> dict[str, Any]:
    package = installed.package
    name = purl(package, distribution)
    return {
        "SPDXID": f"SPDXRef-Package-{hashlib.sha256(name.encode()).hexdigest()[:32]}",
        "name": package.name,
        "versionInfo": package.version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "sourceInfo": f"found in {installed.path} of layer {installed.layer}",
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": name,
            }
        ],
    }


def _once(entries: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    return list({entry[key]: entry for entry in entries}.values())


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
