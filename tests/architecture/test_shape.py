"""The shape of the source: short files, short functions, nothing left undone, no drawers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "portside"
# A revision of the schema is a list of tables in the form that Alembic writes: data, not logic.
REVISIONS = SOURCE / "metadata" / "migrations" / "versions"
FILES = sorted(file for file in SOURCE.rglob("*.py") if REVISIONS not in file.parents)
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
LONG_FUNCTION_LINES = 40
LONG_FUNCTION_SHARE_MAX = 0.04
UNDONE = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
DRAWER = re.compile(r"manager|helper|util", re.IGNORECASE)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def _docstring_lines(tree: ast.AST) -> set[int]:
    lines: set[int] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | Function):
            continue
        if ast.get_docstring(node, clean=False) is not None:
            text = node.body[0]
            lines.update(range(text.lineno, (text.end_lineno or text.lineno) + 1))
    return lines


def file_lines(text: str) -> int:
    """Lines of a file without its docstrings."""
    return len(text.splitlines()) - len(_docstring_lines(ast.parse(text)))


def function_lines(text: str) -> Iterator[tuple[str, int]]:
    """Each function's name and its lines of code: no docstrings, comments or empty lines."""
    tree = ast.parse(text)
    documentation = _docstring_lines(tree)
    code = {
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if number not in documentation and line.strip() and not line.strip().startswith("#")
    }
    for node in ast.walk(tree):
        if isinstance(node, Function):
            last = node.end_lineno or node.lineno
            yield node.name, len(code.intersection(range(node.lineno, last + 1)))


def _name(file: Path) -> str:
    return str(file.relative_to(SOURCE))


def _functions() -> list[tuple[str, int]]:
    return [
        (f"{_name(file)}: {name}", count)
        for file in FILES
        for name, count in function_lines(file.read_text(encoding="utf-8"))
    ]


def test_the_measure() -> None:
    """Docstrings count for nothing; comments and empty lines count for files only."""
    top = '"""Module.\n\nMore.\n"""\n\n'
    text = top + 'def f():\n    """Doc."""\n    # why\n\n    x = 1\n    return x\n'
    assert file_lines(text) == 6
    assert list(function_lines(text)) == [("f", 3)]


def test_files_are_short() -> None:
    """No file is longer than 400 lines, docstrings not counted."""
    counts = {_name(file): file_lines(file.read_text(encoding="utf-8")) for file in FILES}
    assert counts
    assert {name: n for name, n in counts.items() if n > FILE_LINES_MAX} == {}


def test_functions_are_short() -> None:
    """No function has more than 60 lines of code, and at most 4 % have more than 40."""
    functions = _functions()
    assert [(name, count) for name, count in functions if count > FUNCTION_LINES_MAX] == []
    long = [(name, count) for name, count in functions if count > LONG_FUNCTION_LINES]
    assert len(long) <= LONG_FUNCTION_SHARE_MAX * len(functions), long


@pytest.mark.parametrize("word", ["TODO", "FIXME", "XXX", "NotImplementedError"])
def test_what_undone_means(word: str) -> None:
    """The search finds its words, whole only."""
    assert UNDONE.search(f"    raise {word}()")
    assert UNDONE.search(f"    un{word}s") is None


def test_nothing_is_left_undone() -> None:
    """What is in the source is done; what is not done is not there."""
    found = [
        f"{_name(file)}:{number}"
        for file in FILES
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        if UNDONE.search(line)
    ]
    assert found == []


def test_no_module_is_a_drawer() -> None:
    """A module is named for what it holds; anything at all fits into a manager, helper or util."""
    names = {_name(path) for path in (*FILES, *(file.parent for file in FILES)) if path != SOURCE}
    assert [name for name in sorted(names) if DRAWER.search(name)] == []
    assert DRAWER.search("services/http_helpers.py")
