"""The compose files: as the Compose specification has them, and with settings that there are."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.go_tools import GoTool, ToolMissingError
from tests.live import PORTSIDE, ROOT, clean_environment
from tests.not_run import cannot_run

from portside.settings import SETTINGS

COMPOSE = GoTool("github.com/compose-spec/compose-go/v2/cmd", "v2.4.9")
"""The library that `docker compose` is made of, and its program: `config` without the rest."""
FILES = ("compose.yaml", "single.yaml")
SERVERS = ("node1", "node2", "node3")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder as it is deployed, with its secrets made."""
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy", ignore=shutil.ignore_patterns("secrets"))
    compose = tmp_path / "deploy" / "compose"
    subprocess.run(["sh", "make-secrets.sh"], cwd=compose, check=True, capture_output=True)
    return compose


def _load(folder: Path, name: str) -> Any:
    try:
        program = COMPOSE.installed()
    except ToolMissingError as error:
        cannot_run(error)
        raise
    done = subprocess.run(
        [program, "-format", "json", name],
        cwd=folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("name", FILES)
def test_files_follow_the_specification(folder: Path, name: str) -> None:
    """Whatever Portside container: confined, restarted, and given time to finish requests."""
    project = _load(folder, name)
    own = [one for one in project["services"].values() if "portside" in one["image"]]
    assert own
    for service in own:
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["stop_grace_period"] == "45s"


def test_a_wrong_file_is_refused(folder: Path) -> None:
    """The check that the others rely on does check."""
    (folder / "wrong.yaml").write_text("services: {a: {image: b, comand: c}}")
    with pytest.raises(AssertionError, match="comand"):
        _load(folder, "wrong.yaml")


def test_services_wait_for_what_they_need(folder: Path) -> None:
    """Servers for both stores, nginx for all servers; all of them tell their health."""
    services = _load(folder, "compose.yaml")["services"]
    assert set(services["node1"]["depends_on"]) == {"postgres", "s3"}
    assert set(services["nginx"]["depends_on"]) == set(SERVERS)
    conditions = {
        needed["condition"]
        for one in services.values()
        for needed in one.get("depends_on", {}).values()
    }
    assert conditions == {"service_healthy"}
    nginx = (ROOT / "deploy" / "nginx" / "portside.conf").read_text()
    assert all(f"server {name}:5000" in nginx for name in SERVERS)


def test_settings_are_portsides_own(folder: Path) -> None:
    """Each variable is a setting, and all of a server's make settings that it can start with."""
    services = _load(folder, "compose.yaml")["services"]
    known = {setting.variable for setting in SETTINGS} | {"PORTSIDE_CONFIG"}
    for name in ("worker", *SERVERS):
        environment = services[name]["environment"]
        assert set(environment) <= known
        environment["PORTSIDE_CONFIG"] = str(folder / "secrets" / "portside.toml")
        done = subprocess.run(
            [PORTSIDE, "config", "show", "--format", "json"],
            env=clean_environment(**environment),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        shown = {row["setting"]: row["value"] for row in json.loads(done.stdout)}
        hidden = {shown["blobs_secret_access_key"], shown["secrets_key"]}
        assert hidden == {"********"}


def test_secrets_are_made_once(folder: Path) -> None:
    """Nobody else lists the folder, and a second run leaves what the data was made with."""
    before = (folder / "secrets" / "portside.toml").read_text()
    assert (folder / "secrets").stat().st_mode & 0o777 == 0o700
    again = subprocess.run(
        ["sh", "make-secrets.sh"],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert again.returncode == 1
    assert "there already" in again.stderr
    assert (folder / "secrets" / "portside.toml").read_text() == before
