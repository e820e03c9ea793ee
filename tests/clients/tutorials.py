"""Reads the tutorial's pages for what they tell to type, and compares what is printed with them.

On a page, a block of `sh` is typed, and a block of `text` that follows it is what must be printed;
`...` stands for anything, within a line or for lines. A block with a title is a file to write. The
comment `<!-- refused -->` before a block says that its commands fail.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^```(\w+)(?: title=\"([\w./-]+)\")?$")
_END = "```"
REFUSED = "<!-- refused -->"


class MismatchError(AssertionError):
    """What was printed is not what the page shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStep:
    """A file that the page has its reader write."""

    where: str
    name: str
    text: str


@dataclass(slots=True, kw_only=True)
class ShellStep:
    """What the page has its reader type, and what it shows as the answer, if it does."""

    where: str
    script: str
    refused: bool
    expected: str | None = None

    def compare(self, printed: str) -> None:
        """Let pass what looks as the page shows it.

        Raises:
            MismatchError: with both, where it does not.
        """
        if self.expected is None or matches(self.expected, printed):
            return
        raise MismatchError(
            f"{self.where}: {self.script}\nshows:\n{self.expected}\nbut prints:\n{printed}"
        )


Step = FileStep | ShellStep


def read_page(path: Path) -> list[Step]:
    """The steps of a page, in order."""
    steps: list[Step] = []
    refused, follows = False, False
    for number, line, block in _blocks(path.read_text(encoding="utf-8").splitlines()):
        if block is None:
            refused = refused or line == REFUSED
            follows = follows and not line.strip()
            continue
        match = _FENCE.match(line)
        language, title = (match[1], match[2]) if match else ("", None)
        text = "\n".join(block)
        where = f"{path.name}:{number}"
        if title is not None:
            steps.append(FileStep(where=where, name=title, text=f"{text}\n"))
        elif language == "sh":
            steps.append(ShellStep(where=where, script=text, refused=refused))
        elif language == "text" and follows and isinstance(steps[-1], ShellStep):
            steps[-1].expected = text
        refused, follows = False, language == "sh"
    return steps


def _blocks(lines: list[str]) -> Iterator[tuple[int, str, list[str] | None]]:
    """Each line outside of blocks, and each block with the line that opens it."""
    numbered = iter(enumerate(lines, start=1))
    for number, line in numbered:
        if not line.startswith(_END):
            yield number, line, None
            continue
        block: list[str] = []
        for _, inner in numbered:
            if inner == _END:
                break
            block.append(inner)
        yield number, line, block


def matches(expected: str, printed: str) -> bool:
    """Whether a text is what is expected, with `...` for anything and no care for blanks at ends.

    A line that is nothing but `...` stands for any number of lines.
    """
    lines = [line.rstrip() for line in expected.strip().splitlines()]
    pattern = "".join(
        r"(?:[^\n]*\n)*?" if line.strip() == "..." else _inexact(line) + r"\n" for line in lines
    )
    text = "".join(f"{line.rstrip()}\n" for line in printed.strip().splitlines())
    return re.fullmatch(pattern, text) is not None


def _inexact(line: str) -> str:
    return r"[^\n]*?".join(re.escape(part) for part in line.split("..."))
