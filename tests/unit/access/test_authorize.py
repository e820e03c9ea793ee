"""Decisions by the policies in force: gathered, remembered, and never out of date."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.access.standing_factory import (
    APP,
    APP_RESOURCE,
    OTHER,
    OWN,
    REGISTRY,
    World,
    allow,
    caller,
    document,
    root,
    session,
)

from portside.access.authorize import Resource
from portside.access.circumstances import Circumstances
from portside.access.refusals import AccessDenied
from portside.identity.identities import Kind
from portside.identity.policies import AWS_PREFIX
from portside.names.arns import registry_arn, repository_arn
from portside.names.repositories import RepositoryName

READ_ONLY = AWS_PREFIX + "AmazonEC2ContainerRegistryReadOnly"
PUT = allow("ecr:PutImage")
OFFICE = {"IpAddress": {"aws:SourceIp": "54.240.143.0/24"}}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "db")
    yield made
    made.close()


def to(principal: str, **more: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": "ecr:PutImage",
        **more,
    }


def test_a_users_own_policy_counts(world: World) -> None:
    world.repository()
    amar = world.identity(Kind.USER, "amar", PUT)
    decision = world.ask(caller(amar))
    assert decision.allowed
    assert str(decision.statement) == "statement number 1 of identity-based policy inline"
    assert not world.ask(caller(amar), "ecr:BatchGetImage").allowed


def test_the_words_of_a_denial(world: World) -> None:
    """The sentence is AWS's, and an explicit denial has its own."""
    world.repository()
    amar = world.identity(Kind.USER, "amar")

    def denied() -> str:
        world.freshness.renew()
        with pytest.raises(AccessDenied) as caught:
            world.authorizer.authorize(
                caller(amar),
                "ecr:InitiateLayerUpload",
                APP_RESOURCE,
                lambda: Circumstances(region="us-east-1"),
            )
        return str(caught.value)

    start = (
        f"User: arn:aws:iam::{OWN}:user/amar is not authorized to perform: "
        f"ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-east-1:{OWN}:repository/team/app "
    )
    none = "because no identity-based policy allows the ecr:InitiateLayerUpload action"
    assert denied() == start + none
    world.policy(amar, {**allow("ecr:*"), "Effect": "Deny"})
    assert denied() == start + "with an explicit deny in an identity-based policy"


def test_decisions_are_remembered_until_identities_change(world: World) -> None:
    world.repository()
    amar = world.identity(Kind.USER, "amar", PUT)
    for _ in range(3):
        assert world.ask(caller(amar)).allowed
    assert world.looks == 1
    world.policy(amar)
    assert not world.ask(caller(amar)).allowed
    world.policy(amar, PUT)
    assert world.ask(caller(amar)).allowed
    assert world.looks == 3


def test_other_changes_keep_decisions(world: World) -> None:
    """A commit elsewhere is looked into once, and the decision stands."""
    world.repository()
    amar = world.identity(Kind.USER, "amar", PUT)
    assert world.ask(caller(amar)).allowed
    world.repository(RepositoryName("other"))
    assert world.ask(caller(amar)).allowed
    assert world.looks == 1


def test_a_repositorys_policy_counts_at_once(world: World) -> None:
    world.repository()
    amar = world.identity(Kind.USER, "amar")
    assert not world.ask(caller(amar)).allowed
    world.repository_policy(to(amar.arn.text))
    decision = world.ask(caller(amar))
    assert decision.because == "a resource-based policy allows the ecr:PutImage action"
    world.repository_policy(to(f"arn:aws:iam::{OWN}:user/other"))
    assert not world.ask(caller(amar)).allowed


def test_a_registrys_policy_counts_at_once(world: World) -> None:
    world.repository()
    amar = world.identity(Kind.USER, "amar")
    assert not world.ask(caller(amar)).allowed
    world.registry_policy(to(amar.arn.text, Resource=f"arn:aws:ecr:*:{OWN}:repository/team/*"))
    assert world.ask(caller(amar)).allowed
    missing = Resource.of(repository_arn(REGISTRY, RepositoryName("team/new")))
    assert world.ask(caller(amar), resource=missing).allowed
    elsewhere = Resource.of(repository_arn(REGISTRY, RepositoryName("other")))
    assert not world.ask(caller(amar), resource=elsewhere).allowed


def test_a_repository_that_comes_later(world: World) -> None:
    """What was decided for a name without a repository is decided anew with one."""
    amar = world.identity(
        Kind.USER,
        "amar",
        allow("ecr:*", Condition={"StringEquals": {"ecr:ResourceTag/team": "a"}}),
    )
    assert not world.ask(caller(amar)).allowed
    world.repository(tags={"team": "a"})
    assert world.ask(caller(amar)).allowed


def test_resource_tags_count_at_once(world: World) -> None:
    world.repository(tags={"team": "a"})
    amar = world.identity(
        Kind.USER,
        "amar",
        allow(
            "ecr:*",
            Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
        ),
        tags={"team": "a"},
    )
    assert world.ask(caller(amar)).allowed
    assert world.ask(caller(amar)).allowed
    assert world.looks == 1, "tags of principals and resources need no look at the request"
    world.resource_tags({"team": "b"})
    assert not world.ask(caller(amar)).allowed


def test_conditions_on_the_request_are_asked_each_time(world: World) -> None:
    world.repository()
    amar = world.identity(Kind.USER, "amar", allow("ecr:*", Condition=OFFICE))
    assert world.ask(caller(amar), source_ip="54.240.143.7").allowed
    assert not world.ask(caller(amar), source_ip="10.0.0.1").allowed
    assert world.ask(caller(amar), source_ip="54.240.143.8").allowed
    assert not world.ask(caller(amar)).allowed
    assert world.looks == 4


def test_what_holds_for_an_address_holds_until_policies_change(world: World) -> None:
    """The same address finds the same decision; it is another as soon as the policy is."""
    world.repository()
    amar = world.identity(Kind.USER, "amar", allow("ecr:*", Condition=OFFICE))
    first = world.ask(caller(amar), source_ip="54.240.143.7")
    assert world.ask(caller(amar), source_ip="54.240.143.7") is first
    guard = {"Effect": "Deny", "Principal": "*", "Action": "ecr:*", "Condition": OFFICE}
    world.repository_policy(guard)
    assert not world.ask(caller(amar), source_ip="54.240.143.7").allowed
    assert not world.ask(caller(amar), source_ip="10.0.0.1").allowed


def test_a_denial_on_the_request_is_asked_each_time(world: World) -> None:
    """Also where another statement would decide without looking."""
    world.repository()
    amar = world.identity(
        Kind.USER, "amar", PUT, {**allow("ecr:*", Condition=OFFICE), "Effect": "Deny"}
    )
    assert world.ask(caller(amar), source_ip="10.0.0.1").allowed
    assert not world.ask(caller(amar), source_ip="54.240.143.7").allowed


def test_groups_and_boundaries_count(world: World) -> None:
    world.repository()
    amar = world.identity(Kind.USER, "amar", allow("ecr:*"))
    world.boundary(amar, READ_ONLY)
    because = "no permissions boundary allows the ecr:PutImage action"
    assert world.ask(caller(amar)).because == because
    assert world.ask(caller(amar), "ecr:BatchGetImage").allowed
    world.boundary(amar, f"arn:aws:iam::{OWN}:policy/gone")
    assert world.ask(caller(amar)).because == because


def test_session_policies_narrow(world: World) -> None:
    world.repository()
    role = world.identity(Kind.ROLE, "builder", allow("ecr:*"))
    assert world.ask(session(role)).allowed
    reading = session(role, policies=[document(allow("ecr:BatchGetImage"))])
    assert world.ask(reading).because == "no session policy allows the ecr:PutImage action"
    assert world.ask(reading, "ecr:BatchGetImage").allowed
    managed = session(role, policy_arns=[READ_ONLY])
    assert not world.ask(managed).allowed
    assert world.ask(managed, "ecr:BatchGetImage").allowed
    for gone in (session(role, policy_arns=["arn:x"]), session(role, policies=["{"])):
        assert not world.ask(gone, "ecr:BatchGetImage").allowed


def test_sessions_are_told_apart(world: World) -> None:
    """Two sessions of one name with other policies or tags share no decision."""
    world.repository()
    tagged = allow("ecr:*", Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}})
    role = world.identity(Kind.ROLE, "builder", tagged, tags={"team": "b"})
    assert not world.ask(session(role)).allowed
    assert world.ask(session(role, tags={"team": "a"})).allowed
    assert not world.ask(session(role, tags={"team": "c"})).allowed


def test_root_rules_its_own_account_only(world: World) -> None:
    world.repository()
    assert world.ask(root(OWN)).allowed
    assert not world.ask(root(OTHER)).allowed
    world.repository_policy(to(OTHER.text))
    assert world.ask(root(OTHER)).allowed


def test_between_accounts_both_sides_decide(world: World) -> None:
    world.repository()
    carol = world.identity(Kind.USER, "carol", account=OTHER)
    world.repository_policy(to(carol.arn.text))
    because = "no identity-based policy allows the ecr:PutImage action"
    assert world.ask(caller(carol)).because == because
    world.policy(carol, PUT)
    assert world.ask(caller(carol)).allowed
    world.repository_policy(to(OWN.text))
    assert world.ask(caller(carol)).because == (
        "no resource-based policy allows the ecr:PutImage action"
    )


def test_what_is_not_there_is_not_told(world: World) -> None:
    """Without rights a missing repository is answered as one that is there."""
    world.repository()
    amar = world.identity(Kind.USER, "amar")
    missing = Resource.of(repository_arn(REGISTRY, RepositoryName("missing")))
    there, absent = world.ask(caller(amar)), world.ask(caller(amar), resource=missing)
    assert there == absent


def test_a_policy_that_cannot_be_read_denies(world: World) -> None:
    """Data of another version must not widen anybody's rights."""
    world.repository()
    amar = world.identity(Kind.USER, "amar")
    world.policy(amar, text='{"Statement": "unreadable"}')
    world.repository_policy(to(amar.arn.text))
    decision = world.ask(caller(amar))
    assert decision.because == "with an explicit deny in an identity-based policy"


def test_a_registry_as_a_whole(world: World) -> None:
    amar = world.identity(
        Kind.USER, "amar", allow("ecr:*", f"arn:aws:ecr:us-east-1:{OWN}:repository/*")
    )
    whole = Resource.of(registry_arn(REGISTRY))
    assert world.ask(caller(amar), "ecr:DescribeRepositories", whole).allowed
    everything = Resource.everything(OWN)
    assert not world.ask(caller(amar), "ecr:GetAuthorizationToken", everything).allowed


def test_identities_are_resources_with_tags(world: World) -> None:
    tagged = allow("iam:GetUser", Condition={"StringEquals": {"iam:ResourceTag/team": "a"}})
    admin = world.identity(Kind.USER, "admin", tagged)
    ours = world.identity(Kind.USER, "ours", tags={"team": "a"})
    others = world.identity(Kind.USER, "others", tags={"team": "b"})
    assert world.ask(caller(admin), "iam:GetUser", Resource.of(ours.arn)).allowed
    assert not world.ask(caller(admin), "iam:GetUser", Resource.of(others.arn)).allowed


def test_strange_arns_of_ecr_have_no_place(world: World) -> None:
    amar = world.identity(Kind.USER, "amar", allow("ecr:*"))
    for text in ("arn:aws:ecr:nowhere:123456789012:repository/UPPER", f"arn:aws:ecr:::{APP}"):
        assert world.ask(caller(amar), resource=Resource(text, OWN.text)).allowed


def test_the_scope_of_a_registrys_policy(world: World) -> None:
    """In scope V1 it speaks of three actions only, as soon as that is set."""
    world.repository()
    amar = world.identity(Kind.USER, "amar")
    every = {"Action": "ecr:*", "Resource": "*"}
    world.registry_policy({**to(amar.arn.text), **every})
    assert world.ask(caller(amar)).allowed
    world.registry_scope("V1")
    assert not world.ask(caller(amar)).allowed
    assert world.ask(caller(amar), "ecr:CreateRepository").allowed
