"""`aws ecr`, versions 1 and 2: pages, filters, errors and exit codes as scripts see them."""

import json
from typing import Any

import pytest
from tests.clients.images import make_image, make_index, push_image
from tests.clients.shells import Shell


@pytest.fixture(params=["shell", "aws_v2"])
def aws(request: pytest.FixtureRequest) -> Shell:
    """The shell, once with each version of the AWS CLI as `aws`."""
    chosen: Shell = request.getfixturevalue(request.param)
    return chosen


def said(shell: Shell, command: str) -> Any:
    text = shell.run(f"aws ecr {command} --output json")
    return json.loads(text) if text else None


def test_pages_and_filters(aws: Shell, ecr: Any) -> None:
    """The CLI turns pages by itself, stops where it is told to, and goes on from there."""
    ecr.create_repository(repositoryName="cli")
    for tag in ("v1", "v2", "v3"):
        push_image(ecr, "cli", make_image(tag), tag)
    push_image(ecr, "cli", make_image("other"), "v3")
    listed = said(aws, "list-images --repository-name cli --page-size 1")
    assert len(listed["imageIds"]) == 4
    first = said(aws, "list-images --repository-name cli --max-items 3")
    assert len(first["imageIds"]) == 3
    rest = said(aws, f"list-images --repository-name cli --starting-token {first['NextToken']}")
    assert first["imageIds"] + rest["imageIds"] == listed["imageIds"]
    untagged = said(aws, "list-images --repository-name cli --filter tagStatus=UNTAGGED")
    assert [set(one) for one in untagged["imageIds"]] == [{"imageDigest"}]
    tags = said(
        aws,
        "describe-images --repository-name cli --filter tagStatus=TAGGED"
        " --query 'sort_by(imageDetails,&imagePushedAt)[*].imageTags[0]'",
    )
    assert tags == ["v1", "v2", "v3"]


def test_retagging_by_pipe(aws: Shell, ecr: Any) -> None:
    """The AWS guide's way to give an image another tag without pulling it."""
    ecr.create_repository(repositoryName="cli")
    image = make_image("app")
    push_image(ecr, "cli", image, "latest")
    aws.run(
        "MANIFEST=$(aws ecr batch-get-image --repository-name cli --image-ids imageTag=latest"
        " --output text --query 'images[].imageManifest')\n"
        'aws ecr put-image --repository-name cli --image-tag 2017.03 --image-manifest "$MANIFEST"'
    )
    (detail,) = said(aws, "describe-images --repository-name cli")["imageDetails"]
    assert (detail["imageDigest"], detail["imageTags"]) == (image.digest, ["2017.03", "latest"])


def test_errors_end_the_command(aws: Shell, ecr: Any) -> None:
    """What AWS refuses ends the command with 254 or 255 and AWS's own sentence."""
    ecr.create_repository(repositoryName="cli")
    push_image(ecr, "cli", make_image("app"), "v1")
    for command, code, sentence in (
        (
            "describe-images --repository-name none",
            "RepositoryNotFoundException",
            "'none' does not",
        ),
        ("delete-repository --repository-name cli", "RepositoryNotEmptyException", "cannot be"),
        (
            "describe-images --repository-name cli --image-ids imageTag=v9",
            "ImageNotFoundException",
            "{imageDigest:'null', imageTag:'v9'}",
        ),
        ("create-repository --repository-name BAD", "InvalidParameterException", "must satisfy"),
    ):
        shown = aws.fails(f"aws ecr {command} || (test $? -ge 254 && exit 1)")
        assert f"({code})" in shown
        assert sentence in shown


def test_layers_in_and_out(aws: Shell, ecr: Any) -> None:
    """A layer goes in by the CLI's own operations and comes out of its download URL."""
    ecr.create_repository(repositoryName="cli")
    shown = aws.run(
        "printf content > layer\n"
        "DIGEST=sha256:$(sha256sum layer | cut -d' ' -f1)\n"
        "ID=$(aws ecr initiate-layer-upload --repository-name cli --query uploadId --output text)\n"
        "PART=fileb://layer; case $(aws --version) in aws-cli/2*) PART=$(base64 layer);; esac\n"
        "aws ecr upload-layer-part --repository-name cli --upload-id $ID --part-first-byte 0"
        " --part-last-byte 6 --layer-part-blob $PART >/dev/null\n"
        "aws ecr complete-layer-upload --repository-name cli --upload-id $ID"
        " --layer-digests $DIGEST >/dev/null\n"
        "curl -sf $(aws ecr get-download-url-for-layer --repository-name cli"
        " --layer-digest $DIGEST --query downloadUrl --output text)"
    )
    assert shown == "content"


def test_the_archive(shell: Shell, ecr: Any) -> None:
    """Images go to the archive and come back; an index keeps its images (CLI version 1)."""
    ecr.create_repository(repositoryName="cli")
    image = make_image("app")
    push_image(ecr, "cli", image, "v1")
    push_image(ecr, "cli", make_image("other"), "v2")
    move = "update-image-storage-class --repository-name cli --image-id imageTag={}"
    archived = said(shell, f"{move.format('v2')} --target-storage-class ARCHIVE")
    assert archived["imageStatus"] == "ARCHIVED"
    found = said(shell, "describe-images --repository-name cli --filter imageStatus=ARCHIVED")
    assert [one["imageTags"] for one in found["imageDetails"]] == [["v2"]]
    ecr.put_image(repositoryName="cli", imageManifest=make_index(image).decode(), imageTag="all")
    shown = shell.fails(f"aws ecr {move.format('v1')} --target-storage-class ARCHIVE")
    assert "(ImageStorageClassUpdateNotSupportedException)" in shown
    back = said(shell, f"{move.format('v2')} --target-storage-class STANDARD")
    assert back["imageStatus"] == "ACTIVE"
    referrers = said(
        shell,
        f"list-image-referrers --repository-name cli --subject-id imageDigest={image.digest}",
    )
    assert referrers == {"referrers": []}
