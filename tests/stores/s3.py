"""A real S3 server for tests: Versity's gateway over a folder, on a free port of 127.0.0.1.

Built with `go install` where it is missing. With ``PORTSIDE_TEST_BLOBS=s3`` every live server and
every test that opens a store gets a prefix of its own in the session's bucket.
"""

import atexit
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3  # type: ignore[import-untyped]  # boto3 ships no types
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from tests.go_tools import GoTool
from tests.live import free_port

VARIABLE = "PORTSIDE_TEST_BLOBS"
BUCKET = "portside-tests"
REGION = "us-east-1"
ACCESS_KEY_ID = "test-access-key"
SECRET_ACCESS_KEY = "test-secret-of-the-bucket"  # noqa: S105 - made up for tests
START_SECONDS_MAX = 30.0
GATEWAY = GoTool("github.com/versity/versitygw/cmd/versitygw", "v1.8.0")


def wanted() -> bool:
    """Whether this run of the tests is to use S3 for blobs."""
    return os.environ.get(VARIABLE) == "s3"


def prefix_of(path: Path) -> str:
    """The prefix that stands for a data folder: opened a second time, it is the same."""
    return hashlib.sha256(str(path).encode()).hexdigest()[:32]


@cache
def session_server() -> "S3Server":
    """The server of this run of the tests, started when it is first asked for."""
    server = S3Server()
    atexit.register(server.close)
    server.start()
    return server


class S3Server:
    """A server with one bucket: start, kill and start it again; what it holds stays."""

    def __init__(self) -> None:
        self._program = GATEWAY.installed()
        self._work = Path(tempfile.mkdtemp(prefix="portside-s3-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        for name in ("data", "users", "versions"):
            (self._work / name).mkdir()
        self.log = self._work / "log"
        self.requests = self._work / "requests"

    @property
    def endpoint(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def settings(self, prefix: str | None = None, **more: str) -> dict[str, str]:
        """Portside's environment for blobs under a prefix of the bucket, by default a new one."""
        return {
            "PORTSIDE_BLOBS": f"s3://{BUCKET}/{prefix or uuid4().hex}",
            "PORTSIDE_BLOBS_ENDPOINT": self.endpoint,
            "PORTSIDE_BLOBS_PLAIN_HTTP": "true",
            "PORTSIDE_BLOBS_REGION": REGION,
            "PORTSIDE_BLOBS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "PORTSIDE_BLOBS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            **more,
        }

    def client(self) -> Any:
        """A boto3 client for it."""
        return boto3.session.Session().client(
            "s3",
            region_name=REGION,
            endpoint_url=self.endpoint,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=Config(
                retries={"total_max_attempts": 1},
                proxies={},
                s3={"addressing_style": "path"},
            ),
        )

    def keys(self, prefix: str = "") -> list[str]:
        """The keys of all objects under a prefix."""
        pages = (
            self.client().get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        )
        return [found["Key"] for page in pages for found in page.get("Contents", ())]

    def start(self) -> None:
        """Start it, and make the bucket if it is not there."""
        command = [str(self._program), "--port", f"127.0.0.1:{self.port}", "--region", REGION]
        command += ["--access", ACCESS_KEY_ID, "--secret", SECRET_ACCESS_KEY, "--quiet"]
        command += ["--access-log", str(self.requests)]
        command += ["--iam-dir", str(self._work / "users"), "posix", str(self._work / "data")]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        self._wait()

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Have it answer nothing, while connections stay."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Have it answer again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """End it and remove what it held."""
        self.kill()
        shutil.rmtree(self._work, ignore_errors=True)

    def _wait(self) -> None:
        client = self.client()
        end = time.monotonic() + START_SECONDS_MAX
        while True:
            try:
                client.create_bucket(Bucket=BUCKET)
            except client.exceptions.BucketAlreadyOwnedByYou:
                return
            except (BotoCoreError, ClientError) as error:
                if time.monotonic() > end:
                    raise RuntimeError(self.log.read_text()[-2000:]) from error
                time.sleep(0.05)
            else:
                return
