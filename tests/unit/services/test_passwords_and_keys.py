"""Signing in with passwords that age, and access keys whose uses are told of later."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.stores.databases import open_database

from portside.access.sealing import Seal
from portside.identity.credentials import KeyUse
from portside.identity.identities import Kind, RoleTerms
from portside.identity.passwords import PasswordPolicy
from portside.metadata.migrations import upgrade
from portside.names.accounts import AccountId
from portside.services.identity.iam import IAM
from portside.services.identity.identities import NewIdentity

ACCOUNT = AccountId("123456789012")
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": '
    '{"AWS": "123456789012"}, "Action": "sts:AssumeRole"}]}'
)
PASSWORD = "Sehr-lang-17"  # noqa: S105 - of a test


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def iam(tmp_path: Path, clock: Clock) -> Iterator[IAM]:
    database = open_database(tmp_path / "db")
    upgrade(database)
    made = IAM.of(database, Seal(bytes(32)), clock)
    made.accounts.create(ACCOUNT, None)
    made.identities.create(ACCOUNT, NewIdentity(kind=Kind.USER, name="amar"))
    yield made
    database.close()


def test_only_the_password_opens(iam: IAM) -> None:
    assert iam.passwords.sign_in(ACCOUNT, "amar", PASSWORD) is None
    iam.passwords.create(ACCOUNT, "amar", PASSWORD, reset_required=False)
    assert iam.passwords.sign_in(ACCOUNT, "amar", PASSWORD + "x") is None
    assert iam.passwords.sign_in(ACCOUNT, "nobody", PASSWORD) is None
    found = iam.passwords.sign_in(ACCOUNT, "amar", PASSWORD)
    assert found is not None
    assert found.reset_required is False
    assert PASSWORD not in repr(found)
    assert found.password_hash.startswith("$argon2id$")


def test_signing_in_is_told_of(iam: IAM, clock: Clock) -> None:
    iam.passwords.create(ACCOUNT, "amar", PASSWORD, reset_required=False)
    assert iam.passwords.get(ACCOUNT, "amar").last_used_at is None
    clock.now += timedelta(hours=1)
    iam.passwords.sign_in(ACCOUNT, "amar", PASSWORD)
    assert iam.passwords.get(ACCOUNT, "amar").last_used_at == clock.now


@pytest.mark.parametrize("hard", [False, True])
def test_old_passwords_must_be_changed(iam: IAM, clock: Clock, hard: bool) -> None:
    iam.passwords.create(ACCOUNT, "amar", PASSWORD, reset_required=False)
    iam.passwords.put_policy(ACCOUNT, PasswordPolicy(age_max_days=90, hard_expiry=hard))
    clock.now += timedelta(days=90) - timedelta(seconds=1)
    young = iam.passwords.sign_in(ACCOUNT, "amar", PASSWORD)
    assert young is not None
    assert young.reset_required is False
    clock.now += timedelta(seconds=1)
    old = iam.passwords.sign_in(ACCOUNT, "amar", PASSWORD)
    assert old is None if hard else old is not None
    assert hard or (old is not None and old.reset_required)
    iam.passwords.update(ACCOUNT, "amar", PASSWORD + "x", reset=None)
    anew = iam.passwords.sign_in(ACCOUNT, "amar", PASSWORD + "x")
    assert anew is not None
    assert anew.reset_required is False


def test_uses_of_keys_are_written_by_batches(iam: IAM, clock: Clock) -> None:
    user = iam.identities.get(ACCOUNT, Kind.USER, "amar")
    key = iam.access_keys.create(user)
    first = KeyUse(at=clock.now, region="us-east-1", service="ecr")
    second = KeyUse(at=clock.now + timedelta(seconds=1), region="eu-west-1", service="sts")
    for use in (first, second):
        iam.key_uses.note(key.id, use)
    iam.key_uses.note("AKIAOFNOBODYOFNOBODY", first)
    assert [held.last_use for held in iam.access_keys.list(user)] == [None]
    iam.key_uses.write()
    iam.key_uses.write()
    assert [held.last_use for held in iam.access_keys.list(user)] == [second]


def test_an_older_use_hides_no_newer_one(iam: IAM, clock: Clock) -> None:
    """Workers write what they noted at times of their own."""
    user = iam.identities.get(ACCOUNT, Kind.USER, "amar")
    key = iam.access_keys.create(user)
    terms = RoleTerms(trust_policy=TRUST)
    role, _ = iam.identities.create_role(ACCOUNT, NewIdentity(kind=Kind.ROLE, name="r"), terms)
    newer = KeyUse(at=clock.now, region="eu-west-1", service="sts")
    older = KeyUse(at=clock.now - timedelta(seconds=1), region="us-east-1", service="ecr")
    for use in (newer, older):
        iam.key_uses.note(key.id, use)
        iam.key_uses.note_role(role.id, use)
        iam.key_uses.write()
    assert [held.last_use for held in iam.access_keys.list(user)] == [newer]
    _, held = iam.identities.get_role(ACCOUNT, "r")
    assert (held.last_used_at, held.last_used_region) == (newer.at, newer.region)


def test_what_cannot_be_written_waits(iam: IAM, clock: Clock, tmp_path: Path) -> None:
    user = iam.identities.get(ACCOUNT, Kind.USER, "amar")
    key = iam.access_keys.create(user)
    use = KeyUse(at=clock.now, region="us-east-1", service="ecr")
    other = open_database(tmp_path / "db")
    with other.write() as tx:
        tx.exec_driver_sql("ALTER TABLE access_keys RENAME TO away")
    iam.key_uses.note(key.id, use)
    with pytest.raises(Exception, match="no such table"):
        iam.key_uses.write()
    with other.write() as tx:
        tx.exec_driver_sql("ALTER TABLE away RENAME TO access_keys")
    iam.key_uses.write()
    assert [held.last_use for held in iam.access_keys.list(user)] == [use]
    other.close()
