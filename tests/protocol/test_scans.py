"""Scans: asked for or on push, run in the background, shown as ECR shows them."""

import gzip
import io
import json
import subprocess
import tarfile
import time
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.protocol.pushing import OCI_INDEX, Registry, digest_of, index_of

OS_RELEASE = b'ID=debian\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\n'
STATUS = b"""Package: libssl1.1
Status: install ok installed
Architecture: amd64
Source: openssl
Version: 1.1.1k-1
"""
YAML = b"Metadata-Version: 2.1\nName: PyYAML\nVersion: 5.3\n"
YAML_PATH = "usr/lib/python3/dist-packages/PyYAML-5.3.dist-info/METADATA"


def layer(files: dict[str, bytes]) -> bytes:
    """A layer, packed as clients pack them."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)


BASE = layer({"etc/os-release": OS_RELEASE, "var/lib/dpkg/status": STATUS})
APP = layer({YAML_PATH: YAML})


@pytest.fixture(scope="module")
def scanner() -> Iterator[LiveServer]:
    """A server with the sample advisories, on which an image may be scanned as often as wished."""
    with LiveServer("--scan-interval-hours", "0") as live:
        vulndb(live, "import", "--sample")
        yield live


def vulndb(live: LiveServer, *arguments: str) -> str:
    done = subprocess.run(
        [PORTSIDE, "vulndb", *arguments, "--data", live.data],
        env=clean_environment(**live.env),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


@pytest.fixture
def images(scanner: LiveServer) -> Iterator[Registry]:
    """A new repository of that server."""
    name = f"scans/{uuid4().hex}"
    scanner.client("ecr").create_repository(repositoryName=name)
    with httpx.Client(base_url=scanner.url, auth=scanner.auth(), timeout=60) as client:
        yield Registry(client, name)


def scanned(live: LiveServer, name: str, tag: str) -> dict[str, Any]:
    """The findings, as soon as the scan is complete."""
    ecr, image = live.client("ecr"), {"imageTag": tag}
    waiter = ecr.get_waiter("image_scan_complete")
    waiter.wait(repositoryName=name, imageId=image, WaiterConfig={"Delay": 1, "MaxAttempts": 240})
    answer: dict[str, Any] = ecr.describe_image_scan_findings(repositoryName=name, imageId=image)
    return answer


def ended(live: LiveServer, name: str, tag: str) -> dict[str, Any]:
    """The status of a scan that ends some way or other."""
    ecr = live.client("ecr")
    for _ in range(600):
        answer = ecr.describe_image_scan_findings(repositoryName=name, imageId={"imageTag": tag})
        status: dict[str, Any] = answer["imageScanStatus"]
        if status["status"] != "IN_PROGRESS":
            return status
        time.sleep(0.5)
    raise AssertionError("the scan does not end")


def test_a_scan_finds_what_is_in_the_image(scanner: LiveServer, images: Registry) -> None:
    """Packages of the distribution and of languages, gravest first, with what mends them."""
    images.push("v1", BASE, APP)
    ecr = scanner.client("ecr")
    asked = ecr.start_image_scan(repositoryName=images.name, imageId={"imageTag": "v1"})
    assert asked["imageScanStatus"] == {"status": "IN_PROGRESS"}
    assert asked["imageId"]["imageTag"] == "v1"
    answer = scanned(scanner, images.name, "v1")
    findings = answer["imageScanFindings"]
    assert findings["findingSeverityCounts"] == {"CRITICAL": 2}
    assert [one["name"] for one in findings["findings"]] == ["CVE-2020-14343", "CVE-2021-3711"]
    first = findings["findings"][0]
    attributes = {one["key"]: one["value"] for one in first["attributes"]}
    assert attributes == {
        "package_name": "pyyaml",
        "package_version": "5.3",
        "CVSS3_VECTOR": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS3_SCORE": "9.8",
        "fixed_in_version": "5.4",
    }
    assert first["uri"] == "https://github.com/advisories/GHSA-8q59-q68h-6hv4"
    (detail,) = ecr.describe_images(repositoryName=images.name)["imageDetails"]
    assert detail["imageScanStatus"]["status"] == "COMPLETE"
    assert detail["imageScanFindingsSummary"]["findingSeverityCounts"] == {"CRITICAL": 2}


def test_findings_come_by_pages(scanner: LiveServer, images: Registry) -> None:
    """Each finding once, in order."""
    images.push("v1", BASE, APP)
    ecr = scanner.client("ecr")
    ecr.start_image_scan(repositoryName=images.name, imageId={"imageTag": "v1"})
    scanned(scanner, images.name, "v1")
    pages = ecr.get_paginator("describe_image_scan_findings").paginate(
        repositoryName=images.name, imageId={"imageTag": "v1"}, PaginationConfig={"PageSize": 1}
    )
    names = [one["name"] for page in pages for one in page["imageScanFindings"]["findings"]]
    assert names == ["CVE-2020-14343", "CVE-2021-3711"]


def test_scan_on_push(scanner: LiveServer) -> None:
    """An image of a repository with that setting is scanned without being asked for."""
    name = f"scans/{uuid4().hex}"
    scanner.client("ecr").create_repository(
        repositoryName=name, imageScanningConfiguration={"scanOnPush": True}
    )
    with httpx.Client(base_url=scanner.url, auth=scanner.auth(), timeout=60) as client:
        Registry(client, name).push("v1", BASE)
    ecr = scanner.client("ecr")
    detail: dict[str, Any] = {}
    for _ in range(60):
        (detail,) = ecr.describe_images(repositoryName=name)["imageDetails"]
        if detail.get("imageScanStatus", {}).get("status") == "COMPLETE":
            break
        time.sleep(0.5)
    assert detail["imageScanFindingsSummary"]["findingSeverityCounts"] == {"CRITICAL": 1}


def test_an_index_is_scanned_by_its_images(scanner: LiveServer, images: Registry) -> None:
    """What the images for all platforms hold, each finding once."""
    first = images.push("a", BASE)
    second = images.push("b", BASE, APP)
    answer = images.put_manifest("all", index_of(first, second), OCI_INDEX)
    assert answer.status_code == 201, answer.text
    ecr = scanner.client("ecr")
    ecr.start_image_scan(repositoryName=images.name, imageId={"imageTag": "all"})
    found = scanned(scanner, images.name, "all")["imageScanFindings"]
    assert found["findingSeverityCounts"] == {"CRITICAL": 2}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (layer({"etc/hello": b"x"}), "UnsupportedImageError"),
        (b"\x1f\x8bno gzip at all", "packed wrongly"),
        (b"no tar at all" * 100, "no tar archive"),
        (BASE[:-40], "no tar archive"),
    ],
)
def test_what_cannot_be_scanned_fails_with_a_reason(
    scanner: LiveServer, images: Registry, content: bytes, reason: str
) -> None:
    """The scan ends as FAILED and says why; the image is as it was."""
    images.push("v1", content)
    ecr = scanner.client("ecr")
    ecr.start_image_scan(repositoryName=images.name, imageId={"imageTag": "v1"})
    status = ended(scanner, images.name, "v1")
    assert status["status"] == "FAILED"
    assert reason in status["description"]
    assert images.request("GET", "manifests/v1").status_code == 200


def refusal(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**params)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_refusals(server: LiveServer, ecr: Any, repo: Registry) -> None:
    """Never scanned, not there, an artifact, and twice within a day."""
    image = {"imageTag": "v1"}
    body = repo.push("v1", BASE)
    code, message = refusal(
        ecr.describe_image_scan_findings, repositoryName=repo.name, imageId=image
    )
    assert (code, message) == (
        "ScanNotFoundException",
        (
            "Image scan does not exist for the image with '{imageDigest:'null', imageTag:'v1'}' in "
            f"the repository with name '{repo.name}' in the registry with id '{server.account}'"
        ),
    )
    missing = refusal(ecr.start_image_scan, repositoryName=repo.name, imageId={"imageTag": "x"})
    assert missing[0] == "ImageNotFoundException"
    nobody = refusal(ecr.start_image_scan, repositoryName="no/such", imageId=image)
    assert nobody[0] == "RepositoryNotFoundException"
    repo.push("sbom", BASE, config=b"{ }", artifactType="application/spdx+json")
    artifact = refusal(ecr.start_image_scan, repositoryName=repo.name, imageId={"imageTag": "sbom"})
    assert artifact[0] == "UnsupportedImageTypeException"
    assert body


def test_once_a_day(server: LiveServer, ecr: Any, repo: Registry) -> None:
    """The second scan within 24 hours is refused in ECR's words."""
    vulndb(server, "import", "--sample")
    repo.push("v1", BASE)
    image = {"imageTag": "v1"}
    ecr.start_image_scan(repositoryName=repo.name, imageId=image)
    assert ended(server, repo.name, "v1")["status"] == "COMPLETE"
    assert refusal(ecr.start_image_scan, repositoryName=repo.name, imageId=image) == (
        "LimitExceededException",
        "The scan quota per image has been exceeded. Wait and try again.",
    )


def test_without_a_database_nothing_is_called_safe() -> None:
    """A scan without advisories fails and says what to do."""
    with LiveServer() as live:
        name = "scans/none"
        live.client("ecr").create_repository(repositoryName=name)
        with httpx.Client(base_url=live.url, auth=live.auth(), timeout=60) as client:
            Registry(client, name).push("v1", BASE)
        live.client("ecr").start_image_scan(repositoryName=name, imageId={"imageTag": "v1"})
        status = ended(live, name, "v1")
        assert status["status"] == "FAILED"
        assert "portside vulndb import" in status["description"]


def test_enhanced_scanning_and_new_advisories(tmp_path: Any) -> None:
    """Enhanced findings have their own shape; new advisories bring new findings by themselves."""
    with LiveServer() as live:
        name = "scans/enhanced"
        ecr = live.client("ecr")
        ecr.put_registry_scanning_configuration(
            scanType="ENHANCED",
            rules=[
                {
                    "scanFrequency": "CONTINUOUS_SCAN",
                    "repositoryFilters": [{"filter": "scans/*", "filterType": "WILDCARD"}],
                }
            ],
        )
        advisory = tmp_path / "first.json"
        advisory.write_text(osv("CVE-2021-3711", "Debian:11", "openssl", "1.1.1k-1+deb11u1"))
        vulndb(live, "import", str(advisory))
        ecr.create_repository(repositoryName=name)
        with httpx.Client(base_url=live.url, auth=live.auth(), timeout=60) as client:
            Registry(client, name).push("v1", BASE, APP)
        assert enhanced(ecr, name, 1) == {"CVE-2021-3711"}
        newer = tmp_path / "second.json"
        newer.write_text(osv("CVE-2020-14343", "PyPI", "pyyaml", "5.4"))
        vulndb(live, "import", str(newer))
        assert enhanced(ecr, name, 2) == {"CVE-2021-3711", "CVE-2020-14343"}
        answer = ecr.describe_image_scan_findings(repositoryName=name, imageId={"imageTag": "v1"})
        assert answer["imageScanStatus"]["status"] == "ACTIVE"
        (finding,) = (
            one
            for one in answer["imageScanFindings"]["enhancedFindings"]
            if one["packageVulnerabilityDetails"]["vulnerabilityId"] == "CVE-2021-3711"
        )
        (package,) = finding["packageVulnerabilityDetails"]["vulnerablePackages"]
        assert (package["name"], package["version"], package["release"]) == (
            "libssl1.1",
            "1.1.1k",
            "1",
        )
        assert package["fixedInVersion"] == "1.1.1k-1+deb11u1"
        assert finding["fixAvailable"] == "YES"


def osv(name: str, ecosystem: str, package: str, fixed: str) -> str:
    """An OSV record of a weakness in every version before this one."""
    events = [{"introduced": "0"}, {"fixed": fixed}]
    affected = {
        "package": {"ecosystem": ecosystem, "name": package},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
    }
    return json.dumps({"id": name, "modified": "2024-01-01T00:00:00Z", "affected": [affected]})


def enhanced(ecr: Any, name: str, count: int) -> set[str]:
    """The weaknesses that are listed as soon as there are so many."""
    found: set[str] = set()
    for _ in range(240):
        try:
            answer = ecr.describe_image_scan_findings(
                repositoryName=name, imageId={"imageTag": "v1"}
            )
        except ecr.exceptions.ScanNotFoundException:
            answer = {}
        shown = answer.get("imageScanFindings", {}).get("enhancedFindings", [])
        found = {one["packageVulnerabilityDetails"]["vulnerabilityId"] for one in shown}
        if len(found) == count:
            break
        time.sleep(0.5)
    return found


def bill(live: LiveServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PORTSIDE, "sbom", *arguments, "--data", live.data],
        env=clean_environment(**live.env),
        capture_output=True,
        text=True,
        check=False,
    )


def test_bills_of_materials(scanner: LiveServer, images: Registry) -> None:
    """Both forms name every package; an attached bill is a referrer of its image."""
    body = images.push("v1", BASE, APP)
    cyclonedx = json.loads(bill(scanner, f"{images.name}:v1").stdout)
    expected = {
        "pkg:deb/debian/libssl1.1@1.1.1k-1?arch=amd64&distro=debian-11",
        "pkg:pypi/pyyaml@5.3",
    }
    assert {one["purl"] for one in cyclonedx["components"]} == expected
    spdx = json.loads(bill(scanner, f"{images.name}:v1", "--format", "spdx").stdout)
    purls = {
        one["externalRefs"][0]["referenceLocator"]
        for one in spdx["packages"]
        if one["SPDXID"] != "SPDXRef-Image"
    }
    assert purls == expected
    digest = digest_of(body)
    done = bill(scanner, f"{images.name}@{digest}", "--format", "spdx", "--attach")
    assert done.returncode == 0, done.stderr
    listed = images.request("GET", f"referrers/{digest}").json()["manifests"]
    assert [one["artifactType"] for one in listed] == ["application/spdx+json"]
    assert bill(scanner, f"{images.name}:none").returncode == 1
    assert bill(scanner, "UPPER").returncode == 1
    assert bill(scanner, images.name, "--format", "x").returncode == 2
