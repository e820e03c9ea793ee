"""The models: botocore's own, whatever lies in a home folder, and not before they are needed."""

import json
import subprocess
import sys
from pathlib import Path

from portside.aws.protocol.models import find_operation, load_service

PLANT = """
import sys
import portside.aws.protocol.json11, portside.aws.protocol.query, portside.aws.protocol.validation
import portside.aws.sigv4
assert not any(name.partition(".")[0] == "botocore" for name in sys.modules)
from portside.aws.protocol.models import load_service
assert load_service("ecr").operation_names
assert "botocore.session" not in sys.modules
print(load_service("ecr").metadata["uid"])
"""


def test_operations() -> None:
    found = find_operation("ecr", "PutImage")
    assert found is not None
    assert found.name == "PutImage"
    assert find_operation("ecr", "putImage") is None
    assert find_operation("ecr", "") is None
    assert load_service("ecr") is load_service("ecr")
    assert len(load_service("iam").operation_names) > 150


def test_a_model_in_the_home_folder_changes_nothing(tmp_path: Path) -> None:
    planted = tmp_path / ".aws/models/ecr/2099-01-01/service-2.json"
    planted.parent.mkdir(parents=True)
    planted.write_text(json.dumps({"metadata": {"uid": "planted"}, "operations": {"X": {}}}))
    environment = {"HOME": str(tmp_path), "PATH": ""}
    ran = subprocess.run(
        [sys.executable, "-c", PLANT], env=environment, capture_output=True, text=True, check=False
    )
    assert (ran.stdout, ran.stderr) == ("ecr-2015-09-21\n", "")
