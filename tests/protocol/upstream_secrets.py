"""Storing an upstream secret as an operator does."""

import json
import subprocess

from tests.live import PORTSIDE, LiveServer, clean_environment


def run_secret(
    live: LiveServer, *arguments: str, given: str = ""
) -> subprocess.CompletedProcess[str]:
    """`portside upstream-secret …` in the server's data folder."""
    command = [str(PORTSIDE), "upstream-secret", *arguments, "--data", str(live.data)]
    return subprocess.run(
        command,
        env=clean_environment(**live.env),
        input=given,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def store_secret(live: LiveServer, name: str, username: str, token: str) -> str:
    """Store a secret beside a running server and return its ARN."""
    content = json.dumps({"username": username, "accessToken": token})
    done = run_secret(live, "put", name, given=content)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
