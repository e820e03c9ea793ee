"""Journey: a role's temporary credentials from the AWS CLI, and a registry login with them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.clients.images import make_image, write_layout
from tests.clients.shells import Shell
from tests.live import LiveServer
from tests.protocol.principals import make_user, root

ASSUME = (
    "aws sts assume-role --role-arn $ROLE --role-session-name night-build"
    " --external-id handshake --output json"
)
LOGIN = (
    "aws ecr get-login-password --region $REGION"
    " | skopeo login --username AWS --password-stdin $REGISTRY"
)


def test_a_build_pushes_as_a_role(
    shell: Shell, need: Callable[[str], Path], server: LiveServer, ecr: Any
) -> None:
    """A user who may nothing assumes a role; with the role's credentials the image arrives."""
    need("skopeo")
    ecr.create_repository(repositoryName="nightly")
    iam = server.client("iam")
    person = make_user(root(server), "night-builder-user")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": person.arn},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "handshake"}},
    }
    role = iam.create_role(
        RoleName="night-builder",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
    )["Role"]["Arn"]
    iam.attach_role_policy(
        RoleName="night-builder",
        PolicyArn="arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser",
    )
    shell.environment |= {
        "ROLE": role,
        "AWS_ACCESS_KEY_ID": person.key_id,
        "AWS_SECRET_ACCESS_KEY": person.secret,
    }
    credentials = json.loads(shell.run(ASSUME))["Credentials"]
    shell.environment |= {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
    identity = json.loads(shell.run("aws sts get-caller-identity --output json"))
    assert identity["Arn"].endswith("assumed-role/night-builder/night-build")
    shell.run(LOGIN)
    image = make_image("tonight")
    write_layout(shell.work / "layout", "night", image)
    shell.run("skopeo copy oci:layout:night docker://$REGISTRY/nightly:tonight")
    (pushed,) = ecr.describe_images(repositoryName="nightly")["imageDetails"]
    assert pushed["imageTags"] == ["tonight"]
    del shell.environment["AWS_SESSION_TOKEN"]
    refused = shell.fails("aws ecr describe-repositories")
    assert "UnrecognizedClientException" in refused
