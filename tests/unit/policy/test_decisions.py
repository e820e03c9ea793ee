"""Who may do what where no policy speaks."""

from portside.policy.decisions import Effect, Question, decide


def ask(account: str, resource_account: str, *, is_root: bool) -> tuple[Effect, str]:
    decision = decide(
        Question(
            principal_arn="arn:aws:iam::1:x",
            principal_account=account,
            is_root=is_root,
            action="ecr:PutImage",
            resource_arn="arn",
            resource_account=resource_account,
        )
    )
    assert decision.allowed is (decision.effect is Effect.ALLOW)
    return decision.effect, decision.because


def test_root_rules_its_own_account_and_no_other() -> None:
    assert ask("1", "1", is_root=True)[0] is Effect.ALLOW
    effect, because = ask("1", "2", is_root=True)
    assert effect is Effect.DENY
    assert because == "no resource-based policy allows the ecr:PutImage action"


def test_others_need_a_policy() -> None:
    effect, because = ask("1", "1", is_root=False)
    assert effect is Effect.DENY
    assert because == "no identity-based policy allows the ecr:PutImage action"
