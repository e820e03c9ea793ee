"""Photograph every screen of the console into `docs/screens`: `python -m tests.console.screens`."""

import json
from pathlib import Path
from typing import Final

import httpx
from tests.clients.tools import Toolbox
from tests.console.browser import Console, build_console, chromium
from tests.live import ACCOUNT, REGION, ROOT, LiveServer
from tests.protocol.pushing import Registry
from tests.protocol.test_lifecycle_run import lifecycle

FOLDER: Final = ROOT / "docs" / "screens"
READ_ONLY: Final = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly"
POWER_USER: Final = "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPowerUser"
SCREENS: Final = {
    "repositories": "/repositories",
    "create-repository": "/repositories/create",
    "repository": "/repositories/view?name=team-a%2Fweb",
    "lifecycle": "/repositories/view?name=team-a%2Fweb&tab=lifecycle",
    "repository-activity": "/repositories/view?name=team-a%2Fweb&tab=activity",
    "registry-permissions": "/registry/permissions",
    "registry-scanning": "/registry/scanning",
    "registry-replication": "/registry/replication",
    "pull-through-cache": "/registry/pull-through",
    "creation-templates": "/registry/templates",
    "quotas-and-usage": "/registry/quotas",
    "activity": "/activity",
    "users": "/identity/users",
    "user": "/identity/users/view?name=ci",
    "groups": "/identity/groups",
    "group": "/identity/groups/view?name=builders",
    "roles": "/identity/roles",
    "role": "/identity/roles/view?name=deploy",
    "policies": "/identity/policies",
    "policy": f"/identity/policies/view?arn={READ_ONLY}",
    "policy-simulator": "/identity/simulator",
}


def fill(server: LiveServer) -> None:
    """Put into the server what the pictures are to show."""
    ecr, iam = server.client("ecr"), server.client("iam")
    with httpx.Client(base_url=server.url, auth=server.auth(), timeout=60) as client:
        for name in ("team-a/web", "team-a/api", "team-b/batch"):
            ecr.create_repository(repositoryName=name)
            for tag in ("1.0", "1.1", "latest"):
                Registry(client, name).push(tag, f"{name} {tag}".encode() * 9000)
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": ["ecr:ReplicateImage", "ecr:CreateRepository"],
        "Resource": f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/*",
    }
    ecr.put_registry_policy(
        policyText=json.dumps({"Version": "2012-10-17", "Statement": statement})
    )
    destination = {"region": "eu-west-1", "registryId": ACCOUNT}
    ecr.put_replication_configuration(
        replicationConfiguration={"rules": [{"destinations": [destination]}]}
    )
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix="ecr-public", upstreamRegistryUrl="public.ecr.aws"
    )
    ecr.create_repository_creation_template(prefix="team-a", appliedFor=["CREATE_ON_PUSH"])
    rules = [
        {
            "rulePriority": 1,
            "description": "keep two",
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": 2,
            },
            "action": {"type": "expire"},
        }
    ]
    for name in ("team-a/web", "team-b/batch"):
        text = json.dumps({"rules": rules})
        ecr.put_lifecycle_policy(repositoryName=name, lifecyclePolicyText=text)
    done = lifecycle(server, "run", "--repository", "team-a/web")
    done.check_returncode()
    iam.create_group(GroupName="builders")
    iam.create_user(UserName="ci", PermissionsBoundary=POWER_USER)
    iam.tag_user(UserName="ci", Tags=[{"Key": "team", "Value": "a"}])
    iam.create_access_key(UserName="ci")
    iam.add_user_to_group(UserName="ci", GroupName="builders")
    iam.attach_user_policy(UserName="ci", PolicyArn=READ_ONLY)
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
    }
    iam.create_role(
        RoleName="deploy",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust}),
    )


def photograph(console: Console, name: str, folder: Path = FOLDER) -> None:
    """Keep what is shown now."""
    console.settle()
    console.page.wait_for_timeout(500)
    console.page.screenshot(path=folder / f"{name}.png", animations="disabled")
    print(f"{name}.png")


def photograph_details(console: Console) -> None:
    """What is seen only after something was pressed, and what is dark."""
    console.open(SCREENS["activity"])
    console.page.get_by_role("button", name="Look for").click()
    console.page.get_by_role("option", name="Event name").click()
    console.type("Value", "CreateRole")
    console.click("Search")
    console.page.get_by_role("button", name="Details of CreateRole").click()
    console.page.get_by_role("region", name="The record").wait_for()
    photograph(console, "event")
    console.page.emulate_media(color_scheme="dark")
    console.open(SCREENS["repositories"])
    photograph(console, "repositories-dark")
    console.page.emulate_media(color_scheme="light")
    console.open(SCREENS["repository"])
    console.page.get_by_role("link", name="latest").click()
    console.heading("team-a/web:latest")
    photograph(console, "image")
    console.open("/repositories")
    console.page.get_by_role("checkbox", name="team-a/web").check()
    console.click("View push commands")
    photograph(console, "push-commands")


def main() -> None:
    """Start a server and take all pictures."""
    build_console()
    program = Toolbox().path("chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with LiveServer("--workers=1") as server, chromium(program) as browser:
        console = Console(browser, server)
        console.open()
        console.heading("Sign in to Portside")
        photograph(console, "sign-in")
        console.sign_in()
        console.open()
        console.heading("Welcome to Portside")
        photograph(console, "first-run")
        fill(server)
        for name, path in SCREENS.items():
            console.open(path)
            console.page.get_by_role("heading", level=1).first.wait_for()
            photograph(console, name)
        photograph_details(console)


if __name__ == "__main__":
    main()
