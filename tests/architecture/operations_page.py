"""The page of all operations, made from the operation tables and the tests.

`python -m tests.architecture.operations_page` writes it; a test knows when it is out of date.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from botocore import xform_name

from portside.aws.calls import Operation
from portside.aws.face import SERVICES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "operations.md"
TESTED_IN = ("tests/protocol", "tests/clients", "tests/faults")
COMMAND = "python -m tests.architecture.operations_page"
TITLES: Mapping[str, str] = {
    "cloudtrail": "AWS CloudTrail",
    "ecr": "Amazon ECR",
    "iam": "IAM",
    "servicequotas": "Service Quotas",
    "sts": "STS",
}
_WORD = re.compile(r"\.[a-z0-9_]+\b|\"\w+\"|\b[a-z0-9]+(?:-[a-z0-9]+)+\b")
HEAD = """# Operations

Every operation of the AWS APIs that Portside offers: the IAM action that a caller needs, what it
does here, and the tests that use it. Parameters, answers and errors are those of AWS's own
references; every operation of ECR is also held to the service model itself by
`tests/protocol/test_service_model.py`, and all of them to botocore by `tests/unit/aws`.

This page is made from the operation tables and the tests: `{command}`.
"""


def page() -> str:
    """The page as it ought to be."""
    return "\n".join([HEAD.format(command=COMMAND), *_sections()])


def _sections() -> Iterator[str]:
    for service in sorted(SERVICES):
        operations = SERVICES[service]
        yield f"## {TITLES[service]}\n"
        yield "| operation | needs | what it does | tests |"
        yield "|---|---|---|---|"
        for name in sorted(operations):
            yield _row(operations[name])
        yield ""


def _row(operation: Operation) -> str:
    needs = f"`{operation.action}`" if operation.action else "any caller"
    tests = ", ".join(f"`{name}`" for name in _tests(operation.name)) or "the model's own"
    return f"| `{operation.name}` | {needs} | {_deed(operation)} | {tests} |"


def _deed(operation: Operation) -> str:
    """The first paragraph of the docstring of what the handler calls."""
    deed: Any = operation.handler
    while inner := getattr(deed, "__wrapped__", None) or getattr(deed, "func", None):
        deed = inner
    said = inspect.getdoc(deed) or ""
    first = " ".join(said.split("\n\n")[0].split())
    return first.replace("``", "`").replace("|", "\\|")


def _tests(name: str) -> list[str]:
    """The test modules in which a client calls it: boto3, the command line or JavaScript."""
    called = xform_name(name)
    spellings = {f".{called}", f'"{called}"', called.replace("_", "-"), f'"{name}"'}
    return sorted(
        file.stem.removeprefix("test_") for file, words in _words().items() if spellings & words
    )


@cache
def _words() -> dict[Path, frozenset[str]]:
    """What the tests call, quote, and say on command lines."""
    return {
        file: frozenset(_WORD.findall(file.read_text(encoding="utf-8")))
        for folder in TESTED_IN
        for pattern in ("test_*.py", "*.mjs")
        for file in (ROOT / folder).rglob(pattern)
        if file.name != "test_service_model.py"
    }


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
