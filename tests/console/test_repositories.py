"""The repositories: table, creating, push commands, the first image, deleting."""

from typing import Any

import pytest
from playwright.sync_api import expect
from tests.console.browser import Console
from tests.live import ACCOUNT, LiveServer
from tests.protocol.principals import allow, make_user, root


def test_the_table_shows_and_finds_repositories(console: Console, ecr: Any) -> None:
    uri = ecr.create_repository(
        repositoryName="team-a/web",
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
    )["repository"]["repositoryUri"]
    ecr.create_repository(repositoryName="team-b/api")
    page = console.open("/repositories")
    row = page.get_by_role("row", name="team-a/web")
    expect(row).to_contain_text(uri)
    expect(row).to_contain_text("IMMUTABLE")
    expect(row).to_contain_text("Yes")
    expect(row).to_contain_text("AES256")
    page.get_by_label("Find repositories").fill("team-b")
    console.see("1 matches")
    expect(row).to_have_count(0)
    expect(page.get_by_role("row", name="team-b/api")).to_be_visible()


def test_creating_a_repository_with_all_its_settings(console: Console, ecr: Any) -> None:
    ecr.create_repository(repositoryName="other")
    page = console.open("/repositories")
    console.click("Create repository")
    page.get_by_label("Repository name").fill("Not A Name")
    console.click("Create")
    console.see("This is no repository name.")
    page.get_by_label("Repository name").fill("made/here")
    page.get_by_text("Immutable", exact=True).click()
    page.get_by_label("Exclusions").fill("latest\ndev-*")
    page.get_by_text("Scan images when they are pushed").click()
    console.click("Add tag")
    page.get_by_role("textbox", name="Key").fill("owner")
    page.get_by_role("textbox", name="Value").fill("<b>ada</b>")
    console.click("Create")
    console.see("Repository made/here was created.")
    [made] = ecr.describe_repositories(repositoryNames=["made/here"])["repositories"]
    assert made["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    assert [one["filter"] for one in made["imageTagMutabilityExclusionFilters"]] == [
        "latest",
        "dev-*",
    ]
    assert made["imageScanningConfiguration"] == {"scanOnPush": True}
    tags = ecr.list_tags_for_resource(resourceArn=made["repositoryArn"])["tags"]
    assert tags == [{"Key": "owner", "Value": "<b>ada</b>"}]


def test_push_commands_are_for_this_host(console: Console, ecr: Any, server: LiveServer) -> None:
    uri = ecr.create_repository(repositoryName="team/web")["repository"]["repositoryUri"]
    host = uri.partition("/")[0]
    page = console.open("/repositories")
    page.get_by_role("checkbox", name="team/web").check()
    console.click("View push commands")
    shown = page.get_by_role("dialog").locator("pre:visible")
    aws = f"aws --endpoint-url {server.url} ecr"
    login = (
        f"{aws} get-login-password --region us-east-1"
        f" | docker login --username AWS --password-stdin {host}"
    )
    commands = [
        login,
        f"$({aws} get-login --no-include-email --region us-east-1)",
        "docker build -t web .",
        f"docker tag web:latest {uri}:latest",
        f"docker push {uri}:latest",
    ]
    expect(shown).to_have_text(commands)
    page.get_by_role("tab", name="Windows").click()
    expect(shown.first).to_have_text(login.replace("aws", "(aws", 1).replace(" |", ") |", 1))


def test_the_guide_turns_when_the_first_image_arrives(
    console: Console, ecr: Any, push: Any
) -> None:
    assert ecr.describe_repositories()["repositories"] == []
    page = console.open("/repositories")
    console.heading("Welcome to Portside")
    console.click("Create the repository hello")
    console.see("Waiting for your first push…")
    expect(page.locator("pre").last).to_contain_text("docker push")
    push("hello", "latest")
    console.see("Your first image is here.")


def test_deleting_wants_the_word(console: Console, ecr: Any, push: Any) -> None:
    ecr.create_repository(repositoryName="going")
    ecr.create_repository(repositoryName="staying")
    push("going", "one")
    page = console.open("/repositories")
    page.get_by_role("checkbox", name="going").check()
    console.click("Delete")
    delete = page.get_by_role("dialog").get_by_role("button", name="Delete", exact=True)
    expect(delete).to_be_disabled()
    page.get_by_role("dialog").get_by_role("textbox").fill("delete")
    delete.click()
    console.see("Repository going was deleted.")
    left = ecr.describe_repositories()["repositories"]
    assert [one["repositoryName"] for one in left] == ["staying"]


@pytest.fixture
def looker(server: LiveServer, ecr: Any) -> Any:
    """Somebody who may look at repositories but delete none."""
    ecr.create_repository(repositoryName="guarded")
    iam = server.client("iam")
    person = make_user(root(server), "looker", allow("ecr:DescribeRepositories"))
    yield person
    iam.delete_access_key(UserName="looker", AccessKeyId=person.key_id)
    iam.delete_user_policy(UserName="looker", PolicyName="rights")
    iam.delete_user(UserName="looker")


def test_a_denial_is_shown_with_the_requests_id(visitor: Console, looker: Any, ecr: Any) -> None:
    visitor.sign_in(looker)
    page = visitor.open("/repositories")
    page.get_by_role("checkbox", name="guarded").check()
    visitor.click("Delete")
    page.get_by_role("dialog").get_by_role("textbox").fill("delete")
    with page.expect_response(lambda answer: answer.status == 400) as denied:
        visitor.click("Delete")
    visitor.see("You may not do this", "is not authorized to perform: ecr:DeleteRepository")
    visitor.see(f"(request {denied.value.headers['x-amzn-requestid']})")
    assert ecr.describe_repositories(repositoryNames=["guarded"])["repositories"]


def test_images_and_sizes_are_counted_behind_the_table(
    visitor: Console, ecr: Any, push: Any, person: Any
) -> None:
    """Where one may not look into a repository its row is there, without the counts."""
    for name in ("counted", "closed"):
        ecr.create_repository(repositoryName=name)
        push(name, "one")
    push("counted", "two")
    mine = f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/counted"
    visitor.sign_in(
        person(allow("ecr:DescribeRepositories"), allow("ecr:DescribeImages", resource=mine))
    )
    page = visitor.open("/repositories")
    cells = page.get_by_role("row", name="counted").get_by_role("cell")
    expect(cells.nth(2)).to_have_text("2")
    expect(cells.nth(3)).to_have_text("0.00")
    closed = page.get_by_role("row", name="closed").get_by_role("cell")
    expect(closed.nth(2)).to_have_text("\u2013")


def test_a_repository_is_edited_from_the_list(console: Console, ecr: Any) -> None:
    ecr.create_repository(repositoryName="edited")
    page = console.open("/repositories")
    page.get_by_role("checkbox", name="edited").check()
    console.click("Edit")
    page.get_by_role("radio", name="Immutable").check(force=True)
    console.click("Save")
    expect(page.get_by_role("row", name="edited")).to_contain_text("IMMUTABLE")
    [found] = ecr.describe_repositories(repositoryNames=["edited"])["repositories"]
    assert found["imageTagMutability"] == "IMMUTABLE"


def test_preferences_outlive_a_reload(console: Console, ecr: Any) -> None:
    """A column that is hidden stays so; what no longer fits is passed over."""
    ecr.create_repository(repositoryName="kept")
    page = console.open("/repositories")
    header = page.get_by_role("columnheader", name="Encryption")
    expect(header).to_be_visible()
    console.click("Preferences")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("radio", name="10 repositories").check(force=True)
    dialog.get_by_role("checkbox", name="Encryption").uncheck(force=True)
    console.click("Confirm")
    expect(header).to_have_count(0)
    page.reload()
    console.heading("Private repositories")
    expect(page.get_by_role("columnheader", name="Scan on push")).to_be_visible()
    expect(header).to_have_count(0)
    key = page.evaluate(
        "Object.keys(localStorage).find((key) => key.startsWith('portside.table.'))"
    )
    for kept in ("nonsense", '{"pageSize": -1, "contentDisplay": [{"id": "gone"}]}', "null"):
        page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [key, kept])
        page.reload()
        expect(header).to_be_visible()
