"""Journey: a user who may pull, and a group whose members push and pull one repository."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clients.images import make_image, push_image, write_layout
from tests.clients.shells import Shell
from tests.live import LiveServer

READ_ONLY = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
LOGIN = (
    "aws ecr get-login-password --region $REGION"
    " | skopeo login --username AWS --password-stdin $REGISTRY"
)
PUSH = "skopeo copy --all oci:layout:new docker://$REGISTRY/{}:new"
PULL = "rm -rf pulled && skopeo copy docker://$REGISTRY/{}:old oci:pulled:old"
ACTIONS = (
    *("GetAuthorizationToken", "BatchCheckLayerAvailability", "GetDownloadUrlForLayer"),
    *("GetRepositoryPolicy", "DescribeRepositories", "ListImages", "DescribeImages"),
    *("BatchGetImage", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload"),
    "PutImage",
)


@pytest.fixture(params=["shell", "aws_v2"])
def cli(request: pytest.FixtureRequest) -> Shell:
    """A shell of the account's root user, once with each version of the AWS CLI."""
    chosen: Shell = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def repositories(ecr: Any) -> None:
    """Two repositories, each with an image."""
    for name in ("randserver", "other"):
        ecr.create_repository(repositoryName=name)
        push_image(ecr, name, make_image(name), "old")


@pytest.fixture
def admin(
    cli: Shell, need: Callable[[str], Path], server: LiveServer, repositories: None
) -> Iterator[Shell]:
    """The root user's shell in an account without users."""
    del repositories
    need("skopeo")
    yield cli
    iam = server.client("iam")
    for user in iam.list_users()["Users"]:
        _delete_user(iam, user["UserName"])
    for group in iam.list_groups()["Groups"]:
        for policy in iam.list_attached_group_policies(**_of(group))["AttachedPolicies"]:
            iam.detach_group_policy(**_of(group), PolicyArn=policy["PolicyArn"])
        iam.delete_group(**_of(group))
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        iam.delete_policy(PolicyArn=policy["Arn"])


def _of(group: dict[str, Any]) -> dict[str, str]:
    return {"GroupName": group["GroupName"]}


def _delete_user(iam: Any, name: str) -> None:
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        iam.remove_user_from_group(**_of(group), UserName=name)
    for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=policy["PolicyArn"])
    for policy_name in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy_name)
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user(UserName=name)


def _user(admin: Shell, name: str) -> dict[str, str]:
    """Make a user with an access key, and return what the user's own shell has of it."""
    admin.run(f"aws iam create-user --user-name {name}")
    made = json.loads(admin.run(f"aws iam create-access-key --user-name {name}"))["AccessKey"]
    return {
        "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
    }


class _Acting:
    """Runs what a block holds with another user's credentials, and without the other's login."""

    def __init__(self, shell: Shell, credentials: dict[str, str]) -> None:
        self._shell = shell
        self._credentials = credentials
        self._before: dict[str, str] = {}

    def __enter__(self) -> Shell:
        self._before = dict(self._shell.environment)
        self._shell.environment.update(self._credentials)
        return self._shell

    def __exit__(self, *_: object) -> None:
        self._shell.environment.update(self._before)
        (self._shell.folder / "auth.json").write_text("{}")


def _denied(shell: Shell, script: str, user: str, action: str, resource: str) -> None:
    environment = shell.environment
    account, region = environment["ACCOUNT"], environment["REGION"]
    arn = resource if resource == "*" else f"arn:aws:ecr:{region}:{account}:repository/{resource}"
    told = shell.fails(script)
    assert (
        f"User: arn:aws:iam::{account}:user/{user} is not authorized to perform: {action} on "
        f"resource: {arn} because no identity-based policy allows the {action} action"
    ) in told


def test_users_and_groups_as_the_course_teaches_them(admin: Shell) -> None:
    """Every line works as written, and decides who may pull and push."""
    write_layout(admin.work / "layout", "new", make_image("new"))
    amar, bina = _user(admin, "amar"), _user(admin, "bina")

    admin.run(f"aws iam attach-user-policy --policy-arn {READ_ONLY} --user-name amar")
    with _Acting(admin, amar) as shell:
        shell.run(LOGIN)
        shell.run(PULL.format("randserver"))
        _denied(shell, PUSH.format("randserver"), "amar", "ecr:InitiateLayerUpload", "randserver")

    _make_the_group(admin)
    with _Acting(admin, amar) as shell:
        shell.run(LOGIN)
        shell.run(PUSH.format("randserver"))
        shell.run(PULL.format("randserver"))
        _denied(shell, PUSH.format("other"), "amar", "ecr:InitiateLayerUpload", "other")

    # GetAuthorizationToken is asked for `*`: allowed on a repository, it opens nothing.
    with _Acting(admin, bina) as shell:
        _denied(shell, LOGIN, "bina", "ecr:GetAuthorizationToken", "*")
    admin.run(
        "aws iam put-user-policy --user-name bina --policy-name login --policy-document "
        '\'{"Version":"2012-10-17","Statement":{"Effect":"Allow",'
        '"Action":"ecr:GetAuthorizationToken","Resource":"*"}}\''
    )
    with _Acting(admin, bina) as shell:
        shell.run(LOGIN)
        shell.run(PUSH.format("randserver"))
        shell.run(PULL.format("randserver"))
        # Already the question whether a layer is there is refused, and that answer has no body.
        assert "403" in shell.fails(PUSH.format("other"))
        assert "ecr:BatchGetImage" in shell.fails(PULL.format("other"))
        _denied(
            shell,
            "aws ecr delete-repository --repository-name randserver --force",
            "bina",
            "ecr:DeleteRepository",
            "randserver",
        )


def _make_the_group(admin: Shell) -> None:
    account, region = admin.environment["ACCOUNT"], admin.environment["REGION"]
    answer = admin.run("aws iam create-group --group-name randserver-developers")
    group = json.loads(answer)["Group"]
    assert group.keys() == {"Path", "GroupName", "GroupId", "Arn", "CreateDate"}
    assert (group["Path"], group["GroupName"]) == ("/", "randserver-developers")
    assert group["Arn"] == f"arn:aws:iam::{account}:group/randserver-developers"
    for user in ("amar", "bina"):
        admin.run(
            f"aws iam add-user-to-group --group-name randserver-developers --user-name {user}"
        )
    statement = {
        "Effect": "Allow",
        "Action": [f"ecr:{action}" for action in ACTIONS],
        "Resource": f"arn:aws:ecr:{region}:{account}:repository/randserver",
    }
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]}, indent=2)
    (admin.work / "policy.json").write_text(text)
    answer = admin.run(
        "aws iam create-policy --policy-name EcrPushPullRandserverDevelopers"
        " --policy-document file://./policy.json"
    )
    policy = json.loads(answer)["Policy"]
    assert re.fullmatch(r"ANPA[A-Z2-7]{17}", policy.pop("PolicyId"))
    assert policy.pop("CreateDate") == policy.pop("UpdateDate")
    arn = f"arn:aws:iam::{account}:policy/EcrPushPullRandserverDevelopers"
    assert policy == {
        "PolicyName": "EcrPushPullRandserverDevelopers",
        "Arn": arn,
        "Path": "/",
        "DefaultVersionId": "v1",
        "AttachmentCount": 0,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
    }
    admin.run(
        "aws iam attach-group-policy --group-name randserver-developers"
        " --policy-arn arn:aws:iam::$ACCOUNT:policy/EcrPushPullRandserverDevelopers"
    )


def test_errors_in_the_words_of_aws(admin: Shell) -> None:
    """What scripts look for in the output of the CLI stands there."""
    told = admin.fails("aws iam get-user --user-name amar")
    assert (
        "An error occurred (NoSuchEntity) when calling the GetUser operation: "
        "The user with name amar cannot be found."
    ) in told
    admin.run("aws iam create-user --user-name amar")
    told = admin.fails("aws iam create-user --user-name amar")
    assert "(EntityAlreadyExists)" in told
    assert "User with name amar already exists." in told
    admin.run(f"aws iam attach-user-policy --policy-arn {READ_ONLY} --user-name amar")
    told = admin.fails("aws iam delete-user --user-name amar")
    assert "(DeleteConflict)" in told
    assert "Cannot delete entity, must detach all policies first." in told
    told = admin.fails(
        "aws iam attach-user-policy --user-name amar"
        " --policy-arn arn:aws:iam::$ACCOUNT:policy/Nothing"
    )
    assert "policy/Nothing does not exist or is not attachable." in told
    told = admin.fails("aws iam create-policy --policy-name p --policy-document '{}'")
    assert "(MalformedPolicyDocument)" in told
