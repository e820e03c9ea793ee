"""The reference is as the code is: whoever changes a table renews its page."""

import pytest
from tests.architecture.operations_page import ROOT
from tests.architecture.pages import COMMAND, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_made_from_the_code_is_current(name: str) -> None:
    """The page says what the code's own table says now."""
    page = ROOT / "docs" / "reference" / f"{name}.md"
    assert page.read_text(encoding="utf-8") == PAGES[name](), f"renew it with: {COMMAND}"
