"""Users and accounts of a live server, with the clients that act as them."""

import base64
import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from tests.live import ACCOUNT, PORTSIDE, LiveServer, clean_environment

OTHER = "210987654321"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an access key of their own."""

    server: LiveServer
    arn: str
    key_id: str
    secret: str

    def client(self, service: str = "ecr", **options: Any) -> Any:
        """A boto3 client that acts as this person."""
        keys = {"aws_access_key_id": self.key_id, "aws_secret_access_key": self.secret}
        return self.server.client(service, **keys, **options)

    def password(self) -> str:
        """What `docker login` takes."""
        answer = self.client().get_authorization_token()
        token = answer["authorizationData"][0]["authorizationToken"]
        return base64.b64decode(token).decode().partition(":")[2]

    def http(self, headers: Mapping[str, str] | None = None) -> httpx.Client:
        """A client for `/v2/` that acts as this person."""
        auth = ("AWS", self.password())
        return httpx.Client(
            base_url=self.server.url, auth=auth, timeout=60, headers=dict(headers or {})
        )


def document(*statements: Mapping[str, Any], version: str = "2012-10-17") -> str:
    return json.dumps({"Version": version, "Statement": list(statements)})


def allow(*actions: str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **more}


LOGIN = allow("ecr:GetAuthorizationToken")


def root(server: LiveServer) -> Person:
    """The root user of the default account."""
    arn = f"arn:aws:iam::{ACCOUNT}:root"
    return Person(server, arn, server.access_key_id, server.secret_access_key)


def make_account(server: LiveServer, account: str = OTHER) -> Person:
    """Another account of the server; its root user."""
    made = subprocess.run(
        [PORTSIDE, "account", "create", account, "--format", "json"],
        env=clean_environment(**server.env, PORTSIDE_DATA=str(server.data)),
        capture_output=True,
        text=True,
        check=True,
    )
    keys = json.loads(made.stdout)
    arn = f"arn:aws:iam::{account}:root"
    return Person(server, arn, keys["AccessKeyId"], keys["SecretAccessKey"])


def make_user(owner: Person, name: str, *statements: Mapping[str, Any]) -> Person:
    """A user of the owner's account with these rights, and a key."""
    iam = owner.client("iam")
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    grant(owner, name, *statements)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Person(owner.server, arn, key["AccessKeyId"], key["SecretAccessKey"])


def grant(owner: Person, name: str, *statements: Mapping[str, Any]) -> None:
    """Let these be the statements of the user's only policy."""
    iam = owner.client("iam")
    if statements:
        iam.put_user_policy(
            UserName=name, PolicyName="rights", PolicyDocument=document(*statements)
        )
    elif "rights" in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName="rights")
