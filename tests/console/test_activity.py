"""Activity: the audit trail searched, read and turned over, of all and of one repository."""

import json
import time
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.console.browser import Console
from tests.live import LiveServer
from tests.protocol.test_lifecycle_run import lifecycle

NAME = "team/audited"
WRITTEN_WITHIN_SECONDS = 20.0
KEEP_ONE = {
    "rules": [
        {
            "rulePriority": 3,
            "description": "keep one",
            "selection": {
                "tagStatus": "any",
                "countType": "imageCountMoreThan",
                "countNumber": 1,
            },
            "action": {"type": "expire"},
        }
    ]
}


def wait_for(server: LiveServer, key: str, value: str, count: int = 1) -> list[dict[str, Any]]:
    """The events, once they are written."""
    attribute = {"AttributeKey": key, "AttributeValue": value}
    trail, end = server.client("cloudtrail"), time.monotonic() + WRITTEN_WITHIN_SECONDS
    while time.monotonic() < end:
        found: list[dict[str, Any]] = trail.lookup_events(LookupAttributes=[attribute])["Events"]
        if len(found) >= count:
            return found
        time.sleep(0.2)
    pytest.fail(f"no event with {key} {value}")


@pytest.fixture
def audited(ecr: Any) -> Any:
    ecr.create_repository(repositoryName=NAME)
    return ecr


def search(console: Console, attribute: str, value: str) -> None:
    console.page.get_by_role("button", name="Look for").click()
    console.page.get_by_role("option", name=attribute).click()
    console.type("Value", value)
    console.click("Search")


def test_an_event_is_searched_for_and_read(
    console: Console, audited: Any, server: LiveServer
) -> None:
    """The panel has the request's id and the record, word for word."""
    answer = audited.put_image_tag_mutability(repositoryName=NAME, imageTagMutability="IMMUTABLE")
    request_id = answer["ResponseMetadata"]["RequestId"]
    wait_for(server, "EventName", "PutImageTagMutability")
    page = console.open("/activity")
    console.heading("Activity")
    search(console, "Event name", "PutImageTagMutability")
    table = page.get_by_role("table", name="Events")
    expect(table.get_by_role("row")).to_have_count(2)
    row = table.get_by_role("row").last
    expect(row).to_contain_text(f"repository/{NAME}")
    expect(row).to_contain_text("root")
    page.get_by_role("button", name="Details of PutImageTagMutability").click()
    record = page.get_by_role("region", name="The record")
    expect(record).to_contain_text(f'"requestID": "{request_id}"')
    assert json.loads(record.inner_text())["requestParameters"]["repositoryName"] == NAME
    expect(page.get_by_text(request_id).first).to_be_visible()
    assert console.violations() == []


def test_changes_are_what_is_shown_at_first(
    console: Console, audited: Any, server: LiveServer
) -> None:
    audited.describe_images(repositoryName=NAME)
    wait_for(server, "EventName", "DescribeImages")
    page = console.open("/activity")
    table = page.get_by_role("table", name="Events")
    expect(table).to_contain_text("CreateRepository")
    expect(table).not_to_contain_text("DescribeImages")


def test_refusals_alone(console: Console, audited: Any, server: LiveServer, person: Any) -> None:
    assert audited.describe_repositories()["repositories"]
    stranger = person().client()
    with pytest.raises(stranger.exceptions.ClientError):
        stranger.delete_repository(repositoryName=NAME)
    wait_for(server, "EventName", "DeleteRepository")
    page = console.open("/activity")
    search(console, "Resource name", NAME)
    table = page.get_by_role("table", name="Events")
    expect(table).to_contain_text("CreateRepository")
    page.get_by_label("Refused only").check(force=True)
    console.click("Search")
    expect(table.get_by_text("AccessDenied")).to_be_visible()
    expect(table.get_by_text("CreateRepository")).to_have_count(0)


def test_pages_turn(console: Console, audited: Any, server: LiveServer) -> None:
    for _ in range(60):
        audited.list_tags_for_resource(
            resourceArn=f"arn:aws:ecr:{server.region}:{server.account}:repository/{NAME}"
        )
    wait_for(server, "EventName", "ListTagsForResource", 50)
    page = console.open("/activity")
    search(console, "Event name", "ListTagsForResource")
    rows = page.get_by_role("table", name="Events").get_by_role("row")
    expect(rows).to_have_count(51)
    page.get_by_role("button", name="Next page").click()
    expect(rows).not_to_have_count(51)
    page.get_by_role("button", name="Previous page").click()
    expect(rows).to_have_count(51)


def test_a_repositorys_own_activity(console: Console, audited: Any, server: LiveServer) -> None:
    audited.create_repository(repositoryName="team/other")
    audited.describe_images(repositoryName=NAME)
    wait_for(server, "ResourceName", NAME, 2)
    wait_for(server, "ResourceName", "team/other")
    page = console.open(f"/repositories/view?name={NAME}&tab=activity")
    table = page.get_by_role("table", name="Activity")
    expect(table).to_contain_text("DescribeImages")
    expect(table).not_to_contain_text("team/other")


def test_what_a_lifecycle_policy_did(
    console: Console, audited: Any, push: Any, server: LiveServer
) -> None:
    for tag in ("old", "new"):
        push(NAME, tag)
    audited.put_lifecycle_policy(repositoryName=NAME, lifecyclePolicyText=json.dumps(KEEP_ONE))
    page = console.open(f"/repositories/view?name={NAME}&tab=lifecycle")
    console.see("No image has gone by the policy yet.")
    done = lifecycle(server, "run", "--repository", NAME)
    assert done.returncode == 0, done.stderr
    page.get_by_role("button", name="Reload events").click()
    row = page.get_by_role("row", name="old")
    expect(row).to_contain_text("Expired")
    expect(row).to_contain_text("3: keep one")
    expect(page.get_by_role("table", name="Event history").get_by_role("row")).to_have_count(2)


def test_who_may_not_look_is_told_so(visitor: Console, person: Any) -> None:
    """In the API's words; nothing of the trail is shown."""
    visitor.sign_in(person())
    visitor.open("/activity")
    visitor.see("You may not do this", "cloudtrail:LookupEvents")
