"""The manifests for clusters that pull: valid, and the script inside does what it promises."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml
from tests.clients.tools import Toolbox
from tests.deploy.kubernetes import check_manifests
from tests.go_tools import ToolMissingError
from tests.live import ROOT, LiveServer, clean_environment
from tests.not_run import cannot_run

REFRESHER = ROOT / "deploy" / "kubernetes" / "pull-secret-refresher.yaml"


@pytest.fixture
def live() -> Iterator[LiveServer]:
    with LiveServer("--workers=1") as server:
        yield server


def test_the_manifests_follow_kubernetes_schemas(tmp_path: Path) -> None:
    """Each kind and key is one that Kubernetes knows."""
    try:
        check_manifests(REFRESHER.read_text(), tmp_path)
    except ToolMissingError as error:
        cannot_run(error)


def test_the_refreshers_script_makes_a_pull_secret(live: LiveServer, tmp_path: Path) -> None:
    """Run as it stands, with a `kubectl` that keeps what it is told: the login in it works."""
    try:
        aws = Toolbox().path("aws-v1")
    except ToolMissingError as error:
        cannot_run(error)
    documents = {one["kind"]: one for one in yaml.safe_load_all(REFRESHER.read_text())}
    pod = documents["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    (tmp_path / "aws").symlink_to(aws)
    kubectl = tmp_path / "kubectl"
    kubectl.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/told\n[ "$1" = apply ] && cat\nexit 0\n'
    )
    kubectl.chmod(0o755)
    script = container["command"][-1].replace("/tmp/", f"{tmp_path}/")  # noqa: S108 - the pod's
    environment = clean_environment(
        PATH=f"{tmp_path}:/usr/bin:/bin",
        AWS_ENDPOINT_URL=live.url,
        AWS_DEFAULT_REGION=live.region,
        AWS_ACCESS_KEY_ID=live.access_key_id,
        AWS_SECRET_ACCESS_KEY=live.secret_access_key,
        REGISTRY=live.host,
    )
    assert {one["name"] for one in container["env"]} - {"HOME"} <= set(environment)
    command = [*container["command"][:-1], script]
    subprocess.run(command, env=environment, check=True, timeout=120)
    config = json.loads((tmp_path / "config.json").read_text())
    token = config["auths"][live.host]["auth"]
    headers = {"authorization": f"Basic {token}"}
    assert httpx.get(f"{live.url}/v2/", headers=headers).status_code == 200
    told = (tmp_path / "told").read_text()
    assert "create secret generic portside-pull --type=kubernetes.io/dockerconfigjson" in told
    assert "apply --filename=-" in told
    rules = documents["Role"]["rules"]
    assert rules[0]["resourceNames"] == ["portside-pull"]
