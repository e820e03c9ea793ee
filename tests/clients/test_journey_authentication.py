"""Journey: registry authentication with the authorization token, by hand."""

import datetime as dt
import json
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.clients.conftest import MakeShell
from tests.clients.images import make_image, push_image
from tests.clients.shells import Shell
from tests.go_tools import ToolMissingError
from tests.live import LiveServer
from tests.not_run import cannot_run

GET_TOKEN = (
    "TOKEN=$(aws ecr get-authorization-token --output text"  # noqa: S105 - shell, no secret
    " --query 'authorizationData[].authorizationToken')"
)
TAGS_LIST = "$REGISTRY_URL/v2/amazonlinux/tags/list"
HOURS_13 = "+46800s"


@pytest.fixture
def amazonlinux(ecr: Any) -> None:
    """The repository of the course's example, with its two tags."""
    ecr.create_repository(repositoryName="amazonlinux")
    push_image(ecr, "amazonlinux", make_image("amazonlinux"), "latest", "2017.09")


def test_the_token_is_user_and_password(shell: Shell, registry: str) -> None:
    """The token decodes to `AWS:PASSWORD`, lives 12 hours, and names the registry's URL."""
    answer = json.loads(shell.run("aws ecr get-authorization-token"))
    authorization = answer["authorizationData"][0]
    user, _, password = b64decode(authorization["authorizationToken"]).decode().partition(":")
    assert user == "AWS"
    assert password
    assert authorization["proxyEndpoint"] == f"{shell.environment['REGISTRY_URL']}"
    assert authorization["proxyEndpoint"].endswith(registry)
    ahead = _moment(authorization["expiresAt"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(hours=11, minutes=55) < ahead <= dt.timedelta(hours=12)


@pytest.mark.usefixtures("amazonlinux")
def test_curl_lists_tags_with_the_token(shell: Shell, need: Callable[[str], Path]) -> None:
    """The course's curl line gets the answer that the course prints."""
    need("curl")
    answer = shell.run(f'{GET_TOKEN}; curl -s -i -H "Authorization: Basic $TOKEN" {TAGS_LIST}')
    status, headers, body = _parts(answer)
    assert status == "HTTP/1.1 200 OK"
    assert headers["docker-distribution-api-version"] == "registry/2.0"
    assert headers["content-type"].startswith(("text/plain; charset=utf-8", "application/json"))
    assert json.loads(body) == {"name": "amazonlinux", "tags": ["2017.09", "latest"]}


@pytest.mark.usefixtures("amazonlinux")
def test_without_a_token_nothing_is_told(shell: Shell, need: Callable[[str], Path]) -> None:
    """No header: 401 and a Basic challenge, even for a repository that exists."""
    need("curl")
    status, headers, body = _parts(shell.run(f"curl -s -i {TAGS_LIST}"))
    assert status == "HTTP/1.1 401 Unauthorized"
    assert headers["www-authenticate"].startswith('Basic realm="')
    assert headers["docker-distribution-api-version"] == "registry/2.0"
    assert "amazonlinux" not in body


@pytest.mark.usefixtures("amazonlinux")
@pytest.mark.parametrize(
    "token", ["QVdTOnBhc3N3b3Jk", "bm9jb2xvbg==", "%%%", "", "QVdTOg=="], ids=repr
)
def test_an_invented_token_opens_nothing(
    shell: Shell, need: Callable[[str], Path], token: str
) -> None:
    """A password that was never given out is refused, and so is what is no token at all."""
    need("curl")
    status, _, body = _parts(shell.run(f"curl -s -i -H 'Authorization: Basic {token}' {TAGS_LIST}"))
    assert status.split()[1] in {"401", "403"}
    assert "2017.09" not in body


def test_a_changed_token_opens_nothing(
    shell: Shell, need: Callable[[str], Path], server: LiveServer
) -> None:
    """One changed character of a valid password makes it invalid."""
    need("skopeo")
    password = server.password()
    changed = password[:-5] + ("A" if password[-5] != "A" else "B") + password[-4:]
    login = "skopeo login --username AWS --password-stdin $REGISTRY"
    shell.run(f"printf %s '{password}' | {login}")
    shell.fails(f"printf %s '{changed}' | {login}")


def test_a_push_without_login_is_refused_in_dockers_words(docker: Shell, ecr: Any) -> None:
    """Docker says `no basic auth credentials` when it has none."""
    ecr.create_repository(repositoryName="hello-repository")
    docker.run("printf 'FROM scratch\\nLABEL a=b\\n' > Dockerfile")
    docker.run("docker build -t $REGISTRY/hello-repository .")
    refused = docker.fails("docker push $REGISTRY/hello-repository")
    assert "no basic auth credentials" in refused


@pytest.fixture
def own_server(need: Callable[[str], Path]) -> Iterator[LiveServer]:
    """A server whose clock can be moved."""
    need("faketime")
    with LiveServer() as live:
        yield live


@pytest.mark.slow
def test_a_token_ends_after_twelve_hours(
    own_server: LiveServer, machine: MakeShell, need: Callable[[str], Path]
) -> None:
    """An old token is refused with ECR's words, on the wire and in what the client shows."""
    shell = machine("late")
    shell.environment["REGISTRY"] = own_server.host
    token = own_server.authorization_token()
    own_server.client("ecr").create_repository(repositoryName="amazonlinux")
    ask = f"curl -s -i -H 'Authorization: Basic {token}' {own_server.url}/v2/amazonlinux/tags/list"
    assert _parts(shell.run(ask))[0] == "HTTP/1.1 200 OK"
    own_server.stop()
    own_server.env |= {
        "LD_PRELOAD": str(_libfaketime()),
        "FAKETIME": HOURS_13,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    own_server.start()
    status, _, body = _parts(shell.run(ask))
    assert status.split()[1] == "403"
    error = json.loads(body)["errors"][0]
    words = "Your authorization token has expired. Reauthenticate and try again."
    assert error == error | {"code": "DENIED", "message": words}
    crane = need("crane")
    (shell.folder / "docker" / "config.json").write_text(
        json.dumps({"auths": {own_server.host: {"auth": token}}})
    )
    assert words in shell.fails(f"{crane} ls $REGISTRY/amazonlinux")


def _libfaketime() -> Path:
    found = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    if not found:
        cannot_run(ToolMissingError("libfaketime: not where Debian puts it"))
    return found[0]


def _moment(printed: str | float) -> dt.datetime:
    if isinstance(printed, str):
        return dt.datetime.fromisoformat(printed).astimezone(dt.UTC)
    return dt.datetime.fromtimestamp(printed, dt.UTC)


def _parts(answer: str) -> tuple[str, dict[str, str], str]:
    head, _, body = answer.replace("\r\n", "\n").partition("\n\n")
    status, *lines = head.splitlines()
    headers = [line.partition(":") for line in lines]
    return status, {name.lower(): value.strip() for name, _, value in headers}, body
