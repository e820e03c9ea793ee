"""The documentation builds strictly into a site that needs nothing from anywhere else."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.architecture.site import navigation
from tests.live import ROOT

BUILD_SECONDS_MAX = 300
DOCS = ROOT / "docs"
FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed)\b[^>]*?\bsrc=[\"']?([^\"'\s>]+)"
    r"|<link\b(?=[^>]*\brel=[\"']?(?:stylesheet|preload|preconnect|icon|modulepreload))[^>]*?"
    r"\bhref=[\"']?([^\"'\s>]+)"
)

LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_SECONDS_MAX,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


def test_every_page_is_in_the_site_and_in_its_navigation(site: Path) -> None:
    """A page that is written is built, and is found by whoever looks for it."""
    listed = set(_pages(navigation(DOCS)))
    written = {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}
    assert listed == written
    for page in written:
        stem = page.removesuffix(".md").replace("README", "index")
        built = site / (f"{stem}.html" if stem.endswith("index") else f"{stem}/index.html")
        assert built.exists()


def test_pages_fetch_nothing_from_elsewhere(site: Path) -> None:
    """Scripts, styles, pictures and fonts come with the site."""
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 30
    fetched = {(page.name, url) for page in pages for url in _fetched(page)}
    assert fetched
    assert {(page, url) for page, url in fetched if re.match(r"(?:https?:)?//", url)} == set()
    styles = "".join(style.read_text(encoding="utf-8") for style in site.rglob("*.css"))
    assert re.findall(r"(?:@import|url\()\s*[\"']?(?:https?:)?//[^\"')\s]+", styles) == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "bench/README.md"])
def test_links_outside_of_the_site_lead_somewhere(page: str) -> None:
    """What MkDocs does not see is looked at here."""
    file = ROOT / page
    links = LINK.findall(file.read_text(encoding="utf-8"))
    assert [link for link in links if not (file.parent / link).exists()] == []


def test_decisions_have_numbers_of_their_own() -> None:
    """Each record can be named by its number, in its file's name and its heading."""
    records = sorted((DOCS / "adr").glob("[0-9]*.md"))
    numbers = [int(record.name[:4]) for record in records]
    assert len(set(numbers)) == len(numbers)
    for number, record in zip(numbers, records, strict=True):
        assert record.read_text(encoding="utf-8").startswith(f"# {number}. ")


def _fetched(page: Path) -> Iterator[str]:
    for match in FETCHED.finditer(page.read_text(encoding="utf-8")):
        yield match[1] or match[2]


def _pages(entries: object) -> Iterator[str]:
    if isinstance(entries, str):
        yield entries
    elif isinstance(entries, dict):
        for below in entries.values():
            yield from _pages(below)
    elif isinstance(entries, list):
        for entry in entries:
            yield from _pages(entry)
