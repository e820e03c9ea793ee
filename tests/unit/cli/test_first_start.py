"""What the first start prints: plain lines that can be copied as they stand."""

from pathlib import Path

import pytest

from portside.cli.first_start import endpoint, show_credentials
from portside.services.identity.accounts import RootCredentials
from portside.settings import Settings, resolve

CREDENTIALS = RootCredentials("AKIAEXAMPLE123456789", "x" * 40)


def _settings(**flags: str) -> Settings:
    return resolve({"config": "/dev/null"} | flags, {}).settings


def test_the_block_can_be_copied(capsys: pytest.CaptureFixture[str]) -> None:
    """Every command stands alone on one unwrapped, unboxed line."""
    show_credentials(_settings(region="eu-west-1"), CREDENTIALS)
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert lines[3:7] == [
        "export AWS_ACCESS_KEY_ID=AKIAEXAMPLE123456789",
        f"export AWS_SECRET_ACCESS_KEY={'x' * 40}",
        "export AWS_DEFAULT_REGION=eu-west-1",
        "export AWS_ENDPOINT_URL=http://localhost:5000",
    ]
    assert "aws ecr create-repository --repository-name hello" in lines
    assert (
        "aws ecr get-login-password | docker login --username AWS --password-stdin localhost:5000"
    ) in lines
    assert "docker push localhost:5000/hello" in lines
    assert "shown this once" in lines[1]


def test_a_suffix_shows_the_name_that_ecr_gives(capsys: pytest.CaptureFixture[str]) -> None:
    """With a suffix the registry is named as AWS names it; the API stays on this machine."""
    show_credentials(_settings(suffix="amazonaws.com", port="443"), CREDENTIALS)
    shown = capsys.readouterr().out
    assert "docker push 123456789012.dkr.ecr.us-east-1.amazonaws.com:443/hello" in shown
    assert "export AWS_ENDPOINT_URL=http://localhost:443" in shown


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://localhost:5000"),
        ("0.0.0.0", "http://localhost:5000"),  # noqa: S104 - a text, not bound
        ("::", "http://localhost:5000"),
        ("::1", "http://[::1]:5000"),
        ("10.1.2.3", "http://10.1.2.3:5000"),
    ],
)
def test_endpoint(host: str, url: str) -> None:
    """The URL is one that a client on this machine can open."""
    assert endpoint(_settings(host=host)) == url


def test_endpoint_with_tls(tmp_path: Path) -> None:
    """A certificate makes it https."""
    pem = tmp_path / "some.pem"
    pem.write_text("x")
    assert endpoint(_settings(tls_cert=str(pem), tls_key=str(pem))) == "https://localhost:5000"
