"""What boto3 has for ECR beyond calls, its paginators and waiters, is used by tests of a server."""

import json
import re
from pathlib import Path
from typing import Any

import botocore
import pytest
from botocore import xform_name

TESTS = Path(__file__).resolve().parents[1]
DATA = Path(botocore.__file__).parent / "data" / "ecr" / "2015-09-21"
SOURCES = [
    file.read_text(encoding="utf-8")
    for folder in ("protocol", "clients")
    for file in (TESTS / folder).glob("test_*.py")
]


def read(name: str, key: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((DATA / name).read_text(encoding="utf-8"))
    found: dict[str, Any] = document[key]
    return found


PAGINATORS = sorted(read("paginators-1.json", "pagination"))
WAITERS = sorted(read("waiters-2.json", "waiters"))


@pytest.mark.parametrize("name", PAGINATORS)
def test_every_paginator_is_used(name: str) -> None:
    used = re.compile(rf"get_paginator\(\s*\"{xform_name(name)}\"")
    assert any(used.search(source) for source in SOURCES)


@pytest.mark.parametrize("name", WAITERS)
def test_every_waiter_is_used(name: str) -> None:
    used = re.compile(rf"get_waiter\(\s*\"{xform_name(name)}\"")
    assert any(used.search(source) for source in SOURCES)
