"""What the nodes of a cluster share: one data folder, or PostgreSQL and an object store."""

import secrets
import shutil
import tempfile
from base64 import b64encode
from pathlib import Path
from typing import Protocol

from tests.live import LiveServer
from tests.live_worker import LiveWorker
from tests.stores.postgresql import PostgreSQLServer
from tests.stores.s3 import S3Server


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


class PostgreSQLAndS3:
    """PostgreSQL, which flushes what it commits, and a bucket; each node has its own folder."""

    bound_seconds = 1.0

    def __init__(self) -> None:
        self._work = Path(tempfile.mkdtemp(prefix="portside-scale-"))
        self.bucket = S3Server()
        self.bucket.start()
        self.database = PostgreSQLServer(durable=True)
        self.database.start()
        self._environment = {
            **self.bucket.settings(),
            "PORTSIDE_BLOB_DELIVERY": "proxy",
            "PORTSIDE_DATABASE": self.database.make_database("scale"),
            "PORTSIDE_SECRETS_KEY": b64encode(secrets.token_bytes(32)).decode(),
        }

    def node(self, *arguments: str) -> LiveServer:
        return LiveServer(*arguments, data=self._folder(), env=self._environment)

    def worker(self, beside: LiveServer, *arguments: str) -> LiveWorker:
        return LiveWorker(beside, *arguments, data=self._folder())

    def close(self) -> None:
        self.database.close()
        self.bucket.close()
        shutil.rmtree(self._work, ignore_errors=True)

    def _folder(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self._work)) / "data"
