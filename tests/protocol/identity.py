"""What the tests of IAM share: names of their own, policies to give, and refusals to expect."""

import json
import re
import subprocess
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from tests.live import PORTSIDE, LiveServer, clean_environment

READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
POWER_USER = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"


def fresh(word: str) -> str:
    """A name that no other test has."""
    return f"{word}-{uuid4().hex[:12]}"


def document(action: str = "ecr:*", **further: Any) -> str:
    """An identity-based policy."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "*", **further}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def trust(account: str = "123456789012") -> str:
    """A role's trust policy."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def refused(code: str, status: int, message: str, call: Callable[..., Any], **params: Any) -> None:
    """The call must be refused with exactly this."""
    with pytest.raises(ClientError) as caught:
        call(**params)
    response: Any = caught.value.response
    assert response["Error"]["Code"] == code
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert re.fullmatch(message, response["Error"]["Message"]), response["Error"]["Message"]


def missing(message: str, call: Callable[..., Any], **params: Any) -> None:
    """The call must not find what it names."""
    refused("NoSuchEntity", 404, re.escape(message), call, **params)


def client_of(server: LiveServer, key: dict[str, Any], service: str = "iam") -> Any:
    """A client that signs with this access key."""
    return server.client(
        service,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def new_account(server: LiveServer) -> Any:
    """An IAM client of the root user of an account that no other test has."""
    account = f"9{time.time_ns() % 10**11:011}"
    command = [str(PORTSIDE), "account", "create", account, "--data", str(server.data)]
    made = subprocess.run(
        [*command, "--format", "json"],
        env=clean_environment(**server.env),
        capture_output=True,
        check=True,
        text=True,
    )
    return client_of(server, json.loads(made.stdout))
