"""Reports of Trivy, Grype and Clair in their documented forms, as findings of ours."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.vulnerabilities.matching import Located
from portside.vulnerabilities.reports import clair, grype, trivy
from portside.vulnerabilities.reports.reported import MalformedReport

LAYER = f"sha256:{'a' * 64}"
PLAIN = f"sha256:{'b' * 64}"
V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"
V2 = "AV:N/AC:L/Au:N/C:P/I:P/A:P"

TRIVY: dict[str, Any] = {
    "SchemaVersion": 2,
    "Metadata": {"OS": {"Family": "debian", "Name": "10.1"}, "DiffIDs": [PLAIN]},
    "Results": [
        {
            "Target": "image (debian 10.1)",
            "Class": "os-pkgs",
            "Type": "debian",
            "Vulnerabilities": [
                {
                    "VulnerabilityID": "CVE-2019-18224",
                    "VendorIDs": ["DSA-4613-1"],
                    "PkgName": "libidn2-0",
                    "PkgIdentifier": {
                        "PURL": "pkg:deb/debian/libidn2-0@2.0.5-1?arch=amd64&distro=debian-10.1"
                    },
                    "InstalledVersion": "2.0.5-1",
                    "FixedVersion": "2.0.5-1+deb10u1",
                    "Layer": {"DiffID": PLAIN},
                    "SeveritySource": "debian",
                    "PrimaryURL": "https://avd.aquasec.com/nvd/cve-2019-18224",
                    "DataSource": {"ID": "debian", "Name": "Debian Security Tracker"},
                    "Description": "idn2_to_ascii_4i has a heap-based buffer overflow.",
                    "Severity": "CRITICAL",
                    "CVSS": {
                        "redhat": {"V3Vector": "CVSS:3.0/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:L"},
                        "nvd": {"V2Vector": V2, "V3Vector": V3, "V3Score": 9.8},
                    },
                }
            ],
        },
        {
            "Target": "Java",
            "Class": "lang-pkgs",
            "Type": "jar",
            "Vulnerabilities": [
                {
                    "VulnerabilityID": "CVE-2021-44228",
                    "PkgName": "org.apache.logging.log4j:log4j-core",
                    "PkgPath": "app/lib/log4j-core-2.14.1.jar",
                    "InstalledVersion": "2.14.1",
                    "FixedVersion": "2.15.0, 2.3.1, 2.12.2",
                    "Severity": "UNKNOWN",
                }
            ],
        },
        {"Target": "usr/bin/tool", "Class": "lang-pkgs", "Type": "gobinary"},
    ],
}

GRYPE: dict[str, Any] = {
    "matches": [
        {
            "vulnerability": {
                "id": "GHSA-8q59-q68h-6hv4",
                "dataSource": "https://github.com/advisories/GHSA-8q59-q68h-6hv4",
                "namespace": "github:language:python",
                "severity": "Critical",
                "description": "Improper Input Validation in PyYAML",
                "cvss": [{"version": "3.1", "vector": V3, "metrics": {"baseScore": 9.8}}],
                "fix": {"versions": ["5.4"], "state": "fixed"},
            },
            "relatedVulnerabilities": [{"id": "CVE-2020-14343", "namespace": "nvd:cpe"}],
            "artifact": {
                "name": "PyYAML",
                "version": "5.3",
                "type": "python",
                "purl": "pkg:pypi/PyYAML@5.3",
                "locations": [{"path": "/usr/lib/python3/PyYAML/METADATA", "layerID": PLAIN}],
            },
        },
        {
            "vulnerability": {
                "id": "CVE-2021-36159",
                "severity": "Negligible",
                "namespace": "alpine:distro:alpine:3.10",
                "fix": {"versions": [], "state": "not-fixed"},
                "cvss": [],
            },
            "relatedVulnerabilities": [
                {
                    "id": "CVE-2021-36159",
                    "description": "libfetch mishandles numeric strings.",
                    "cvss": [
                        {"version": "2.0", "vector": V2},
                        {"version": "3.1", "vector": V3},
                        {"version": "3.1", "vector": "a second opinion"},
                    ],
                }
            ],
            "artifact": {
                "name": "apk-tools",
                "version": "2.10.6-r0",
                "purl": "pkg:apk/alpine/apk-tools@2.10.6-r0?arch=x86_64&distro=alpine-3.10.9",
                "locations": [{"path": "/lib/apk/db/installed", "layerID": "sha256:unknown"}],
            },
        },
        {
            "vulnerability": {"id": "GHSA-jfh8-c2jp-5v3q", "severity": "Critical"},
            "artifact": {
                "name": "log4j-core",
                "version": "2.14.1",
                "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
                "metadata": {"pomGroupID": "org.apache.logging.log4j"},
                "locations": [],
            },
        },
    ],
    "distro": {"name": "alpine", "version": "3.10.9"},
    "descriptor": {"name": "grype", "db": {"status": {"built": "2025-03-14T01:31:06Z"}}},
}

CLAIR: dict[str, Any] = {
    "manifest_hash": LAYER,
    "packages": {
        "10": {"id": "10", "name": "libidn2-0", "version": "2.0.5-1", "arch": "amd64"},
        "11": {"id": "11", "name": "pyyaml", "version": "5.3"},
        "12": {"id": "12", "name": "polkit", "version": "0.115-12.el8", "arch": "x86_64"},
    },
    "distributions": {"1": {"id": "1", "did": "debian", "version_id": "10"}},
    "environments": {
        "10": [{"package_db": "var/lib/dpkg/status", "introduced_in": LAYER}],
        "11": [{"package_db": "python:usr/lib/python3/site-packages", "introduced_in": LAYER}],
        "12": [{"package_db": "sqlite:usr/lib/sysimage/rpm", "introduced_in": LAYER}],
    },
    "vulnerabilities": {
        "100": {
            "id": "100",
            "updater": "debian/updater/buster",
            "name": "CVE-2019-18224",
            "description": "a heap-based buffer overflow",
            "links": "https://security-tracker.debian.org/tracker/CVE-2019-18224 https://b.example",
            "severity": "not yet assigned",
            "normalized_severity": "Unknown",
            "fixed_in_version": "2.0.5-1+deb10u1",
        },
        "101": {
            "id": "101",
            "updater": "osv/pypi",
            "name": "GHSA-8q59-q68h-6hv4 CVE-2020-14343",
            "normalized_severity": "Critical",
            "fixed_in_version": "fixed=5.4&introduced=0",
        },
        "102": {"id": "102", "name": "CVE-2021-4034", "normalized_severity": "High"},
    },
    "package_vulnerabilities": {"10": ["100"], "11": ["101"], "12": ["102"]},
    "enrichments": {
        "message/vnd.clair.map.vulnerability; enricher=clair.cvss schema=https://x.example": [
            {"100": [{"version": "3.1", "vectorString": V3, "baseScore": 9.8}]}
        ]
    },
}


def facts(located: Located) -> tuple[Any, ...]:
    """What both of ECR's shapes show first."""
    finding = located.finding
    package = finding.package
    return (
        finding.advisory.name,
        finding.severity.value,
        (package.kind, package.name, package.version, package.arch),
        (located.installed.path, located.installed.layer),
        finding.fixed_in,
    )


def test_trivy() -> None:
    """Kinds from package URLs, or from the target's type; layers by their plain archives."""
    report = trivy.read(TRIVY, {PLAIN: LAYER})
    assert [facts(one) for one in report.found] == [
        (
            "CVE-2019-18224",
            "CRITICAL",
            ("deb", "libidn2-0", "2.0.5-1", "amd64"),
            ("", LAYER),
            "2.0.5-1+deb10u1",
        ),
        (
            "CVE-2021-44228",
            "UNDEFINED",
            ("maven", "org.apache.logging.log4j:log4j-core", "2.14.1", None),
            ("app/lib/log4j-core-2.14.1.jar", ""),
            "2.15.0, 2.3.1, 2.12.2",
        ),
    ]
    first = report.found[0].finding.advisory
    assert first.vectors == (V3, V2)
    assert (first.ecosystem, first.aliases) == ("debian", ("DSA-4613-1",))
    assert first.description.startswith("idn2_to_ascii_4i")


def test_trivy_and_an_image_that_it_does_not_know() -> None:
    """No distribution and no language's packages: unsupported, and not free of weaknesses."""
    assert not trivy.read({"SchemaVersion": 2, "Metadata": {}}, {}).supported
    bare = {"Metadata": {}, "Results": [{"Class": "lang-pkgs", "Type": "gobinary"}]}
    assert trivy.read(bare, {}).supported


def test_grype() -> None:
    """A CVE's name where there is one; scores of a related record where the own has none."""
    report = grype.read(GRYPE, {PLAIN: LAYER})
    assert [facts(one) for one in report.found] == [
        (
            "CVE-2020-14343",
            "CRITICAL",
            ("pypi", "PyYAML", "5.3", None),
            ("usr/lib/python3/PyYAML/METADATA", LAYER),
            "5.4",
        ),
        (
            "CVE-2021-36159",
            "INFORMATIONAL",
            ("apk", "apk-tools", "2.10.6-r0", "x86_64"),
            ("lib/apk/db/installed", "sha256:unknown"),
            None,
        ),
        (
            "GHSA-jfh8-c2jp-5v3q",
            "CRITICAL",
            ("maven", "org.apache.logging.log4j:log4j-core", "2.14.1", None),
            ("", ""),
            None,
        ),
    ]
    first, second, _ = (one.finding.advisory for one in report.found)
    assert (first.id, first.aliases) == ("GHSA-8q59-q68h-6hv4", ("CVE-2020-14343",))
    assert second.vectors == (V2, V3)
    assert second.description == "libfetch mishandles numeric strings."
    assert report.updated_at is not None
    assert report.updated_at.isoformat() == "2025-03-14T01:31:06+00:00"


def test_grype_before_its_sixth_database() -> None:
    """The database's age stood one level higher."""
    older = {"matches": [], "descriptor": {"db": {"built": "2023-01-02T03:04:05Z"}}}
    updated_at = grype.read(older, {}).updated_at
    assert updated_at is not None
    assert updated_at.year == 2023


def test_clair() -> None:
    """Kinds from where packages were found; ranges of OSV as the version that mends."""
    report = clair.read(CLAIR)
    assert report.supported
    assert [facts(one) for one in report.found] == [
        (
            "CVE-2019-18224",
            "UNDEFINED",
            ("deb", "libidn2-0", "2.0.5-1", "amd64"),
            ("var/lib/dpkg/status", LAYER),
            "2.0.5-1+deb10u1",
        ),
        (
            "CVE-2020-14343",
            "CRITICAL",
            ("pypi", "pyyaml", "5.3", None),
            ("usr/lib/python3/site-packages", LAYER),
            "5.4",
        ),
        (
            "CVE-2021-4034",
            "HIGH",
            ("rpm", "polkit", "0.115-12.el8", "x86_64"),
            ("usr/lib/sysimage/rpm", LAYER),
            None,
        ),
    ]
    first = report.found[0].finding.advisory
    assert first.url == "https://security-tracker.debian.org/tracker/CVE-2019-18224"
    assert first.vectors == (V3,)


def test_clair_and_an_image_that_it_does_not_know() -> None:
    """Nothing recognised at all is no clean bill."""
    empty: dict[str, Any] = {"packages": {}, "distributions": {}, "package_vulnerabilities": {}}
    assert not clair.read(empty).supported


@pytest.mark.parametrize("document", [None, [], "text", {}, {"matches": {}}, {"Metadata": 3}])
def test_what_is_no_report(document: Any) -> None:
    """A document of another shape is refused, whatever it is."""
    with pytest.raises(MalformedReport):
        trivy.read(document, {})
    with pytest.raises(MalformedReport):
        grype.read(document, {})
    with pytest.raises(MalformedReport):
        clair.read(document)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)


@given(JSON, st.data())
def test_a_report_with_anything_in_it(value: Any, data: st.DataObject) -> None:
    """Whatever stands in a place of a report, it is read or refused, and nothing else happens."""
    read, whole = data.draw(
        st.sampled_from(
            [
                (lambda one: trivy.read(one, {}), TRIVY),
                (lambda one: grype.read(one, {}), GRYPE),
                (clair.read, CLAIR),
            ]
        )
    )
    try:
        report = read(_spoiled(whole, value, data))
    except MalformedReport:
        return
    assert all(located.finding.advisory.id for located in report.found)


def _spoiled(whole: Any, value: Any, data: st.DataObject) -> Any:
    """A copy with a value in the place of some part."""
    if not isinstance(whole, (dict, list)) or not whole or data.draw(st.integers(0, 4)) == 0:
        return value
    if isinstance(whole, list):
        position = data.draw(st.integers(0, len(whole) - 1))
        part = _spoiled(whole[position], value, data)
        return [*whole[:position], part, *whole[position + 1 :]]
    key = data.draw(st.sampled_from(sorted(whole)))
    return {**whole, key: _spoiled(whole[key], value, data)}
