"""Another scanner than the built-in one: its findings in both of ECR's shapes."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from tests.live import LiveServer
from tests.protocol.pushing import Registry
from tests.protocol.test_scans import BASE, ended, scanned, vulndb
from tests.unit.vulnerabilities.test_reports import CLAIR, TRIVY


def pushed(live: LiveServer) -> str:
    """The name of a new repository with an image v1, whose scan was asked for."""
    name = f"scans/{uuid4().hex}"
    ecr = live.client("ecr")
    ecr.create_repository(repositoryName=name)
    with httpx.Client(base_url=live.url, auth=live.auth(), timeout=60) as client:
        Registry(client, name).push("v1", BASE)
    ecr.start_image_scan(repositoryName=name, imageId={"imageTag": "v1"})
    return name


def test_trivy(tmp_path: Path) -> None:
    """What the program reports is shown as if we had found it; what it complains of, too."""
    program = tmp_path / "trivy"
    (tmp_path / "report").write_text(json.dumps(TRIVY))
    program.write_text(f"#!/bin/sh\ncat {tmp_path}/report\n")
    program.chmod(0o755)
    with LiveServer("--scanner", "trivy", "--scanner-path", str(program)) as live:
        assert "images are scanned by another program" in live.log_tail()
        ecr = live.client("ecr")
        name = pushed(live)
        findings = scanned(live, name, "v1")["imageScanFindings"]
        assert findings["findingSeverityCounts"] == {"CRITICAL": 1, "UNDEFINED": 1}
        attributes = {one["key"]: one["value"] for one in findings["findings"][0]["attributes"]}
        assert attributes["package_name"] == "libidn2-0"
        assert attributes["CVSS3_SCORE"] == "9.8"
        assert attributes["fixed_in_version"] == "2.0.5-1+deb10u1"
        ecr.put_registry_scanning_configuration(scanType="ENHANCED", rules=[])
        enhanced = ecr.describe_image_scan_findings(
            repositoryName=name, imageId={"imageTag": "v1"}
        )["imageScanFindings"]["enhancedFindings"]
        (package,) = enhanced[1]["packageVulnerabilityDetails"]["vulnerablePackages"]
        assert package["packageManager"] == "JAR"
        assert package["filePath"] == "app/lib/log4j-core-2.14.1.jar"
        program.write_text("#!/bin/sh\necho 'no database at all' >&2\nexit 1\n")
        status = ended(live, pushed(live), "v1")
        assert status["status"] == "FAILED"
        assert "no database at all" in status["description"]


@pytest.fixture
def clair() -> Iterator[tuple[str, list[bytes]]]:
    """A server that fetches layers as Clair does, and the layers that it was given."""
    fetched: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            answers = [httpx.get(layer["uri"], timeout=30) for layer in asked["layers"]]
            bad = [answer for answer in answers if answer.status_code != 200]
            fetched.extend(answer.content for answer in answers)
            self._say(201, {"state": "IndexError", "err": bad[0].text} if bad else {"err": ""})

        def do_GET(self) -> None:
            self._say(200, CLAIR)

        def _say(self, status: int, document: dict[str, Any]) -> None:
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Tests say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", fetched
    server.shutdown()
    thread.join()
    server.server_close()


def test_clair(clair: tuple[str, list[bytes]]) -> None:
    """It fetches the layers by addresses that need no credentials, and for nobody else's layers."""
    url, fetched = clair
    with LiveServer("--scanner", "clair", "--scanner-url", url) as live:
        findings = scanned(live, pushed(live), "v1")["imageScanFindings"]
    assert fetched == [BASE]
    assert findings["findingSeverityCounts"] == {"CRITICAL": 1, "HIGH": 1, "UNDEFINED": 1}


def test_the_log_tells_how_old_the_advisories_are() -> None:
    """At the start: that there are none, or their age."""
    with LiveServer() as live:
        assert "there is no advisory database" in live.log_tail()
        vulndb(live, "import", "--sample")
        live.stop()
        live.start()
        assert "age_days=0" in live.log_tail()
