"""A real nginx before several nodes, with the configuration that the documentation gives."""

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import httpx
from tests.clients.tools import Toolbox
from tests.live import ROOT, free_port

CONFIGURATION = ROOT / "deploy" / "nginx" / "portside.conf"
START_SECONDS_MAX = 20.0
_MAIN = """\
{user}
daemon off;
worker_processes 1;
pid {work}/nginx.pid;
error_log {work}/error.log notice;
events {{ worker_connections 512; }}
http {{
    access_log {work}/access.log;
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    include {work}/portside.conf;
}}
"""


class Proxy:
    """nginx on a free port of this machine, before the nodes on these ports."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._work = Path(tempfile.mkdtemp(prefix="portside-nginx-"))
        self.port = free_port()
        nginx = Toolbox().path("nginx")
        (self._work / "portside.conf").write_text(self._shaped(ports))
        user = "user root;" if os.geteuid() == 0 else ""
        main = self._work / "nginx.conf"
        main.write_text(_MAIN.format(user=user, work=self._work))
        self._process = subprocess.Popen(
            [str(nginx), "-c", str(main), "-p", str(self._work), "-e", str(self._work / "first")],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def url(self) -> str:
        """Where clients go."""
        return f"http://127.0.0.1:{self.port}"

    def wait_until_ready(self) -> Self:
        """Return when a node answers through it."""
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end:
            try:
                if httpx.get(f"{self.url}/healthz").status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.05)
        raise RuntimeError((self._work / "error.log").read_text())

    def close(self) -> None:
        """Stop it and remove what it kept."""
        self._process.terminate()
        self._process.wait(20)
        shutil.rmtree(self._work, ignore_errors=True)

    def _shaped(self, ports: Sequence[int]) -> str:
        text = CONFIGURATION.read_text()
        for number, port in enumerate(ports, start=1):
            text, count = re.subn(rf"server node{number}:5000 ", f"server 127.0.0.1:{port} ", text)
            assert count == 1
        text, count = re.subn(r"listen 80;", f"listen 127.0.0.1:{self.port};", text)
        assert count == 1
        return text
