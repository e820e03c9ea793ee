"""The documentation gives the configuration of nginx that the tests run."""

from tests.live import ROOT


def test_the_page_shows_the_tested_configuration() -> None:
    page = (ROOT / "docs" / "how-to" / "several-nodes.md").read_text(encoding="utf-8")
    tested = (ROOT / "deploy" / "nginx" / "portside.conf").read_text(encoding="utf-8")
    assert f"```nginx\n{tested}```\n" in page
