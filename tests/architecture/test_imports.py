"""The import contracts: kept by the source, and broken by each of these planted violations."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "portside"
LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"

FLOORS = "Floors: a room imports only from the floors below it"
SERVICES = "Services: background capabilities > images > repositories > events"
PURE = "Pure rooms do no input or output"
SQL = "SQL stays in metadata"
HTTP = "HTTP stays above services"
STORAGE = "Faces reach storage only through services and access"
SETTINGS = "Only the composition root reads settings"
APIS = "The AWS APIs know nothing of each other"
CYCLES = "No cycles anywhere"
WEB = "Web carries requests; it does no deeds"
TASKS = "Tasks call services, never a face"


def _contracts() -> dict[str, dict[str, Any]]:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {
        contract["name"]: contract for contract in document["tool"]["importlinter"]["contracts"]
    }


def _rooms(parent: str = "") -> set[str]:
    folder = SOURCE / parent
    found = {path.parent.name for path in folder.glob("*/__init__.py")}
    return found | {path.stem for path in folder.glob("*.py") if path.stem != "__init__"}


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            LINT_IMPORTS,
            "--no-logo",
            "--cache-dir",
            root / "cache",
            "--config",
            root / "pyproject.toml",
        ],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src"), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def source_copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the source and its contracts, into which violations may be planted."""
    root = tmp_path_factory.mktemp("planted")
    shutil.copy(ROOT / "pyproject.toml", root)
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(SOURCE, root / "src" / "portside", ignore=ignore)
    return root


def test_the_contracts_are_kept(source_copy: Path) -> None:
    """The source as it is breaks no contract, and every contract was checked."""
    result = _lint(source_copy)
    assert result.returncode == 0, result.stdout + result.stderr
    assert f"Contracts: {len(_contracts())} kept, 0 broken." in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("services/images", "import portside.distribution.face", FLOORS),
        ("utils", "", FLOORS),
        ("services/drawers", "", SERVICES),
        ("services/repositories", "import portside.services.pulls", SERVICES),
        ("names/tags", "import time", PURE),
        ("policy/evaluate", "import sqlalchemy", PURE),
        ("services/images", "import sqlalchemy", SQL),
        ("services/images", "import starlette", HTTP),
        ("distribution/face", "import portside.metadata.tables", STORAGE),
        ("services/images", "import portside.settings", SETTINGS),
        ("aws/sts/operations", "import portside.aws.ecr.images", APIS),
        ("names/digests", "import portside.manifests.documents", CYCLES),
        ("web/answers", "import portside.services.images", WEB),
        ("tasks/runner", "import portside.aws.calls", TASKS),
    ],
)
def test_a_violation_is_found(source_copy: Path, module: str, line: str, contract: str) -> None:
    """One wrong import, or one module without a place, breaks the contract that forbids it."""
    file = source_copy / "src" / "portside" / f"{module}.py"
    before = file.read_text(encoding="utf-8") if file.exists() else None
    file.write_text(f"{before or ''}\n{line}\n", encoding="utf-8")
    try:
        result = _lint(source_copy)
    finally:
        if before is None:
            file.unlink()
        else:
            file.write_text(before, encoding="utf-8")
    assert result.returncode == 1, result.stdout + result.stderr
    assert f"{contract} BROKEN" in result.stdout


def test_floors_are_exhaustive() -> None:
    """A room, and a service, without a declared floor fails the build."""
    assert _contracts()[FLOORS]["exhaustive"] is True
    assert _contracts()[SERVICES]["exhaustive"] is True


def test_no_contract_has_an_exception() -> None:
    """An import that is in the way is moved, not ignored."""
    assert [name for name, contract in _contracts().items() if "ignore_imports" in contract] == []


@pytest.mark.parametrize(
    ("contract", "key", "rooms"),
    [
        (
            PURE,
            "source_modules",
            "names identity policy manifests lifecycle vulnerabilities registry",
        ),
        (SQL, "source_modules", "access services web aws distribution console monitoring tasks"),
        (HTTP, "source_modules", "names identity registry metadata blobs access services"),
    ],
)
def test_a_contract_binds_each_room_that_has_come(contract: str, key: str, rooms: str) -> None:
    """import-linter refuses modules that are not there yet, so this tells when one has come."""
    bound = {module.removeprefix("portside.") for module in _contracts()[contract][key]}
    assert bound == set(rooms.split()) & _rooms()


def test_every_aws_api_is_independent() -> None:
    """A new API under `aws/` is named in the contract of strangers: all but what they share."""
    apis = {path.parent.name for path in (SOURCE / "aws").glob("*/__init__.py")} - {
        "protocol",
        "errors",
    }
    assert {f"portside.aws.{api}" for api in apis} == set(_contracts()[APIS]["modules"])


def test_tasks_bring_their_contract() -> None:
    """As soon as there are tasks, a contract keeps them from every face."""
    bound = [
        set(contract["forbidden_modules"])
        for contract in _contracts().values()
        if contract.get("source_modules") == ["portside.tasks"]
    ]
    doors = {"aws", "distribution", "console", "monitoring", "web"}
    faces = {f"portside.{face}" for face in _rooms() & doors}
    assert bound == ([faces] if "tasks" in _rooms() else [])
