"""Journey: namespaces and resource tags of repositories."""

import json
from typing import Any

from tests.clients.images import make_image, push_image
from tests.clients.shells import Shell


def test_namespaces_live_side_by_side(shell: Shell, ecr: Any) -> None:
    """Two teams' `web-app` are two repositories with images of their own."""
    for team in ("team-a", "team-b"):
        shell.run(f"aws ecr create-repository --repository-name {team}/web-app")
        push_image(ecr, f"{team}/web-app", make_image(team), "latest")
    listed = json.loads(shell.run("aws ecr describe-repositories"))["repositories"]
    assert [one["repositoryName"] for one in listed] == ["team-a/web-app", "team-b/web-app"]
    digests = {
        shell.run(
            f"aws ecr list-images --repository-name {team}/web-app --output text"
            " --query 'imageIds[].imageDigest'"
        )
        for team in ("team-a", "team-b")
    }
    assert digests == {make_image("team-a").digest, make_image("team-b").digest}
    shell.run("aws ecr delete-repository --repository-name team-a/web-app --force")
    left = json.loads(shell.run("aws ecr list-images --repository-name team-b/web-app"))
    assert left["imageIds"] == [{"imageDigest": make_image("team-b").digest, "imageTag": "latest"}]


def test_resource_tags(shell: Shell, ecr: Any) -> None:
    """Tags are put, listed and removed by ARN, in the course's words."""
    arn = ecr.create_repository(repositoryName="my-repo")["repository"]["repositoryArn"]
    shell.run(
        f"aws ecr tag-resource --resource-arn {arn} --tags"
        " Key=key1,Value=value1 Key=key2,Value=value2 Key=key3,Value=value3"
    )
    assert _tags(shell, arn) == {"key1": "value1", "key2": "value2", "key3": "value3"}
    shell.run(f"aws ecr untag-resource --resource-arn {arn} --tag-keys key1")
    assert _tags(shell, arn) == {"key2": "value2", "key3": "value3"}
    shell.run(f"aws ecr tag-resource --resource-arn {arn} --tags Key=key2,Value=changed")
    assert _tags(shell, arn) == {"key2": "changed", "key3": "value3"}


def test_a_repository_is_born_with_tags(shell: Shell) -> None:
    """`create-repository --tags` is the same as tagging afterwards."""
    arn = shell.run(
        "aws ecr create-repository --repository-name test-repo --tags Key=team,Value=devs"
        " --query repository.repositoryArn --output text"
    )
    assert _tags(shell, arn) == {"team": "devs"}


def test_who_am_i(shell: Shell) -> None:
    """`sts get-caller-identity` names the account whose registry this is."""
    identity = json.loads(shell.run("aws sts get-caller-identity"))
    assert identity["Account"] == shell.environment["ACCOUNT"]
    assert identity["Arn"].startswith(f"arn:aws:iam::{shell.environment['ACCOUNT']}:")
    assert identity["UserId"]


def _tags(shell: Shell, arn: str) -> dict[str, str]:
    answer = json.loads(shell.run(f"aws ecr list-tags-for-resource --resource-arn {arn}"))
    return {tag["Key"]: tag["Value"] for tag in answer["tags"]}
