"""The screen of one repository: images, permissions, lifecycle rules, tags, settings."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.console.browser import Console
from tests.live import ACCOUNT

NAME = "team/web"
VIEW = f"/repositories/view?name={NAME}"
HOSTILE = '"><img src=x onerror="window.hurt=1">'
TABS = {
    "images": "Images",
    "permissions": "Who can…",
    "lifecycle": "Lifecycle policy",
    "tags": "Tags",
    "activity": "Activity",
    "replication": "Replication status",
}
RULES = {
    "rules": [
        {
            "rulePriority": 1,
            "selection": {
                "tagStatus": "tagged",
                "tagPatternList": ["build-*"],
                "countType": "imageCountMoreThan",
                "countNumber": 1,
            },
            "action": {"type": "expire"},
        }
    ]
}


@pytest.fixture
def repository(ecr: Any, push: Any) -> Any:
    """A repository with three images, tagged build-0 to build-2."""
    ecr.create_repository(repositoryName=NAME, tags=[{"Key": "team", "Value": "web"}])
    for number in range(3):
        push(NAME, f"build-{number}")
    return ecr


def test_images_are_found_and_deleted(console: Console, repository: Any) -> None:
    """The dialog lists what goes, and only that goes."""
    page = console.open(VIEW)
    console.see("build-0", "build-1", "build-2")
    page.get_by_label("Find images").fill("build-1")
    expect(page.get_by_text("build-0")).to_have_count(0)
    page.get_by_role("checkbox", name="build-1").check()
    page.get_by_role("button", name="Delete", exact=True).last.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("build-1")).to_be_visible()
    expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
    dialog.get_by_label('To confirm, type "delete"').fill("delete")
    console.click("Delete")
    console.see("One image was deleted from team/web.")
    left = repository.list_images(repositoryName=NAME)["imageIds"]
    assert {one["imageTag"] for one in left} == {"build-0", "build-2"}


def test_a_statement_is_added_by_the_form(console: Console, repository: Any) -> None:
    page = console.open(f"{VIEW}&tab=permissions")
    console.click("Create policy")
    page.get_by_label("Statement ID - optional").fill("Partners")
    page.get_by_label("Principals").fill("111122223333")
    console.click("Add the statement")
    console.click("Save")
    console.see("The policy of team/web was saved.", "arn:aws:iam::111122223333:root")
    policy = json.loads(repository.get_repository_policy(repositoryName=NAME)["policyText"])
    (statement,) = policy["Statement"]
    assert statement["Sid"] == "Partners"
    assert "ecr:BatchGetImage" in statement["Action"]


def test_what_is_wrong_with_a_policy_is_said(console: Console, repository: Any) -> None:
    """By the page where it is no JSON, else by the server, whose words carry the request's id."""
    page = console.open(f"{VIEW}&tab=permissions")
    console.click("Create policy")
    editor = page.get_by_label("Policy JSON")
    editor.fill("{")
    console.see("This is no JSON")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    editor.fill('{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}')
    console.click("Save")
    expect(page.get_by_text(re.compile(r"Invalid repository policy.*\(request "))).to_be_visible()
    with pytest.raises(repository.exceptions.RepositoryPolicyNotFoundException):
        repository.get_repository_policy(repositoryName=NAME)


def test_who_can_pull_is_answered(console: Console, repository: Any, iam: Any) -> None:
    """By the repository's policy too."""
    iam.create_user(UserName="reader")
    iam.create_user(UserName="stranger")
    reader = f"arn:aws:iam::{ACCOUNT}:user/reader"
    statement = {"Effect": "Allow", "Principal": {"AWS": reader}, "Action": "ecr:BatchGetImage"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    repository.set_repository_policy(repositoryName=NAME, policyText=json.dumps(policy))
    try:
        page = console.open(f"{VIEW}&tab=permissions")
        console.click("Ask")
        allowed = page.get_by_role("row", name=re.compile("^reader User"))
        expect(allowed).to_contain_text("Yes")
        expect(allowed).to_contain_text("this repository's policy")
        refused = page.get_by_role("row", name=re.compile("^stranger User"))
        expect(refused).to_contain_text("No, nothing allows it")
    finally:
        iam.delete_user(UserName="reader")
        iam.delete_user(UserName="stranger")


def test_a_lifecycle_rule_is_made_tested_and_saved(console: Console, repository: Any) -> None:
    page = console.open(f"{VIEW}&tab=lifecycle")
    console.click("Create rule")
    page.get_by_role("radio", name="Any", exact=True).check(force=True)
    page.get_by_label("Days", exact=True).fill("30")
    console.click("Keep the rule")
    console.click("Test the rules")
    console.see("0 images would be touched.", "What you see is a draft")
    console.click("Save")
    console.see("The lifecycle policy of team/web was saved.")
    text = repository.get_lifecycle_policy(repositoryName=NAME)["lifecyclePolicyText"]
    (rule,) = json.loads(text)["rules"]
    assert rule["selection"] == {
        "tagStatus": "any",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": 30,
    }


def test_a_test_of_rules_names_the_images(console: Console, repository: Any) -> None:
    text = json.dumps(RULES)
    repository.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=text)
    page = console.open(f"{VIEW}&tab=lifecycle")
    console.see("More than 1 images")
    console.click("Test the rules")
    console.see("2 images would be touched.", "build-0", "build-1")
    expect(page.get_by_role("link", name="build-2")).to_have_count(0)
    assert len(repository.list_images(repositoryName=NAME)["imageIds"]) == 3


def test_resource_tags_are_changed(console: Console, repository: Any) -> None:
    """Hostile values stay words."""
    page = console.open(f"{VIEW}&tab=tags")
    console.click("Remove team")
    console.click("Add tag")
    page.get_by_label("Key 1").fill("note")
    page.get_by_label("Value 1 - optional").or_(page.get_by_label("Value 1")).fill("a b")
    console.click("Save")
    console.see("The repository's tags were saved.")
    (found,) = repository.describe_repositories(repositoryNames=[NAME])["repositories"]
    tags = repository.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]
    assert tags == [{"Key": "note", "Value": "a b"}]


def test_settings_are_edited(console: Console, repository: Any) -> None:
    page = console.open(VIEW)
    console.click("Edit")
    page.get_by_role("radio", name="Immutable").check(force=True)
    page.get_by_label("Exclusions - optional").fill("latest")
    console.click("Save")
    console.see("Immutable, except latest")
    (found,) = repository.describe_repositories(repositoryNames=[NAME])["repositories"]
    assert found["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"


def test_a_policy_full_of_markup_stays_words(console: Console, repository: Any) -> None:
    condition = {"StringEquals": {"aws:PrincipalTag/x": HOSTILE}}
    statement = {"Effect": "Deny", "Principal": "*", "Action": "ecr:*", "Condition": condition}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    repository.set_repository_policy(repositoryName=NAME, policyText=json.dumps(policy), force=True)
    page = console.open(f"{VIEW}&tab=permissions")
    console.see("onerror")
    assert page.evaluate("window.hurt") is None
    assert page.locator("img[src=x]").count() == 0


def test_a_repository_that_is_not_there(console: Console, ecr: Any) -> None:
    assert ecr.describe_repositories()["repositories"] == []
    console.open("/repositories/view?name=nobody/knows")
    console.see("The repository with name 'nobody/knows' does not exist", "(request ")


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_has_no_grave_violation(console: Console, repository: Any, tab: str) -> None:
    text = json.dumps(RULES)
    repository.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=text)
    console.open(f"{VIEW}&tab={tab}")
    console.heading(TABS[tab])
    console.page.wait_for_load_state("networkidle")
    assert console.violations() == []


def test_images_by_whether_they_have_tags(console: Console, repository: Any) -> None:
    repository.batch_delete_image(repositoryName=NAME, imageIds=[{"imageTag": "build-1"}])
    held = repository.batch_get_image(repositoryName=NAME, imageIds=[{"imageTag": "build-2"}])
    manifest = held["images"][0]["imageManifest"]
    repository.put_image(
        repositoryName=NAME,
        imageManifest=json.dumps({**json.loads(manifest), "annotations": {"newer": "1"}}),
        imageManifestMediaType=json.loads(manifest)["mediaType"],
        imageTag="build-2",
    )
    page = console.open(VIEW)
    rows = page.get_by_role("table", name="Images").get_by_role("row")
    expect(rows).to_have_count(4)
    for choice, count in (("Tagged", 3), ("Untagged", 2), ("Any tag status", 4)):
        page.get_by_role("button", name="Tag status").click()
        page.get_by_role("option", name=choice, exact=True).click()
        expect(rows).to_have_count(count)
