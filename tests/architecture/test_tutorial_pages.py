"""How the tutorial's pages are read, so that a page that lies is found out."""

from pathlib import Path

import pytest
from tests.clients.tutorials import (
    FileStep,
    MismatchError,
    ShellStep,
    matches,
    read_page,
)

PAGE = """# A page

```json title="a/policy.json"
{}
```

Say it:

```sh
echo one
echo two
```

```text
one
...
```

<!-- refused -->

```sh
false
```

Words between.

```text
not an answer
```

```
not typed
```
"""


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("one\ntwo", "one\ntwo\n"),
        ("one", "\none  \n\n"),
        ("...\ntwo", "one\none\ntwo\n"),
        ("...\ntwo\n...", "two\n"),
        ("sha256:... (v1)", "sha256:0123 (v1)"),
        ("a.b", "a.b"),
    ],
)
def test_what_matches(expected: str, printed: str) -> None:
    """Dots stand for anything, in a line or for lines."""
    assert matches(expected, printed)


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        ("one", "one\ntwo"),
        ("one\ntwo", "two\none"),
        ("a.b", "axb"),
        ("one...two", "one\ntwo"),
        ("one", ""),
        ("sha256:... (v1)", "sha256:0123 (v2)"),
    ],
)
def test_what_does_not_match(expected: str, printed: str) -> None:
    """Everything else is what it is."""
    assert not matches(expected, printed)


def test_the_steps_of_a_page(tmp_path: Path) -> None:
    """Files, what is typed with its answer, and what must fail; other blocks are for reading."""
    page = tmp_path / "page.md"
    page.write_text(PAGE, encoding="utf-8")
    written, said, failed = read_page(page)
    assert written == FileStep(where="page.md:3", name="a/policy.json", text="{}\n")
    assert said == ShellStep(
        where="page.md:9", script="echo one\necho two", refused=False, expected="one\n..."
    )
    assert failed == ShellStep(where="page.md:21", script="false", refused=True)


def test_a_page_that_lies_is_told_with_its_place() -> None:
    """Both texts are shown, the page's and the program's."""
    step = ShellStep(where="page.md:9", script="echo 1", refused=False, expected="2")
    with pytest.raises(MismatchError, match=r"page\.md:9: echo 1\nshows:\n2\nbut prints:\n1"):
        step.compare("1\n")
