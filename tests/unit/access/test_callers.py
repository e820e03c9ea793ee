"""Callers: whose rights they have, and by which id AWS knows them."""

from dataclasses import replace
from datetime import UTC, datetime

from portside.access.callers import Caller, Session
from portside.names.accounts import AccountId
from portside.names.arns import Arn

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
USER = Caller(
    arn=Arn("arn:aws:iam::123456789012:user/ann"),
    account=AccountId("123456789012"),
    unique_id="AIDAANN",
    is_root=False,
)
ROLE = Arn("arn:aws:iam::123456789012:role/ci/builder")


def test_a_user_acts_as_itself() -> None:
    own = Session(name="", role_arn=None, issued_at=NOW, expires_at=NOW)
    for caller in (USER, replace(USER, session=own)):
        assert (caller.principal_arn, caller.user_id) == (USER.arn, "AIDAANN")


def test_a_roles_session_has_the_roles_rights_and_a_name_of_its_own() -> None:
    session = Session(name="run-7", role_arn=ROLE, issued_at=NOW, expires_at=NOW, tags={"a": "b"})
    arn = Arn("arn:aws:sts::123456789012:assumed-role/builder/run-7")
    caller = replace(USER, arn=arn, unique_id="AROABUILDER", session=session)
    assert (caller.principal_arn, caller.user_id) == (ROLE, "AROABUILDER:run-7")
    assert hash(caller) == hash(replace(caller))


def test_a_root_users_id_is_its_account() -> None:
    assert replace(USER, is_root=True).user_id == "123456789012"
