"""`portside trust`: what it prints for whom, and what it refuses."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from portside.cli.main import app
from portside.cli.trust_texts import INSTRUCTIONS


def _trust(data: Path, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["trust", "--data", str(data), *arguments], env={})
    return done.exit_code, done.output


def test_everything_is_told_with_this_servers_files(tmp_path: Path) -> None:
    """Each program's way, with the authority's file and the registry's host filled in."""
    status, told = _trust(tmp_path, "--tls", "self-signed", "--port", "8443")
    assert status == 0
    for instructions in INSTRUCTIONS.values():
        assert f"# {instructions.title}\n" in told
    assert str(tmp_path / "tls" / "authority.pem") in told
    assert "/etc/docker/certs.d/localhost:8443/ca.crt" in told
    assert "{" not in told
    assert _trust(tmp_path, "java", "--port", "8443")[1].count("\n# ") == 1


def test_what_is_refused(tmp_path: Path) -> None:
    """No authority, no such program, no suffix: each in one line."""
    assert _trust(tmp_path) == (
        1,
        f"portside: there is no authority in {tmp_path}: serve with --tls self-signed\n",
    )
    status, told = _trust(tmp_path, "emacs")
    assert (status, told.partition(",")[0]) == (2, "portside: emacs is none of debian")
    assert _trust(tmp_path, "--hosts") == (
        2,
        "portside: --hosts needs --suffix, such as amazonaws.com\n",
    )
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls" / "authority.pem").write_text("garbage")
    status, told = _trust(tmp_path, "--tls", "self-signed")
    assert status == 1
    assert "authority.key cannot be read" in told


@pytest.mark.parametrize("host", ["10.1.2.3", "0.0.0.0"])  # noqa: S104 - an argument
def test_hosts_need_no_data_folder(tmp_path: Path, host: str) -> None:
    """The lines for /etc/hosts lead to where the server listens, or where it is said to be."""
    suffix = ("--suffix", "registry.example.com", "--account", "111122223333")
    status, told = _trust(tmp_path / "none", "--hosts", "--host", host, *suffix)
    address = "127.0.0.1" if host.startswith("0.") else host
    assert (status, told.splitlines()) == (
        0,
        [
            f"{address}\t111122223333.dkr.ecr.us-east-1.registry.example.com",
            f"{address}\tapi.ecr.us-east-1.registry.example.com",
            f"{address}\tregistry.example.com",
        ],
    )
    elsewhere = _trust(tmp_path, "--hosts", "--address", "192.0.2.1", *suffix)[1]
    assert elsewhere.startswith("192.0.2.1\t")
