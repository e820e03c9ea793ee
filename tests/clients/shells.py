"""A user's shell: the programs, settings and credentials of one machine, kept in one folder."""

import os
import subprocess
from pathlib import Path

from tests.live import ROOT, LiveServer, clean_environment

SCRIPT_SECONDS_MAX = 300
BIN = ROOT / ".tools" / "bin"

STORAGE_CONF = """[storage]
driver = "vfs"
graphroot = "{folder}/containers"
runroot = "{folder}/containers-run"
"""
REGISTRIES_CONF = """unqualified-search-registries = []
[[registry]]
location = "{registry}"
insecure = true
"""
POLICY_JSON = '{"default": [{"type": "insecureAcceptAnything"}]}'


class Shell:
    """Runs bash scripts as one user on one machine would, with nothing of the real user's.

    Home, credentials and image stores live in the shell's own folder, so two shells are two
    machines. `$ACCOUNT`, `$REGION`, `$REGISTRY` and AWS's own variables name the live server.
    """

    def __init__(self, folder: Path, server: LiveServer, registry: str) -> None:
        self.folder = folder
        self.bin = folder / "bin"
        self.work = folder / "work"
        settings = folder / "home" / ".config" / "containers"
        for part in (self.bin, self.work, settings, folder / "run", folder / "docker"):
            part.mkdir(parents=True)
        (folder / "auth.json").write_text("{}")
        # Not every program heeds CONTAINERS_REGISTRIES_CONF; all of them look below $HOME.
        (settings / "registries.conf").write_text(REGISTRIES_CONF.format(registry=registry))
        (settings / "policy.json").write_text(POLICY_JSON)
        (folder / "storage.conf").write_text(STORAGE_CONF.format(folder=folder))
        self.environment = clean_environment(
            PATH=f"{self.bin}:{BIN}:{os.environ['PATH']}:/usr/sbin",
            HOME=str(folder / "home"),
            XDG_RUNTIME_DIR=str(folder / "run"),
            TMPDIR=str(folder / "run"),
            DOCKER_CONFIG=str(folder / "docker"),
            DOCKER_BUILDKIT="0",
            REGISTRY_AUTH_FILE=str(folder / "auth.json"),
            CONTAINERS_STORAGE_CONF=str(folder / "storage.conf"),
            BUILDAH_ISOLATION="chroot",
            ACCOUNT=server.account,
            REGION=server.region,
            REGISTRY=registry,
            REGISTRY_URL=server.url.partition("://")[0] + "://" + registry,
            AWS_ENDPOINT_URL=server.url,
            AWS_ACCESS_KEY_ID=server.access_key_id,
            AWS_SECRET_ACCESS_KEY=server.secret_access_key,
            AWS_DEFAULT_REGION=server.region,
            AWS_EC2_METADATA_DISABLED="true",
            AWS_PAGER="",
            NO_PROXY="localhost,127.0.0.1",
        )

    def define(self, command: str, script: str) -> None:
        """Make `command` mean `script` in this shell; `"$@"` stands for its arguments."""
        program = self.bin / command
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def run(self, script: str) -> str:
        """Execute `script`, which must succeed, and return what it printed, without the last \\n.

        Raises:
            AssertionError: when any of its commands fails; with everything that was printed.
        """
        done = self._bash(script)
        assert done.returncode == 0, _account(script, done)
        return done.stdout.removesuffix("\n")

    def fails(self, script: str) -> str:
        """Execute `script`, which must fail, and return all that it printed.

        Raises:
            AssertionError: when it succeeds.
        """
        done = self._bash(script)
        assert done.returncode != 0, _account(script, done)
        return done.stdout + done.stderr

    def _bash(self, script: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.work,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SCRIPT_SECONDS_MAX,
        )


def _account(script: str, done: subprocess.CompletedProcess[str]) -> str:
    return f"{script}\n-> exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
