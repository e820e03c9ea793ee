"""Chromium, and the console as somebody uses it."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from tests.go_tools import ToolMissingError
from tests.live import ACCOUNT, ROOT, LiveServer
from tests.locks import machine_lock
from tests.protocol.principals import Person

AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
INDEX = ROOT / "src" / "portside" / "console" / "app" / "index.html"
GUARD = {"x-portside-console": "1"}
GRAVE = ("serious", "critical")
BUILD_SECONDS_MAX = 600
WAIT_MS_MAX = 20_000
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_REFUSED = re.compile(r"responded with a status of 4\d\d ")
_ANSWERING = ("/", "/console/session")


def build_console() -> None:
    """Build the console when it is older than its sources, and bring axe along.

    Raises:
        ToolMissingError: when there is no Node.js, or the build fails.
    """
    with machine_lock("console"):
        done = subprocess.run(
            ["make", "console"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=BUILD_SECONDS_MAX,
        )
    if done.returncode != 0:
        raise ToolMissingError(f"make console: {done.stderr.strip()[-400:]}")
    if not AXE.exists():
        raise ToolMissingError("axe-core is missing: run `npm ci` in console/")


@contextmanager
def chromium(program: Path) -> Iterator[Browser]:
    """A running Chromium without a window."""
    expect.set_options(timeout=WAIT_MS_MAX)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


class Console:
    """One page of one browser profile, and all that its log said."""

    def __init__(self, browser: Browser, server: LiveServer) -> None:
        self.server = server
        self.context = browser.new_context(
            base_url=server.url, viewport={"width": 1280, "height": 800}
        )
        self.context.set_default_timeout(WAIT_MS_MAX)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        # The APIs refuse what these tests provoke; anything else that is red is a fault.
        path = str(message.location.get("url", "")).removeprefix(self.server.url)
        answered = bool(_REFUSED.search(message.text)) and path in _ANSWERING
        if message.type == "error" and not answered:
            self.complaints.append(f"{message.text} {path}")

    def open(self, path: str = "/") -> Page:
        """Show one screen."""
        self.page.goto(f"/console{path}")
        return self.page

    def sign_in(self, person: Person | None = None) -> None:
        """Sign somebody in without the form; the root user if nobody is named."""
        self._post(
            {
                "kind": "keys",
                "accessKeyId": person.key_id if person else self.server.access_key_id,
                "secretAccessKey": person.secret if person else self.server.secret_access_key,
            }
        )

    def _post(self, given: dict[str, str]) -> None:
        answer = self.context.request.post("/console/session", data=given, headers=GUARD)
        assert answer.status == 200, answer.text()

    def fill_password_form(self, user: str, password: str, account: str = ACCOUNT) -> None:
        """Fill the sign-in form in and send it."""
        self.page.get_by_label("Account ID").fill(account)
        self.page.get_by_label("User name").fill(user)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def see(self, *texts: str) -> None:
        """Wait until all these texts are shown."""
        for text in texts:
            expect(self.page.get_by_text(text).first).to_be_visible()

    def heading(self, name: str) -> None:
        """Wait for the screen with this heading."""
        expect(self.page.get_by_role("heading", name=name).first).to_be_visible()

    def settle(self) -> None:
        """Wait until nothing on the screen is loading any more."""
        expect(self.page.get_by_text("Loading")).to_have_count(0)

    def click(self, button: str) -> None:
        """Press the button of this name, of the dialog if one is open."""
        dialog = self.page.get_by_role("dialog")
        scope = dialog if dialog.count() else self.page
        scope.get_by_role("button", name=button, exact=True).first.click()

    def type(self, label: str, text: str) -> None:
        """Write into the field of this label."""
        self.page.get_by_label(label, exact=True).first.fill(text)

    def violations(self) -> list[str]:
        """What axe finds wrong with the page as it is now, if it is serious or critical."""
        self.page.evaluate(AXE.read_text())
        found: dict[str, Any] = self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations']})"
        )
        return [
            f"{one['id']}: {json.dumps([node['html'][:200] for node in one['nodes']][:3])}"
            for one in found["violations"]
            if one["impact"] in GRAVE
        ]

    def close(self) -> None:
        """Close the page and its profile."""
        self.context.close()
