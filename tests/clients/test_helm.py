"""helm: a chart is an artifact like any other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.clients.shells import Shell


def test_push_and_pull_a_chart(shell: Shell, need: Callable[[str], Path], ecr: Any) -> None:
    """A chart goes to `oci://$REGISTRY` and comes back byte for byte."""
    need("helm")
    ecr.create_repository(repositoryName="charts/web")
    shell.run(
        "aws ecr get-login-password --region $REGION"
        " | helm registry login --plain-http --username AWS --password-stdin $REGISTRY"
    )
    shell.run("helm create web && helm package web --version 1.2.3")
    shell.run("helm push --plain-http web-1.2.3.tgz oci://$REGISTRY/charts")
    image = ecr.describe_images(repositoryName="charts/web")["imageDetails"][0]
    assert image["imageTags"] == ["1.2.3"]
    assert image["artifactMediaType"] == "application/vnd.cncf.helm.config.v1+json"
    shell.run("mkdir back && cd back && helm pull --plain-http oci://$REGISTRY/charts/web")
    pulled = shell.work / "back" / "web-1.2.3.tgz"
    assert pulled.read_bytes() == (shell.work / "web-1.2.3.tgz").read_bytes()
