"""What the console's files promise to a browser, and what hostile texts cannot do in it."""

from typing import Any

import httpx
import pytest
from tests.console.browser import Console
from tests.live import LiveServer

HOSTILE = '"><img src=x onerror="window.hurt=1"><script>window.hurt=1</script>'


@pytest.mark.parametrize(
    "path",
    [
        "/console/../../../../etc/passwd",
        "/console/..%2f..%2f..%2f..%2fetc%2fpasswd",
        "/console/%2e%2e/%2e%2e/face.py",
        "/console/assets/../../face.py",
        "/console/assets/..%2f..%2fface.py",
        "/console//etc/passwd",
        "/console/..\\..\\face.py",
        "/console/%00",
    ],
)
def test_no_path_leads_out_of_the_consoles_files(server: LiveServer, path: str) -> None:
    with httpx.Client() as client:
        request = client.build_request("GET", server.url)
        request.url = request.url.copy_with(raw_path=path.encode())
        answer = client.send(request)
    assert answer.status_code in {200, 400, 404}
    assert "root:" not in answer.text
    assert "import annotations" not in answer.text
    if answer.status_code == 200:
        assert '<div id="root">' in answer.text


@pytest.mark.parametrize("path", ["/console/", "/console/repositories", "/console/favicon.svg"])
def test_every_page_forbids_inline_scripts_and_frames(server: LiveServer, path: str) -> None:
    answer = httpx.get(server.url + path)
    assert answer.status_code == 200
    rules = dict(
        rule.strip().partition(" ")[::2]
        for rule in answer.headers["content-security-policy"].split(";")
    )
    assert rules["script-src"] == "'self'"
    assert rules["default-src"] == "'none'"
    assert rules["frame-ancestors"] == "'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_the_page_holds_no_inline_script(server: LiveServer) -> None:
    page = httpx.get(f"{server.url}/console/").text
    assert page.count("<script") == page.count('<script type="module" crossorigin src=')


def test_files_that_never_change_are_kept_and_the_page_is_not(server: LiveServer) -> None:
    page = httpx.get(f"{server.url}/console/")
    assert page.headers["cache-control"] == "no-cache"
    script = page.text.partition(' src="')[2].partition('"')[0]
    assert "immutable" in httpx.get(server.url + script).headers["cache-control"]
    assert httpx.get(f"{server.url}/console/assets/gone.js").status_code == 404
    assert httpx.post(f"{server.url}/console/").status_code == 405


def test_an_inline_script_does_not_run(console: Console) -> None:
    console.open()
    console.page.get_by_role("heading").first.wait_for()
    console.page.evaluate(
        "() => { const one = document.createElement('script'); one.textContent = 'window.hurt = 1';"
        " document.body.append(one); }"
    )
    assert console.page.evaluate("window.hurt") is None
    assert any("Content Security Policy" in said for said in console.complaints)
    console.complaints.clear()


def test_hostile_words_stay_words(console: Console, ecr: Any) -> None:
    ecr.create_repository(repositoryName="plain")
    page = console.open(f"/repositories?filter={HOSTILE}#{HOSTILE}")
    console.heading("Private repositories")
    page.get_by_label("Find repositories").fill(HOSTILE)
    console.see("No matches")
    assert page.evaluate("window.hurt") is None
    assert page.locator("img[src=x]").count() == 0
