"""The whole table of questions that need no policy, and what each answer says."""

import itertools
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.policy.decisions import Decision, Effect, Question, decide

ACCOUNTS = ("111111111111", "222222222222")


def ask(
    account: str, resource_account: str, *, is_root: bool, action: str = "ecr:PutImage"
) -> Decision:
    return decide(
        Question(
            principal_arn=f"arn:aws:iam::{account}:root",
            principal_account=account,
            is_root=is_root,
            action=action,
            resource_arn=f"arn:aws:ecr:us-east-1:{resource_account}:repository/team",
            resource_account=resource_account,
        )
    )


@pytest.mark.parametrize(
    ("account", "resource_account", "is_root"),
    [*itertools.product(ACCOUNTS, ACCOUNTS, (True, False))],
)
def test_only_root_in_its_own_account(account: str, resource_account: str, is_root: bool) -> None:
    decision = ask(account, resource_account, is_root=is_root)
    assert decision.allowed is (is_root and account == resource_account)
    assert decision.effect is (Effect.ALLOW if decision.allowed else Effect.DENY)


@given(
    st.sampled_from(ACCOUNTS),
    st.booleans(),
    st.from_regex(r"(ecr|iam|sts):[A-Z][A-Za-z]{2,20}", fullmatch=True),
)
def test_denials_name_the_action_and_the_kind_of_policy(
    resource_account: str, is_root: bool, action: str
) -> None:
    decision = ask(ACCOUNTS[0], resource_account, is_root=is_root, action=action)
    if decision.allowed:
        assert "root user" in decision.because
        return
    kind = "identity" if resource_account == ACCOUNTS[0] else "resource"
    assert decision.because == f"no {kind}-based policy allows the {action} action"


def test_a_decision_stands() -> None:
    decision = ask(ACCOUNTS[0], ACCOUNTS[1], is_root=True)
    with pytest.raises(FrozenInstanceError):
        decision.effect = Effect.ALLOW  # type: ignore[misc]  # that it is refused is the test
    assert (Effect.ALLOW.value, Effect.DENY.value) == ("Allow", "Deny")
