"""``portside account``: what it makes and prints."""

import json
import os
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from portside import server
from portside.cli.main import app
from portside.settings import resolve

SECRET = "a-secret-of-many-characters"  # noqa: S105 - made up for tests
PRESET = {
    "PORTSIDE_ROOT_ACCESS_KEY_ID": "AKIAEXAMPLE123456",
    "PORTSIDE_ROOT_SECRET_ACCESS_KEY": SECRET,
}


@pytest.fixture(autouse=True)
def _clean_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PORTSIDE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    server.prepare(resolve({"data": str(tmp_path / "portside-data")}, PRESET).settings)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["account", *arguments])


def refused(result: Result, status: int, told: str) -> None:
    assert result.exit_code == status
    assert result.stdout == ""
    assert re.fullmatch(r"portside: [^\n]+\n", result.stderr), result.stderr
    assert told in result.stderr


def test_an_account_is_made_and_its_secret_shown_once() -> None:
    made = run("create", "210987654321", "--alias", "second", "--format", "json")
    assert made.exit_code == 0
    shown = json.loads(made.stdout)
    assert shown["Account"] == "210987654321"
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", shown["AccessKeyId"])
    assert len(shown["SecretAccessKey"]) == 40
    listed = run("list", "--format", "json")
    assert [(row["account"], row["alias"]) for row in json.loads(listed.stdout)] == [
        ("123456789012", None),
        ("210987654321", "second"),
    ]
    assert shown["SecretAccessKey"] not in listed.stdout
    lines = run("list").stdout.splitlines()
    assert [line.split("  ")[:2] for line in lines] == [
        ["123456789012", "-"],
        ["210987654321", "second"],
    ]


def test_text_can_be_pasted_into_a_shell() -> None:
    shown = run("create", "210987654321").stdout
    assert "root user of account 210987654321" in shown
    assert re.search(r"^  export AWS_ACCESS_KEY_ID=AKIA\S{16}$", shown, re.MULTILINE)
    assert re.search(r"^  export AWS_SECRET_ACCESS_KEY=\S{40}$", shown, re.MULTILINE)


def test_what_is_there_is_not_made_again() -> None:
    assert run("create", "210987654321", "--alias", "second").exit_code == 0
    refused(run("create", "210987654321"), 1, "there is an account 210987654321")
    refused(run("create", "333333333333", "--alias", "second"), 1, "an alias second already")
    assert "333333333333" not in run("list").stdout


@pytest.mark.parametrize("account", ["1", "12345678901x", "1234567890123"])
def test_no_such_id(account: str) -> None:
    refused(run("create", account), 2, "expected 12 digits")


@pytest.mark.parametrize("alias", ["ab", "Upper", "-a-b", "a--b", "abc-", "a" * 64])
def test_no_such_alias(alias: str) -> None:
    refused(run("create", "210987654321", f"--alias={alias}"), 2, "expected 3 to 63 small letters")


@pytest.mark.parametrize("command", [("create", "210987654321"), ("list",)])
def test_wrong_use(command: tuple[str, ...]) -> None:
    refused(run(*command, "--format", "xml"), 2, "must be one of text, json")
    refused(run(*command, "--data", "gone"), 1, "gone cannot be used")
