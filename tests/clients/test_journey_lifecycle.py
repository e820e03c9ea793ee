"""Journey: a repository keeps its newest 800 images; the AWS CLI sets, previews and shows it."""

import json
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.clients.images import OCI_INDEX
from tests.clients.shells import Shell
from tests.live import PORTSIDE, LiveServer, clean_environment

COUNT = 801
POLICY = (
    '{"rules":[{"rulePriority":10,"description":"Expire old images","selection":{"tagStatus":"any",'
    '"countType":"imageCountMoreThan","countNumber":800},"action":{"type":"expire"}}]}'
)


def put_image(ecr: Any, number: int) -> str:
    """Push an index that lists nothing, which needs no layers; its digest."""
    made = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    body = json.dumps({**made, "annotations": {"number": str(number)}})
    put = ecr.put_image(repositoryName="randserver", imageManifest=body, imageTag=f"v{number}")
    return str(put["image"]["imageId"]["imageDigest"])


def test_the_oldest_of_801_images_goes(shell: Shell, ecr: Any, server: LiveServer) -> None:
    """The course's commands, word for word; the preview tells what the run then does."""
    shell.run("aws ecr create-repository --repository-name randserver")
    shell.run(
        "aws ecr put-lifecycle-policy --registry-id $ACCOUNT --repository-name randserver"
        f" --lifecycle-policy-text '{POLICY}'"
    )
    oldest = put_image(ecr, 0)
    with ThreadPoolExecutor(8) as pushers:
        list(pushers.map(lambda number: put_image(ecr, number), range(1, COUNT)))
    shell.run("aws ecr start-lifecycle-policy-preview --repository-name randserver")
    shell.run("aws ecr wait lifecycle-policy-preview-complete --repository-name randserver")
    preview = json.loads(
        shell.run("aws ecr get-lifecycle-policy-preview --repository-name randserver")
    )
    assert preview["summary"]["expiringImageTotalCount"] == 1
    (result,) = preview["previewResults"]
    assert (result["imageDigest"], result["appliedRulePriority"]) == (oldest, 10)
    assert _count(shell) == COUNT
    run = subprocess.run(
        [PORTSIDE, "lifecycle", "run", "--repository", "randserver", "--data", str(server.data)],
        env=clean_environment(**server.env),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert run.stdout.splitlines()[0] == f"randserver: rule 10 expired {oldest} (v0)"
    assert _count(shell) == COUNT - 1
    gone = shell.fails(
        "aws ecr describe-images --repository-name randserver --image-ids imageTag=v0"
    )
    assert "ImageNotFoundException" in gone
    shown = json.loads(shell.run("aws ecr get-lifecycle-policy --repository-name randserver"))
    assert shown["lifecyclePolicyText"] == POLICY
    assert shown["lastEvaluatedAt"]


def test_a_policy_from_a_file_that_is_refused(shell: Shell, ecr: Any) -> None:
    """A rule that expires by a count of nothing is told to its writer as ECR tells it."""
    shell.run("aws ecr create-repository --repository-name team/app")
    (shell.work / "policy.json").write_text(json.dumps(json.loads(POLICY), indent=4))
    put = "aws ecr put-lifecycle-policy --repository-name team/app --lifecycle-policy-text"
    shell.run(f"{put} file://policy.json")
    wrong = POLICY.replace('"countNumber":800', '"countNumber":0')
    said = shell.fails(f"{put} '{wrong}'")
    assert (
        "An error occurred (InvalidParameterException) when calling the PutLifecyclePolicy "
        "operation: Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: "
        "'Lifecycle policy validation failure: numeric instance is lower than the required minimum "
        "(minimum: 1, found: 0)'" in said
    )
    shell.run("aws ecr delete-lifecycle-policy --repository-name team/app")
    absent = shell.fails("aws ecr get-lifecycle-policy --repository-name team/app")
    assert "LifecyclePolicyNotFoundException" in absent
    assert ecr.describe_repositories()["repositories"]


def _count(shell: Shell) -> int:
    listed = shell.run(
        "aws ecr list-images --repository-name randserver --query 'length(imageIds)' --output json"
    )
    return int(listed)
