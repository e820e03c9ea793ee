"""``portside explain``: which statement decides, and what is in the way of the others."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.access.standing_factory import OWN, World, allow
from typer.testing import CliRunner

from portside.cli.main import app
from portside.identity.identities import Identity, Kind
from portside.metadata.sqlite import FILE_NAME

REPOSITORY = f"arn:aws:ecr:us-east-1:{OWN}:repository/team/app"
OFFICE = {"IpAddress": {"aws:SourceIp": "54.240.143.0/24"}}


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("PORTSIDE_DATA", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "400")
    made = World(tmp_path / FILE_NAME)
    made.repository(tags={"team": "a"})
    yield made
    made.close()


def explain(principal: str, action: str, *more: str, code: int = 0) -> str:
    arguments = ["explain", "--principal", principal, "--action", action, *more]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == code, result.output
    return result.output


def amar(world: World, *statements: dict[str, object]) -> Identity:
    return world.identity(Kind.USER, "amar", *statements, tags={"team": "a"})


def test_it_names_the_statement_that_allows(world: World) -> None:
    user = amar(world, {**allow("ecr:*"), "Sid": "All"})
    output = explain(user.arn.text, "ecr:PutImage", "--resource", REPOSITORY)
    assert "ALLOWED: an identity-based policy allows the ecr:PutImage action" in output
    assert "decided by statement All of identity-based policy inline" in output


def test_it_tells_what_is_in_the_way(world: World) -> None:
    user = amar(
        world,
        {**allow("s3:*"), "Sid": "Storage"},
        {**allow("ecr:*", REPOSITORY + "s"), "Sid": "Other"},
        {**allow("ecr:*", Condition=OFFICE), "Sid": "Office"},
    )
    world.repository_policy(
        {"Sid": "Guests", "Effect": "Allow", "Principal": {"AWS": "999999999999"}, "Action": "*"}
    )
    output = explain(user.arn.text, "ecr:PutImage", "--resource", REPOSITORY)
    assert "DENIED: no identity-based policy allows the ecr:PutImage action" in output
    assert "Allow statement Storage: names other actions" in output
    assert "Allow statement Other: names other resources" in output
    assert "Allow statement Guests: names other principals" in output
    condition = "IpAddress aws:SourceIp 54.240.143.0/24, and the request "
    assert f"Office: its condition does not hold: {condition}lacks the key" in output
    away = ("--resource", REPOSITORY, "--context", "aws:SourceIp=10.0.0.1")
    assert f"{condition}has 10.0.0.1" in explain(user.arn.text, "ecr:PutImage", *away)
    office = ("--resource", REPOSITORY, "--context", "aws:SourceIp=54.240.143.9")
    assert "ALLOWED" in explain(user.arn.text, "ecr:PutImage", *office)


def test_it_knows_tags_and_what_is_said_of_them(world: World) -> None:
    same = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    user = amar(world, allow("ecr:*", Condition=same))
    known = ("--resource", REPOSITORY)
    assert "ALLOWED" in explain(user.arn.text, "ecr:PutImage", *known)
    said = (*known, "--context", "aws:PrincipalTag/team=b")
    assert "DENIED" in explain(user.arn.text, "ecr:PutImage", *said)


def test_a_token_is_for_no_repository(world: World) -> None:
    """It says why a statement on a repository's ARN lets nobody log in."""
    user = amar(world, allow("ecr:GetAuthorizationToken", REPOSITORY))
    output = explain(user.arn.text, "ecr:GetAuthorizationToken", "--resource", REPOSITORY)
    assert "DENIED" in output
    assert "resource   *" in output
    assert "so a statement on a repository's ARN grants nothing." in output


def test_roles_and_their_sessions_and_root(world: World) -> None:
    role = world.identity(Kind.ROLE, "builder", allow("ecr:*"))
    for principal in (role.arn.text, f"arn:aws:sts::{OWN}:assumed-role/builder/ci"):
        output = explain(principal, "ecr:PutImage", "--resource", REPOSITORY)
        assert "ALLOWED" in output
        assert f"principal  arn:aws:sts::{OWN}:assumed-role/builder/" in output
    root = explain(f"arn:aws:iam::{OWN}:root", "ecr:PutImage", "--resource", REPOSITORY)
    assert "ALLOWED: the root user may do what its account may" in root
    assert "No policy has a say." in root


def test_as_json(world: World) -> None:
    user = amar(world, {**allow("ecr:*"), "Sid": "All"})
    arguments = ("--resource", REPOSITORY, "--format", "json")
    found = json.loads(explain(user.arn.text, "ecr:PutImage", *arguments))
    assert found["effect"] == "Allow"
    assert found["decidedBy"] == "statement All of identity-based policy inline"
    assert found["statements"] == [
        {
            "source": "identity-based policy",
            "policy": "inline",
            "sid": "All",
            "position": 1,
            "effect": "Allow",
            "outcome": "applies",
        }
    ]


@pytest.mark.parametrize(
    ("principal", "more", "code", "message"),
    [
        (f"arn:aws:iam::{OWN}:user/nobody", (), 1, "there is no principal"),
        (f"arn:aws:sts::{OWN}:assumed-role/nobody/ci", (), 1, "there is no principal"),
        ("amar", (), 2, "malformed"),
        (f"arn:aws:iam::{OWN}:root", ("--context", "nonsense"), 2, "must be KEY=VALUE"),
        (f"arn:aws:iam::{OWN}:root", ("--format", "xml"), 2, "must be one of text, json"),
    ],
)
@pytest.mark.usefixtures("world")
def test_what_cannot_be_explained(
    principal: str, more: tuple[str, ...], code: int, message: str
) -> None:
    assert message in explain(principal, "ecr:PutImage", *more, code=code)


def test_without_a_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTSIDE_DATA", str(tmp_path / "none"))
    output = explain(f"arn:aws:iam::{OWN}:root", "ecr:PutImage", code=1)
    assert "cannot be used" in output
