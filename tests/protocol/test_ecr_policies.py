"""Policies of repositories and registries, as boto3 sets, reads and removes them."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from tests.live import ACCOUNT, PORTSIDE, LiveServer, clean_environment
from tests.protocol.pushing import Registry

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
PULL = {
    "Version": "2008-10-17",
    "Statement": [
        {
            "Sid": "AllowPull",
            "Effect": "Allow",
            "Principal": {"AWS": [ROOT]},
            "Action": ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
        }
    ],
}
SHOWN = f"""{{
  "Version" : "2008-10-17",
  "Statement" : [ {{
    "Sid" : "AllowPull",
    "Effect" : "Allow",
    "Principal" : {{
      "AWS" : [ "{ROOT}" ]
    }},
    "Action" : [ "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage" ]
  }} ]
}}"""
REPLICATION = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "ReplicationAccessCrossAccount",
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
            "Action": ["ecr:CreateRepository", "ecr:ReplicateImage"],
            "Resource": [f"arn:aws:ecr:us-east-1:{ACCOUNT}:repository/*"],
        }
    ],
}


def refused(call: Any, **params: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**params)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.fixture
def registry(ecr: Any) -> Iterator[Any]:
    """The client, with the registry's policy removed afterwards."""
    yield ecr
    try:
        ecr.delete_registry_policy()
    except ecr.exceptions.RegistryPolicyNotFoundException:
        return


def test_a_repository_policy_comes_and_goes(ecr: Any, repo: Registry) -> None:
    missing = (
        "RepositoryPolicyNotFoundException",
        (
            f"Repository policy does not exist for the repository with name '{repo.name}' in the "
            f"registry with id '{ACCOUNT}'"
        ),
    )
    shown = {"registryId": ACCOUNT, "repositoryName": repo.name, "policyText": SHOWN}
    assert refused(ecr.get_repository_policy, repositoryName=repo.name) == missing
    answer = ecr.set_repository_policy(repositoryName=repo.name, policyText=json.dumps(PULL))
    answer.pop("ResponseMetadata")
    assert answer == shown
    held = ecr.get_repository_policy(repositoryName=repo.name)
    held.pop("ResponseMetadata")
    assert held == shown
    gone = ecr.delete_repository_policy(repositoryName=repo.name)
    gone.pop("ResponseMetadata")
    assert gone == shown
    assert refused(ecr.get_repository_policy, repositoryName=repo.name) == missing
    assert refused(ecr.delete_repository_policy, repositoryName=repo.name) == missing


@pytest.mark.parametrize(
    "operation", ["set_repository_policy", "get_repository_policy", "delete_repository_policy"]
)
def test_a_policy_needs_its_repository(ecr: Any, operation: str) -> None:
    name = f"absent/{uuid4().hex}"
    more = {"policyText": json.dumps(PULL)} if operation.startswith("set") else {}
    assert refused(getattr(ecr, operation), repositoryName=name, **more) == (
        "RepositoryNotFoundException",
        (f"The repository with name '{name}' does not exist in the registry with id '{ACCOUNT}'"),
    )


FOREIGN = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '"x"', "{}", '{"Statement": ' + "[" * 9000, json.dumps({"Statement": FOREIGN})],
)
def test_texts_that_are_no_policies(ecr: Any, registry: Any, repo: Registry, text: str) -> None:
    assert refused(ecr.set_repository_policy, repositoryName=repo.name, policyText=text) == (
        "InvalidParameterException",
        (
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository "
            "policy provided'"
        ),
    )
    assert refused(registry.put_registry_policy, policyText=text) == (
        "InvalidParameterException",
        (
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry "
            "policy provided'"
        ),
    )


def test_a_registry_policy_needs_resources_and_keeps_to_its_scope(
    server: LiveServer,
) -> None:
    def put(registry: Any, **more: Any) -> str:
        statement = {**REPLICATION["Statement"][0], **more}  # type: ignore[dict-item]
        text = json.dumps({**REPLICATION, "Statement": [statement]})
        try:
            registry.put_registry_policy(policyText=text)
        except registry.exceptions.InvalidParameterException as error:
            return str(error.response["Error"]["Message"])
        return ""

    invalid = (
        "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy "
        "provided'"
    )
    elsewhere = server.client("ecr", region_name="ap-test-1")
    assert put(elsewhere, Resource=[]) == invalid
    assert put(elsewhere, Action="ecr:BatchGetImage") == ""
    elsewhere.put_account_setting(name="REGISTRY_POLICY_SCOPE", value="V1")
    assert put(elsewhere, Action="ecr:BatchGetImage") == invalid
    assert put(elsewhere, Action=["ecr:BatchImportUpstreamImage", "ecr:ReplicateImage"]) == ""


def test_a_text_can_be_too_long(ecr: Any, repo: Registry) -> None:
    text = json.dumps({**PULL, "Id": "x" * 10_240})
    code, message = refused(ecr.set_repository_policy, repositoryName=repo.name, policyText=text)
    assert code == "InvalidParameterException"
    assert message.endswith("'Member must have length less than or equal to 10240'")


def test_a_registry_policy_comes_and_goes(registry: Any) -> None:
    missing = (
        "RegistryPolicyNotFoundException",
        f"Registry policy does not exist in the registry with id '{ACCOUNT}'",
    )
    assert refused(registry.get_registry_policy) == missing
    assert refused(registry.delete_registry_policy) == missing
    put = registry.put_registry_policy(policyText=json.dumps(REPLICATION))
    assert put["registryId"] == ACCOUNT
    assert json.loads(put["policyText"]) == REPLICATION
    assert registry.get_registry_policy()["policyText"] == put["policyText"]
    assert registry.delete_registry_policy()["policyText"] == put["policyText"]
    assert refused(registry.get_registry_policy) == missing


def test_each_region_has_its_own_registry_policy(server: LiveServer, registry: Any) -> None:
    registry.put_registry_policy(policyText=json.dumps(REPLICATION))
    elsewhere = server.client("ecr", region_name="eu-west-1")
    assert refused(elsewhere.get_registry_policy)[0] == "RegistryPolicyNotFoundException"


def delete(live: LiveServer, *more: str) -> subprocess.CompletedProcess[str]:
    command = [str(PORTSIDE), "policy", "delete", "--data", str(live.data), *more]
    environment = clean_environment(**live.env, COLUMNS="400")
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def history(live: LiveServer, *more: str) -> str:
    command = [str(PORTSIDE), "policy", "history", "--data", str(live.data), *more]
    environment = clean_environment(**live.env, COLUMNS="400")
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_who_changed_a_policy_is_known(server: LiveServer, ecr: Any, repo: Registry) -> None:
    other = {**PULL, "Id": "second"}
    ecr.set_repository_policy(repositoryName=repo.name, policyText=json.dumps(PULL))
    ecr.set_repository_policy(repositoryName=repo.name, policyText=json.dumps(other))
    ecr.delete_repository_policy(repositoryName=repo.name)
    changes = json.loads(history(server, "--repository", repo.name, "--format", "json"))
    texts = [(change["before"], change["after"]) for change in changes]
    assert [change["principal"] for change in changes] == [ROOT] * 3
    assert texts[2] == (None, SHOWN)
    assert texts[1][0] == SHOWN
    assert texts[0] == (texts[1][1], None)
    told = history(server, "--repository", repo.name)
    assert f"{ROOT} removed it" in told
    assert '  +  "Id" : "second"' in told


def test_who_changed_the_registry_policy_is_known(server: LiveServer, registry: Any) -> None:
    registry.put_registry_policy(policyText=json.dumps(REPLICATION))
    (first, *_) = json.loads(history(server, "--format", "json"))
    assert first["kind"] == "registry-policy"
    assert json.loads(first["after"]) == REPLICATION


def deny_setting(**condition: Any) -> str:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "ecr:SetRepositoryPolicy"}
    if condition:
        statement["Condition"] = condition  # type: ignore[assignment]
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_policy_that_locks_out_must_be_forced(ecr: Any, repo: Registry) -> None:
    ecr.set_repository_policy(repositoryName=repo.name, policyText=json.dumps(PULL))
    assert refused(
        ecr.set_repository_policy, repositoryName=repo.name, policyText=deny_setting()
    ) == (
        "InvalidParameterException",
        (
            "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'The policy would "
            "prevent its caller from setting another policy; set force to apply it'"
        ),
    )
    assert ecr.get_repository_policy(repositoryName=repo.name)["policyText"] == SHOWN
    ecr.set_repository_policy(repositoryName=repo.name, policyText=deny_setting(), force=True)
    code, _ = refused(
        ecr.set_repository_policy, repositoryName=repo.name, policyText=json.dumps(PULL)
    )
    assert code == "AccessDeniedException"
    ecr.delete_repository_policy(repositoryName=repo.name)
    ecr.set_repository_policy(repositoryName=repo.name, policyText=json.dumps(PULL))


def test_a_lock_out_of_others_need_not_be_forced(ecr: Any, repo: Registry) -> None:
    elsewhere = deny_setting(NotIpAddress={"aws:SourceIp": "127.0.0.0/8"})
    ecr.set_repository_policy(repositoryName=repo.name, policyText=elsewhere)
    here = deny_setting(IpAddress={"aws:SourceIp": "127.0.0.0/8"})
    code, _ = refused(ecr.set_repository_policy, repositoryName=repo.name, policyText=here)
    assert code == "InvalidParameterException"


def test_a_lock_out_has_a_way_back(server: LiveServer, ecr: Any, repo: Registry) -> None:
    """Who rules the data folder removes what not even root may; the running server follows."""
    statement = {"Effect": "Deny", "Principal": "*", "Action": "ecr:*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    ecr.set_repository_policy(repositoryName=repo.name, policyText=text, force=True)
    for call in (ecr.delete_repository_policy, ecr.delete_repository, ecr.get_repository_policy):
        assert refused(call, repositoryName=repo.name)[0] == "AccessDeniedException"
    assert repo.http.get(f"/v2/{repo.name}/tags/list").status_code == 403
    done = delete(server, "--repository", repo.name)
    assert (done.returncode, json.loads(done.stdout)) == (0, json.loads(text))
    assert refused(ecr.get_repository_policy, repositoryName=repo.name)[0] == (
        "RepositoryPolicyNotFoundException"
    )
    assert repo.http.get(f"/v2/{repo.name}/tags/list").status_code == 200
    (last, *_) = json.loads(history(server, "--repository", repo.name, "--format", "json"))
    assert (last["principal"], last["after"]) == ("portside policy delete", None)


def test_a_registrys_policy_can_be_removed_from_outside(server: LiveServer, registry: Any) -> None:
    registry.put_registry_policy(policyText=json.dumps(REPLICATION))
    done = delete(server, "--of-registry")
    assert (done.returncode, json.loads(done.stdout)) == (0, REPLICATION)
    assert refused(registry.get_registry_policy)[0] == "RegistryPolicyNotFoundException"


def test_only_a_policy_that_is_there_is_removed(server: LiveServer, repo: Registry) -> None:
    for arguments, code, words in (
        (("--repository", repo.name), 1, f"there is no policy of {repo.name}"),
        (("--repository", "no/such/thing"), 1, "there is no policy of no/such/thing"),
        (("--repository", "Bad"), 2, "Bad"),
        ((), 2, "name one"),
        (("--repository", repo.name, "--of-registry"), 2, "name one"),
    ):
        done = delete(server, *arguments)
        assert (done.returncode, words in done.stderr) == (code, True), done.stderr
