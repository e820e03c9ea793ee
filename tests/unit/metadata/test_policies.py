"""Which policies hold for whom: a user's own and its groups', a role's, and nobody else's."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert
from tests.stores.databases import open_database

from portside.identity.identities import UNIQUE_ID_PREFIXES, Identity, Kind
from portside.identity.policies import AWS_PREFIX, NamedPolicy, PolicySource
from portside.metadata import identities, policies, principals
from portside.metadata.aws_policies import aws_policies
from portside.metadata.database import Database, Transaction
from portside.metadata.migrations import upgrade
from portside.metadata.principals import AccessKey, Principal
from portside.metadata.tables import attachments, inline_policies
from portside.names.accounts import AccountId
from portside.names.arns import root_arn

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ACCOUNT = AccountId("123456789012")
READ_ONLY = AWS_PREFIX + "AmazonEC2ContainerRegistryReadOnly"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = open_database(tmp_path / "db")
    upgrade(made)
    root = Principal(arn=root_arn(ACCOUNT), account=ACCOUNT, kind="root", unique_id="AIDAROOT")
    with made.write() as tx:
        principals.insert_account(tx, root, NOW)
    yield made
    made.close()


def add(tx: Transaction, kind: Kind, name: str, boundary: str | None = None) -> Identity:
    made = Identity(
        id=f"{UNIQUE_ID_PREFIXES[kind]}{name.upper()}",
        account=ACCOUNT,
        kind=kind,
        name=name,
        path="/team/",
        created_at=NOW,
        boundary_arn=boundary,
        tags={"for": name},
    )
    identities.insert_identity(tx, made)
    return made


def give(tx: Transaction, holder: Identity, name: str) -> None:
    text = json.dumps({"of": holder.name})
    tx.execute(insert(inline_policies).values(identity_id=holder.id, name=name, document=text))


def attach(tx: Transaction, holder: Identity, arn: str) -> None:
    tx.execute(insert(attachments).values(identity_id=holder.id, policy_arn=arn, attached_at=NOW))


def names(found: list[NamedPolicy]) -> list[tuple[str, str]]:
    return [(policy.arn_or_name, policy.kind.value) for policy in found]


def test_a_user_has_its_own_policies_and_its_groups(database: Database) -> None:
    with database.write() as tx:
        user, group = add(tx, Kind.USER, "amar"), add(tx, Kind.GROUP, "developers")
        other = add(tx, Kind.GROUP, "others")
        identities.add_member(tx, group.id, user.id)
        identities.add_member(tx, group.id, user.id)
        for holder in (user, group, other):
            give(tx, holder, f"of-{holder.name}")
        attach(tx, user, READ_ONLY)
        attach(tx, group, AWS_PREFIX + "PowerUserAccess")
        found = policies.list_identity_policies(tx, user.arn.text)
    assert names(found) == [
        ("of-amar", "user"),
        (READ_ONLY, "aws-managed"),
        ("of-developers", "group"),
        (AWS_PREFIX + "PowerUserAccess", "aws-managed"),
    ]
    assert json.loads(found[0].text) == {"of": "amar"}


def test_a_role_has_its_own_and_who_is_not_there_none(database: Database) -> None:
    with database.write() as tx:
        role = add(tx, Kind.ROLE, "build")
        give(tx, role, "push")
        assert names(policies.list_identity_policies(tx, role.arn.text)) == [("push", "role")]
        assert policies.list_identity_policies(tx, root_arn(ACCOUNT).text) == []
        assert policies.list_identity_policies(tx, role.arn.text + "x") == []


def test_boundaries(database: Database) -> None:
    """A boundary whose policy is gone allows nothing; it does not go away with it."""
    gone = "arn:aws:iam::123456789012:policy/gone"
    with database.write() as tx:
        free, bound = add(tx, Kind.USER, "free"), add(tx, Kind.USER, "bound", READ_ONLY)
        lost = add(tx, Kind.ROLE, "lost", gone)
        assert policies.find_boundary(tx, free.arn.text) is None
        assert policies.find_boundary(tx, free.arn.text + "x") is None
        found, empty = (policies.find_boundary(tx, one.arn.text) for one in (bound, lost))
    assert found is not None
    assert (found.arn_or_name, found.kind) == (READ_ONLY, PolicySource.AWS_MANAGED)
    assert "ecr:BatchGetImage" in found.text
    assert empty is not None
    assert (empty.arn_or_name, json.loads(empty.text)["Statement"]["Sid"]) == (gone, "Nothing")


def test_tags_and_groups_are_no_principals(database: Database) -> None:
    with database.write() as tx:
        user, group = add(tx, Kind.USER, "amar"), add(tx, Kind.GROUP, "developers")
        assert policies.find_principal_tags(tx, user.arn.text) == {"for": "amar"}
        assert policies.find_principal_tags(tx, user.arn.text + "x") == {}
        assert principals.find_principal(tx, group.arn) is None
        principal = principals.find_principal(tx, user.arn)
    assert principal is not None
    assert (principal.kind, principal.unique_id) == ("user", "AIDAAMAR")


def test_a_renamed_user_keeps_its_keys_and_groups(database: Database) -> None:
    with database.write() as tx:
        user, group = add(tx, Kind.USER, "amar"), add(tx, Kind.GROUP, "developers")
        identities.add_member(tx, group.id, user.id)
        principal = principals.find_principal(tx, user.arn)
        assert principal is not None
        key = AccessKey(id="AKIA1", sealed_secret="s", active=True, principal=principal)  # noqa: S106
        principals.put_access_key(tx, key, NOW)
        identities.rename_identity(tx, user, "/", "Ana")
        held = principals.find_access_key(tx, "AKIA1")
        found = identities.find_identity(tx, ACCOUNT, Kind.USER, "ana")
        assert [one.name for one in identities.list_members(tx, group.id)] == ["Ana"]
    assert held is not None
    assert held.principal.arn.text == "arn:aws:iam::123456789012:user/Ana"
    assert found is not None
    assert found.id == user.id


def test_the_policies_of_aws() -> None:
    """Each is a whole document under the ARN that AWS gives it; ids are not given twice."""
    held = aws_policies()
    for arn, (policy, version) in held.items():
        assert arn == policy.arn.text
        document = json.loads(version.document)
        assert document["Version"] == "2012-10-17"
        assert all(one["Effect"] in {"Allow", "Deny"} for one in document["Statement"])
        assert version.number == policy.default_version
    assert len({policy.id for policy, _ in held.values()}) == len(held)
    assert {
        READ_ONLY,
        AWS_PREFIX + "AmazonEC2ContainerRegistryPowerUser",
        AWS_PREFIX + "AmazonEC2ContainerRegistryFullAccess",
        AWS_PREFIX + "AmazonEC2ContainerRegistryPullOnly",
        AWS_PREFIX + "AdministratorAccess",
        AWS_PREFIX + "service-role/AWSAppRunnerServicePolicyForECRAccess",
        AWS_PREFIX + "job-function/ViewOnlyAccess",
    } <= held.keys()
