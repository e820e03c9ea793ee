"""The screen of one image: platforms, layers, configuration, findings, referrers, commands."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect
from tests.console.browser import Console
from tests.live import ROOT, LiveServer
from tests.protocol.pushing import OCI_INDEX, OCI_MANIFEST, Registry, descriptor, digest_of
from tests.protocol.test_scans import APP, BASE, vulndb

NAME = "team/app"
HOSTILE = '"><img src=x onerror="window.hurt=1">'
CONFIG = json.dumps(
    {
        "os": "linux",
        "architecture": "amd64",
        "config": {
            "Entrypoint": ["/bin/app"],
            "Env": ["MODE=fast"],
            "Labels": {"title": HOSTILE},
        },
        "history": [
            {"created_by": "/bin/sh -c #(nop) ADD file:1 in / "},
            {"created_by": "ENV MODE=fast", "empty_layer": True},
            {"created_by": "RUN /bin/sh -c pip install pyyaml # buildkit"},
        ],
    }
).encode()
TABS = {
    "layers": "Layers",
    "configuration": "What it runs",
    "findings": "Details",
    "referrers": "Referrers",
    "pull": "Pull this image",
    "manifest": "Details",
}


@pytest.fixture
def images(server: LiveServer, ecr: Any) -> Iterator[Registry]:
    """A new repository."""
    ecr.create_repository(repositoryName=NAME)
    with httpx.Client(base_url=server.url, auth=server.auth(), timeout=60) as client:
        yield Registry(client, NAME)


@pytest.fixture
def digest(images: Registry) -> str:
    """The digest of an image with two layers and a configuration, tagged v1."""
    return digest_of(images.push("v1", BASE, APP, config=CONFIG))


def path_of(digest: str, tab: str = "") -> str:
    return f"/images/view?name={NAME}&digest={digest}" + (f"&tab={tab}" if tab else "")


def test_layers_stand_beside_the_dockerfiles_lines(console: Console, digest: str) -> None:
    page = console.open(path_of(digest))
    console.heading(f"{NAME}:v1")
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("ADD file:1 in /")
    expect(rows.nth(1)).to_contain_text(digest_of(BASE)[:19])
    expect(rows.nth(2)).to_contain_text("no layer")
    expect(rows.nth(3)).to_contain_text("RUN pip install pyyaml")
    expect(rows.nth(3)).to_contain_text(digest_of(APP)[:19])


def test_the_configuration_is_shown_and_stays_words(console: Console, digest: str) -> None:
    page = console.open(path_of(digest, "configuration"))
    console.see('["/bin/app"]', "MODE", "fast", HOSTILE)
    assert page.evaluate("window.hurt") is None
    assert page.locator("img[src=x]").count() == 0


def test_an_index_leads_to_its_platforms(console: Console, images: Registry) -> None:
    child = images.push("amd", BASE, config=CONFIG)
    platform = {"os": "linux", "architecture": "amd64"}
    index = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [descriptor(child, OCI_MANIFEST) | {"platform": platform}],
        }
    ).encode()
    assert images.put_manifest("all", index, OCI_INDEX).status_code == 201
    page = console.open(path_of(digest_of(index)))
    page.get_by_role("link", name="linux/amd64").click()
    console.heading(f"{NAME}:amd")


def test_an_image_is_scanned_and_its_findings_saved(
    console: Console, server: LiveServer, digest: str
) -> None:
    vulndb(server, "import", "--sample")
    page = console.open(path_of(digest, "findings"))
    console.see("Not scanned yet")
    console.click("Scan now")
    console.see("CVE-2020-14343", "5.4")
    with page.expect_download() as download:
        console.click("Export CSV")
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0].startswith('"Name","Severity","Package","Installed version","Fixed in"')
    assert any(line.startswith('"CVE-2020-14343","CRITICAL","pyyaml"') for line in lines)


def test_no_cell_of_a_csv_file_is_a_formula(chromium_program: Path) -> None:
    """Spreadsheets calculate cells that begin so, and texts of advisories come from outside."""
    assert chromium_program.exists()
    cells = ["=1+1", "+1", "-1", "@a", "\ta", 'a"b', "plain"]
    script = (
        'import { readFileSync } from "node:fs";'
        'import { transformWithOxc } from "vite";'
        'const source = readFileSync("src/shared/csv.ts", "utf8");'
        'const { code } = await transformWithOxc(source, "csv.ts");'
        "const { toCsv } = await import(`data:text/javascript,${encodeURIComponent(code)}`);"
        f"process.stdout.write(toCsv({json.dumps(cells)}, []));"
    )
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        cwd=ROOT / "console",
        capture_output=True,
        text=True,
        check=True,
    )
    expected = ["'=1+1", "'+1", "'-1", "'@a", "'\ta", 'a""b', "plain"]
    assert done.stdout.rstrip("\r\n") == ",".join(f'"{cell}"' for cell in expected)


def test_what_refers_to_an_image(console: Console, images: Registry, digest: str) -> None:
    subject = {"mediaType": OCI_MANIFEST, "digest": digest, "size": 1}
    images.push("sbom", b"sbom", artifactType="application/spdx+json", subject=subject)
    page = console.open(path_of(digest, "referrers"))
    page.get_by_role("link", name="application/spdx+json").click()
    console.see("Refers to")


def test_pull_commands_name_digest_and_tag(
    console: Console, server: LiveServer, digest: str
) -> None:
    console.open(path_of(digest, "pull"))
    host = server.url.partition("://")[2]
    console.see(f"docker pull {host}/{NAME}@{digest}", f"docker pull {host}/{NAME}:v1")


def test_an_image_that_is_not_there(console: Console, images: Registry) -> None:
    console.open(path_of(digest_of(images.name.encode())))
    console.see("(request ")


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_has_no_grave_violation(console: Console, digest: str, tab: str) -> None:
    console.open(path_of(digest, tab))
    console.heading(TABS[tab])
    console.page.wait_for_load_state("networkidle")
    assert console.violations() == []
