"""The reference pages that are made from code are as the code is now."""

import re

from tests.architecture.operations_page import COMMAND, PAGE, page

from portside.aws.face import SERVICES

ROW = re.compile(r"^(\| `\w+` \|.*\|) ([^|]*) \|$", re.MULTILINE)


def rows(text: str) -> dict[str, set[str]]:
    """Each operation's row without its tests, and its tests."""
    return {row: set(re.findall(r"`(\w+)`", tests)) for row, tests in ROW.findall(text)}


def test_the_page_of_operations_is_current() -> None:
    """Each operation is there and as it is; a test that is named still uses it.

    A new test need not be named at once: the page is renewed when an operation changes.
    """
    written, made = rows(PAGE.read_text(encoding="utf-8")), rows(page())
    renew = f"out of date; renew it with: {COMMAND}"
    assert set(written) == set(made), renew
    assert {row: written[row] - made[row] for row in made if written[row] - made[row]} == {}, renew
    assert {row for row in made if made[row] and not written[row]} == set(), renew


def test_every_operation_says_what_it_does() -> None:
    """Each row has a sentence of its own, from the docstring of what it calls."""
    text = page()
    operations = [operation for table in SERVICES.values() for operation in table.values()]
    assert len(rows(text)) == len(operations)
    assert [row for row in rows(text) if row.rstrip("| ").endswith("`")] == []
