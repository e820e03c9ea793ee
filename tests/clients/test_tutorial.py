"""The tutorial does what it says: its pages are typed in order, and answered as they show."""

import os
import re
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.clients.shells import Shell
from tests.clients.tutorials import FileStep, ShellStep, read_page
from tests.live import PORTSIDE, ROOT, free_port

PAGES = ROOT / "docs" / "tutorial"
SERVE = re.compile(r"portside serve\b[^\n|;&]*")
EXPORT = re.compile(r"^  (export \w+=\S+)$", re.MULTILINE)
SERVING = re.compile(r"^Serving on (\S+)", re.MULTILINE)
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
BASE = 'FROM scratch\nCOPY busybox /bin/\nRUN ["/bin/busybox", "--install", "/bin"]\n'


class Reader:
    """Somebody who types what the pages say, in one terminal, with servers in others.

    The ports that the pages name are others here, so that nothing on this machine is in the way.
    """

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._ports = {port: str(free_port()) for port in ("5000", "5001")}
        self._state = shell.folder / "state"
        self._state.write_text("")
        self._servers: list[subprocess.Popen[bytes]] = []
        for name in [name for name in shell.environment if name.startswith("AWS_")]:
            if name not in {"AWS_EC2_METADATA_DISABLED", "AWS_PAGER"}:
                del shell.environment[name]
        shell.environment["PORTSIDE_PORT"] = self._ports["5000"]
        shell.define("portside", f'exec {PORTSIDE} "$@"')

    def do(self, step: FileStep | ShellStep) -> None:
        """Do as the page says.

        Raises:
            AssertionError: where it does not come out as the page says.
        """
        if isinstance(step, FileStep):
            file = self._shell.work / step.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(self._here(step.text))
        elif SERVE.fullmatch(step.script):
            self._serve(step)
        else:
            status, printed = self._type(self._here(step.script))
            assert (status != 0) == step.refused, f"{step.where}: {status}\n{printed}"
            step.compare(self._there(printed))

    def close(self) -> None:
        """End the servers."""
        for server in self._servers:
            server.send_signal(signal.SIGTERM)
        for server in self._servers:
            try:
                server.wait(STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()

    def _here(self, text: str) -> str:
        for written, used in self._ports.items():
            text = re.sub(rf"\b{written}\b", used, text)
        return text

    def _there(self, text: str) -> str:
        for written, used in self._ports.items():
            text = re.sub(rf"\b{used}\b", written, text)
        return text

    def _type(self, script: str) -> tuple[int, str]:
        keep = f"declare -p > {self._state}.new 2>/dev/null; mv {self._state}.new {self._state}"
        whole = f". {self._state} 2>/dev/null\ntrap '{keep}' EXIT\nset -e -o pipefail\n{script}\n"
        done = subprocess.run(
            ["bash", "-c", whole],
            cwd=self._shell.work,
            env=self._shell.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=300,
        )
        return done.returncode, done.stdout

    def _serve(self, step: ShellStep) -> None:
        log = self._shell.folder / f"server-{len(self._servers)}.log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                ["bash", "-c", f"exec {self._here(step.script)}"],
                cwd=self._shell.work,
                env=self._shell.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._servers.append(server)
        end = time.monotonic() + START_SECONDS_MAX
        while not _healthy(said := log.read_text()):
            assert server.poll() is None, said
            assert time.monotonic() < end, said
            time.sleep(0.1)
        step.compare(self._there(said))
        # The reader copies these lines into the terminal.
        self._type("\n".join(EXPORT.findall(said)))


def _healthy(said: str) -> bool:
    """Whether the server answers where it says that it serves."""
    found = SERVING.search(said)
    if found is None:
        return False
    try:
        with urllib.request.urlopen(f"{found[1]}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture
def reader(docker: Shell, need: Callable[[str], Path], busybox: Path) -> Iterator[Reader]:
    """A reader with Docker, skopeo, curl and the AWS CLI, and with busybox as base image."""
    for program in ("skopeo", "curl"):
        need(program)
    base = docker.work / "base"
    base.mkdir()
    (base / "busybox").write_bytes(busybox.read_bytes())
    (base / "busybox").chmod(0o755)
    (base / "Dockerfile").write_text(BASE)
    docker.run("docker build -q --network=none -t busybox base")
    made = Reader(docker)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.slow
def test_the_tutorial_is_true(reader: Reader) -> None:
    """Every page works as written, from the first start of a server to a second one far away."""
    pages = [PAGES / "index.md", *sorted(PAGES.glob("[0-9]*.md"))]
    steps = [step for page in pages for step in read_page(page)]
    assert sum(isinstance(step, ShellStep) and step.expected is not None for step in steps) > 20
    for step in steps:
        reader.do(step)
