"""Kubernetes' own schemas, and what a chart renders, held against them.

The schemas come with a Python package (PyPI, installed into `.tools/kubernetes`), since the place
where kubeconform looks for them needs a network of its own.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from tests.clients.tools import INSTALL_SECONDS_MAX
from tests.go_tools import GoTool, ToolMissingError
from tests.live import ROOT

KUBECONFORM = GoTool("github.com/yannh/kubeconform/cmd/kubeconform", "v0.6.7")
SCHEMAS = ROOT / ".tools" / "kubernetes"
PACKAGE, PACKAGE_VERSION = "kubernetes-validate", "1.37.0"
VERSION = "1.34.0"
DEPTH_MAX = 100


def check_manifests(text: str, folder: Path, unknown: tuple[str, ...] = ()) -> None:
    """Hold each document against the schema of its kind; no key may be there that it has not.

    `unknown` are kinds that are not Kubernetes' own, and are passed over.

    Raises:
        AssertionError: one does not follow it.
        ToolMissingError: kubeconform or the schemas cannot be had.
    """
    source, program = _schemas(), KUBECONFORM.installed()
    places = folder / "schemas"
    places.mkdir(exist_ok=True)
    for document in yaml.safe_load_all(text):
        if document and document["kind"] not in unknown:
            name = _file_name(document)
            if not (places / name).exists():
                (places / name).write_text(json.dumps(_standalone(source, name)))
    arguments = ["-strict", "-summary", "-skip", ",".join(unknown), "-schema-location"]
    done = subprocess.run(
        [program, *arguments, f"{places}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _file_name(document: Any) -> str:
    group, _, version = document["apiVersion"].rpartition("/")
    parts = [document["kind"].lower(), *([group.partition(".")[0]] if group else []), version]
    return "-".join(parts) + ".json"


def _standalone(source: Path, name: str) -> Any:
    """A schema in one piece: kubeconform does not follow references between files."""
    definitions = json.loads((source / "_definitions.json").read_text())["$defs"]
    made = _resolved(json.loads((source / name).read_text()), definitions, 0)
    for key in ("$id", "$schema"):
        made.pop(key, None)
    return made


def _resolved(schema: Any, definitions: Any, depth: int) -> Any:
    assert depth < DEPTH_MAX, "a schema that contains itself"
    if isinstance(schema, list):
        return [_resolved(one, definitions, depth + 1) for one in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str):
        return _resolved(definitions[reference.rpartition("/")[2]], definitions, depth + 1)
    return {key: _resolved(value, definitions, depth + 1) for key, value in schema.items()}


def _schemas() -> Path:
    stamp = SCHEMAS / ".installed"
    if not stamp.exists() or stamp.read_text() != PACKAGE_VERSION:
        print(f"installing {PACKAGE}=={PACKAGE_VERSION} from PyPI into {SCHEMAS}", file=sys.stderr)
        shutil.rmtree(SCHEMAS, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-input"]
        done = subprocess.run(
            [*pip, "--target", str(SCHEMAS), f"{PACKAGE}=={PACKAGE_VERSION}"],
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_SECONDS_MAX,
        )
        if done.returncode != 0:
            raise ToolMissingError(f"{PACKAGE}: {done.stderr.strip()[-300:]}")
        stamp.write_text(PACKAGE_VERSION)
    found = SCHEMAS / "kubernetes_validate" / "kubernetes-json-schema" / f"v{VERSION}-local-strict"
    assert found.is_dir(), found
    return found
