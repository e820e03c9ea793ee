"""oras: artifacts, and what is attached to an image (referrers)."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.clients.images import make_image, push_image
from tests.clients.shells import Shell

LOGIN = (
    "aws ecr get-login-password --region $REGION"
    " | oras login --plain-http --username AWS --password-stdin $REGISTRY"
)
SBOM = "application/vnd.example.sbom.v1"
SIGNATURE = "application/vnd.example.signature.v1"


@pytest.fixture
def oras(shell: Shell, need: Callable[[str], Path], ecr: Any) -> Shell:
    """A logged-in shell, and a repository with one image."""
    need("oras")
    shell.run(LOGIN)
    ecr.create_repository(repositoryName="app")
    push_image(ecr, "app", make_image("app"), "v1")
    return shell


def test_attach_and_discover(oras: Shell) -> None:
    """What is attached to an image is found from it, all of it or by type."""
    (oras.work / "sbom.json").write_text('{"packages": []}')
    (oras.work / "signature").write_text("signed")
    attach = "oras attach --plain-http --format json"
    sbom = json.loads(
        oras.run(
            f"{attach} --artifact-type {SBOM} --annotation made=here"
            " $REGISTRY/app:v1 sbom.json:application/json"
        )
    )
    signature = json.loads(
        oras.run(f"{attach} --artifact-type {SIGNATURE} $REGISTRY/app:v1 signature:text/plain")
    )
    discover = "oras discover --plain-http --format json"
    found = json.loads(oras.run(f"{discover} $REGISTRY/app:v1"))["referrers"]
    assert {one["digest"]: one["artifactType"] for one in found} == {
        sbom["digest"]: SBOM,
        signature["digest"]: SIGNATURE,
    }
    made = {one["digest"]: one.get("annotations", {}).get("made") for one in found}
    assert made == {sbom["digest"]: "here", signature["digest"]: None}
    filtered = json.loads(oras.run(f"{discover} --artifact-type {SBOM} $REGISTRY/app:v1"))
    assert [one["digest"] for one in filtered["referrers"]] == [sbom["digest"]]


def test_attached_needs_no_fallback_tag(oras: Shell, ecr: Any) -> None:
    """The referrers API is there, so no `sha256-…` tag is written."""
    (oras.work / "sbom.json").write_text("{}")
    oras.run(f"oras attach --plain-http --artifact-type {SBOM} $REGISTRY/app:v1 sbom.json")
    tagged = ecr.list_images(repositoryName="app", filter={"tagStatus": "TAGGED"})["imageIds"]
    assert [one["imageTag"] for one in tagged] == ["v1"]


def test_a_deleted_referrer_is_no_longer_found(oras: Shell) -> None:
    """A removed attachment leaves the list at once."""
    (oras.work / "sbom.json").write_text("{}")
    attached = json.loads(
        oras.run(
            f"oras attach --plain-http --format json --artifact-type {SBOM}"
            " $REGISTRY/app:v1 sbom.json"
        )
    )
    oras.run(f"oras manifest delete --plain-http --force $REGISTRY/app@{attached['digest']}")
    found = oras.run("oras discover --plain-http --format json $REGISTRY/app:v1")
    assert not json.loads(found).get("referrers")


def test_push_and_pull_files(oras: Shell) -> None:
    """An artifact of two files comes back with both, unchanged."""
    (oras.work / "a.txt").write_text("alpha")
    (oras.work / "b.bin").write_bytes(bytes(range(256)) * 4096)
    oras.run(f"oras push --plain-http --artifact-type {SBOM} $REGISTRY/app:files a.txt b.bin")
    oras.run("oras pull --plain-http -o back $REGISTRY/app:files")
    assert (oras.work / "back" / "a.txt").read_text() == "alpha"
    assert (oras.work / "back" / "b.bin").read_bytes() == bytes(range(256)) * 4096


def test_copy_with_everything_attached(oras: Shell, ecr: Any) -> None:
    """`oras copy -r` takes an image with its referrers to another repository."""
    ecr.create_repository(repositoryName="target")
    (oras.work / "sbom.json").write_text("{}")
    oras.run(f"oras attach --plain-http --artifact-type {SBOM} $REGISTRY/app:v1 sbom.json")
    oras.run("oras copy -r --from-plain-http --to-plain-http $REGISTRY/app:v1 $REGISTRY/target:v1")
    discover = "oras discover --plain-http --format json"
    here = json.loads(oras.run(f"{discover} $REGISTRY/app:v1"))["referrers"]
    there = json.loads(oras.run(f"{discover} $REGISTRY/target:v1"))["referrers"]
    assert [one["digest"] for one in there] == [one["digest"] for one in here]
    assert len(there) == 1


def test_tags(oras: Shell) -> None:
    """oras lists tags and adds one."""
    oras.run("oras tag --plain-http $REGISTRY/app:v1 v2")
    assert oras.run("oras repo tags --plain-http $REGISTRY/app").splitlines() == ["v1", "v2"]
