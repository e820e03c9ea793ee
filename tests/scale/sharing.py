"""What the nodes of a cluster share: one data folder."""

import shutil
import tempfile
from pathlib import Path
from typing import Protocol

from tests.live import LiveServer
from tests.live_worker import LiveWorker


class Stores(Protocol):
    """Makes nodes and workers that share what is stored."""

    bound_seconds: float
    """After so long every node shows a change that was acknowledged."""

    def node(self, *arguments: str) -> LiveServer:
        """A server, not started."""
        ...

    def worker(self, beside: LiveServer, *arguments: str) -> LiveWorker:
        """A worker, starting."""
        ...

    def close(self) -> None:
        """Remove what was stored."""
        ...


class OneFolder:
    """SQLite and a folder, on one machine: several servers, each with its own port."""

    bound_seconds = 0.0

    def __init__(self) -> None:
        self._work = Path(tempfile.mkdtemp(prefix="portside-scale-"))

    def node(self, *arguments: str) -> LiveServer:
        return LiveServer(*arguments, data=self._work / "data")

    def worker(self, beside: LiveServer, *arguments: str) -> LiveWorker:
        return LiveWorker(beside, *arguments)

    def close(self) -> None:
        shutil.rmtree(self._work, ignore_errors=True)
