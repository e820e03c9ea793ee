"""Journey: what repository policies let other accounts and addresses do, with real clients."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.clients.images import make_image, push_image
from tests.clients.shells import Shell
from tests.live import ACCOUNT, LiveServer
from tests.protocol.principals import LOGIN, Person, allow, make_account, make_user, root

LOG_IN = 'eval "$(aws ecr get-login --registry-ids $ACCOUNT --no-include-email --region $REGION)"'
READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with LiveServer("--trusted-proxies", "127.0.0.1") as live:
        yield live


@pytest.fixture(scope="module")
def neighbour(server: LiveServer) -> Person:
    """The root user of another account."""
    return make_account(server)


def become(shell: Shell, person: Person) -> None:
    """Let the shell's commands be this person's."""
    shell.environment["AWS_ACCESS_KEY_ID"] = person.key_id
    shell.environment["AWS_SECRET_ACCESS_KEY"] = person.secret


def some(name: str) -> str:
    return f"{name}-{uuid4().hex[:8]}"


def policy_of_the_course(path: Path, pullers: list[Person], admin: Person) -> None:
    """Repository policy A: two users pull, one does everything."""
    pull = ["GetDownloadUrlForLayer", "BatchGetImage", "BatchCheckLayerAvailability"]
    statements = [
        {
            "Sid": "AllowPull",
            "Effect": "Allow",
            "Principal": {"AWS": [puller.arn for puller in pullers]},
            "Action": [f"ecr:{action}" for action in pull],
        },
        {
            "Sid": "AllowAll",
            "Effect": "Allow",
            "Principal": {"AWS": admin.arn},
            "Action": ["ecr:*"],
        },
    ]
    path.write_text(json.dumps({"Version": "2008-10-17", "Statement": statements}))


def denial(person: Person, action: str, reason: str) -> str:
    return (
        f"User: {person.arn} is not authorized to perform: ecr:{action} on resource: "
        f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/hello-repository because no {reason} policy "
        f"allows the ecr:{action} action"
    )


def test_another_account_pulls_and_does_not_push(
    engine: Shell, ecr: Any, neighbour: Person
) -> None:
    """Policy A: pull-user-1 pulls and cannot push, admin-user does both, a third gets nothing."""
    ecr.create_repository(repositoryName="hello-repository")
    push_image(ecr, "hello-repository", make_image("hello"), "latest")
    everything = allow("ecr:*")
    pullers = [make_user(neighbour, some(f"pull-user-{n}"), everything) for n in (1, 2)]
    admin = make_user(neighbour, some("admin-user"), everything)
    third = make_user(neighbour, some("third"), everything)
    policy_of_the_course(engine.work / "policy.json", pullers, admin)
    engine.run(
        "aws ecr set-repository-policy --repository-name hello-repository"
        " --policy-text file://policy.json"
    )
    become(engine, pullers[0])
    engine.run(LOG_IN)
    engine.run("docker pull $REGISTRY/hello-repository")
    engine.run("docker tag $REGISTRY/hello-repository $REGISTRY/hello-repository:mine")
    words = denial(pullers[0], "InitiateLayerUpload", "resource-based")
    put = denial(pullers[0], "PutImage", "resource-based")
    refused = " ".join(engine.fails("docker push $REGISTRY/hello-repository:mine").split())
    # The layers are there already: a client that asks first has only the manifest to push.
    assert f"denied: {words}" in refused or f"denied: {put}" in refused
    become(engine, admin)
    engine.run(LOG_IN)
    engine.run("docker push $REGISTRY/hello-repository:mine")
    become(engine, third)
    engine.run(LOG_IN)
    refused = " ".join(engine.fails("docker pull $REGISTRY/hello-repository:mine").split())
    assert denial(third, "BatchGetImage", "resource-based") in refused


def test_a_reader_is_told_at_the_first_request_of_a_push(
    engine: Shell, ecr: Any, server: LiveServer
) -> None:
    """With AWS's managed policy for readers, in ECR's words."""
    ecr.create_repository(repositoryName="hello-repository")
    push_image(ecr, "hello-repository", make_image("hello"), "latest")
    ecr.create_repository(repositoryName="elsewhere")
    owner, name = root(server), some("reader")
    reader = make_user(owner, name)
    owner.client("iam").attach_user_policy(UserName=name, PolicyArn=READ_ONLY)
    become(engine, reader)
    engine.run(LOG_IN)
    engine.run("docker pull $REGISTRY/hello-repository")
    engine.run("docker tag $REGISTRY/hello-repository $REGISTRY/elsewhere")
    refused = " ".join(engine.fails("docker push $REGISTRY/elsewhere").split())
    words = denial(reader, "InitiateLayerUpload", "identity-based")
    assert f"denied: {words.replace('hello-repository', 'elsewhere')}" in refused


def test_addresses(shell: Shell, ecr: Any, server: LiveServer) -> None:
    """Policy B: a range passes but for one address of it, told by a proxy on this machine."""
    ecr.create_repository(repositoryName="hello-repository")
    push_image(ecr, "hello-repository", make_image("hello"), "latest")
    statement = {
        "Sid": "IPAllow",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "ecr:*",
        "Condition": {
            "NotIpAddress": {"aws:SourceIp": "54.240.143.188/32"},
            "IpAddress": {"aws:SourceIp": "54.240.143.0/24"},
        },
    }
    document = {"Version": "2012-10-17", "Id": "ECRPolicyId1", "Statement": [statement]}
    (shell.work / "policy.json").write_text(json.dumps(document))
    shell.run(
        "aws ecr set-repository-policy --repository-name hello-repository"
        " --policy-text file://policy.json"
    )
    become(shell, make_user(root(server), some("visitor"), LOGIN))
    url = "$REGISTRY_URL/v2/hello-repository/tags/list"
    statuses = shell.run(
        "TOKEN=$(aws ecr get-authorization-token --output text"
        " --query 'authorizationData[].authorizationToken');"
        " for address in 54.240.143.7 54.240.143.188 54.240.144.7; do"
        ' curl -s -o /dev/null -w "%{http_code}\\n" -H "Authorization: Basic $TOKEN"'
        f' -H "X-Forwarded-For: $address" {url}; done'
    )
    assert statuses.split() == ["200", "403", "403"]
