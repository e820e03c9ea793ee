"""The registry's own settings: policy, scanning, replication, caches, templates."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import expect
from tests.console.browser import Console
from tests.live import ACCOUNT


def test_the_registrys_policy_is_written_refused_and_deleted(console: Console, ecr: Any) -> None:
    page = console.open("/registry/permissions")
    console.click("Create policy")
    dialog = page.get_by_role("dialog")
    example = dialog.get_by_label("Policy document").input_value()
    dialog.get_by_label("Policy document").fill('{"Version": "2012-10-17", "Statement": []}')
    console.click("Save")
    expect(dialog).to_contain_text("Invalid registry policy provided")
    dialog.get_by_label("Policy document").fill(example)
    console.click("Save")
    console.see("The registry's policy was saved.")
    expect(page.get_by_role("region", name="Registry policy")).to_contain_text("ReplicateImage")
    assert "ReplicationFromAnotherAccount" in ecr.get_registry_policy()["policyText"]
    console.click("Delete policy")
    console.click("Delete")
    console.see("The registry's policy was deleted.")
    with pytest.raises(ClientError, match="RegistryPolicyNotFoundException"):
        ecr.get_registry_policy()


def test_scanning_is_configured(console: Console, ecr: Any) -> None:
    page = console.open("/registry/scanning")
    page.get_by_text("Enhanced", exact=True).click()
    page.get_by_label("Scan on push").fill("*")
    page.get_by_label("Continuous scanning").fill("prod/*")
    console.click("Save")
    console.see("The scanning configuration was saved.")
    said = ecr.get_registry_scanning_configuration()["scanningConfiguration"]
    assert said["scanType"] == "ENHANCED"
    assert {rule["scanFrequency"]: rule["repositoryFilters"] for rule in said["rules"]} == {
        "SCAN_ON_PUSH": [{"filter": "*", "filterType": "WILDCARD"}],
        "CONTINUOUS_SCAN": [{"filter": "prod/*", "filterType": "WILDCARD"}],
    }
    ecr.put_registry_scanning_configuration(scanType="BASIC", rules=[])


def test_a_replication_rule_comes_and_goes(console: Console, ecr: Any) -> None:
    page = console.open("/registry/replication")
    console.see("No rules: nothing is copied.")
    console.click("Add rule")
    page.get_by_role("dialog").get_by_label("Destination region").fill("eu-west-1")
    page.get_by_role("dialog").get_by_label("Prefixes of repositories").fill("prod/")
    console.click("Add")
    console.see("The replication rules were saved.")
    [rule] = ecr.describe_registry()["replicationConfiguration"]["rules"]
    assert rule["destinations"] == [{"region": "eu-west-1", "registryId": ACCOUNT}]
    assert rule["repositoryFilters"] == [{"filter": "prod/", "filterType": "PREFIX_MATCH"}]
    page.get_by_role("radio", name="Rule 1").check()
    console.click("Delete")
    console.see("No rules: nothing is copied.")
    assert ecr.describe_registry()["replicationConfiguration"]["rules"] == []


def test_a_cache_rule_comes_and_goes(console: Console, ecr: Any) -> None:
    page = console.open("/registry/pull-through")
    console.click("Add rule")
    page.get_by_role("dialog").get_by_label("Repository prefix").fill("public")
    console.click("Add")
    console.see("The rule public was added.")
    [rule] = ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"]
    assert rule["upstreamRegistryUrl"] == "public.ecr.aws"
    page.get_by_role("radio", name="public").check()
    console.click("Delete")
    console.click("Delete")
    console.see("The rule public was deleted.")
    assert ecr.describe_pull_through_cache_rules()["pullThroughCacheRules"] == []


def test_a_template_is_made_changed_and_deleted(console: Console, ecr: Any) -> None:
    page = console.open("/registry/templates")
    console.click("Create template")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Prefix").fill("team-a")
    dialog.get_by_label("Description").fill("ours")
    console.click("Save")
    console.see("The template team-a was saved.")
    [made] = ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]
    assert (made["description"], made["appliedFor"]) == ("ours", ["CREATE_ON_PUSH"])
    page.get_by_role("radio", name="team-a").check()
    console.click("Edit")
    dialog.get_by_role("checkbox", name="Replication").check()
    console.click("Save")
    expect(page.get_by_role("row", name="team-a")).to_contain_text("Replication")
    [changed] = ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]
    assert sorted(changed["appliedFor"]) == ["CREATE_ON_PUSH", "REPLICATION"]
    console.click("Delete")
    console.click("Delete")
    console.see("The template team-a was deleted.")


def test_a_templates_encryption_and_exclusions(console: Console, ecr: Any) -> None:
    """What a key needs beside it is said where it is missing."""
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/abc"
    page = console.open("/registry/templates")
    console.click("Create template")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Prefix").fill("sealed")
    dialog.get_by_role("radio", name="Immutable").check(force=True)
    dialog.get_by_label("Exclusions - optional").fill("latest\ndev-*")
    dialog.get_by_role("radio", name="AWS KMS").check(force=True)
    dialog.get_by_label("Key ARN - optional").fill(key)
    console.click("Save")
    expect(dialog).to_contain_text("(request ")
    dialog.get_by_label("Role ARN - optional").fill(f"arn:aws:iam::{ACCOUNT}:role/maker")
    console.click("Save")
    console.see("The template sealed was saved.")
    [made] = ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]
    assert made["imageTagMutability"] == "IMMUTABLE_WITH_EXCLUSION"
    filters = [one["filter"] for one in made["imageTagMutabilityExclusionFilters"]]
    assert filters == ["latest", "dev-*"]
    assert made["encryptionConfiguration"] == {"encryptionType": "KMS", "kmsKey": key}
    ecr.delete_repository_creation_template(prefix="sealed")


def test_a_templates_encryption_is_shown_and_taken_back(console: Console, ecr: Any) -> None:
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/abc"
    ecr.create_repository_creation_template(
        prefix="sealed",
        appliedFor=["CREATE_ON_PUSH"],
        imageTagMutability="IMMUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=[
            {"filterType": "WILDCARD", "filter": one} for one in ("latest", "dev-*")
        ],
        encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key},
        customRoleArn=f"arn:aws:iam::{ACCOUNT}:role/maker",
    )
    page = console.open("/registry/templates")
    dialog = page.get_by_role("dialog")
    page.get_by_role("radio", name="sealed").check()
    console.click("Edit")
    expect(dialog.get_by_label("Exclusions - optional")).to_have_value("latest\ndev-*")
    expect(dialog.get_by_label("Key ARN - optional")).to_have_value(key)
    dialog.get_by_label("Exclusions - optional").fill("")
    dialog.get_by_role("radio", name="AES-256").check(force=True)
    console.click("Save")
    expect(page.get_by_role("row", name="sealed")).to_contain_text("AES256")
    [changed] = ecr.describe_repository_creation_templates()["repositoryCreationTemplates"]
    assert changed["imageTagMutability"] == "IMMUTABLE"
    assert changed["encryptionConfiguration"] == {"encryptionType": "AES256"}
    ecr.delete_repository_creation_template(prefix="sealed")
