"""AWS's own names: programs that know nothing of Portside use it as they use Amazon ECR.

No endpoint is configured anywhere: names lead to Portside (`portside trust --hosts`), and its
authority is trusted (`portside trust --install`), as an operator would have it.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.clients.daemon import docker_daemon
from tests.clients.elsewhere import Elsewhere, elsewhere
from tests.clients.images import make_image, write_layout
from tests.go_tools import ToolMissingError
from tests.live import ACCOUNT, PORTSIDE, LiveServer
from tests.not_run import cannot_run

REGISTRY = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
IMAGE = make_image("under Amazon's name")
POLICY = '{"default": [{"type": "insecureAcceptAnything"}]}'
Need = Callable[[str], Path]


@pytest.fixture(scope="module")
def live() -> Iterator[LiveServer]:
    """A server on the port that is nobody else's: on an address of this process alone."""
    if os.geteuid() != 0:
        cannot_run(ToolMissingError("port 443: only root can listen there"))
    process = os.getpid()
    address = f"127.{77 + (process >> 16) % 100}.{process >> 8 & 255}.{max(2, process & 255)}"
    options = ("--suffix", "amazonaws.com")
    with LiveServer(*options, port=443, address=address, self_signed=True) as server:
        yield server


@pytest.fixture(scope="module")
def machine(
    live: LiveServer, need: Need, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Elsewhere]:
    """A machine where the server's names lead to it and its authority is trusted."""
    need("update-ca-certificates")
    try:
        with elsewhere(tmp_path_factory.mktemp("elsewhere")) as made:
            _set_up(made, live)
            yield made
    except ToolMissingError as error:
        cannot_run(error)


def _set_up(machine: Elsewhere, live: LiveServer) -> None:
    portside = f"{PORTSIDE} trust --data {live.data} --suffix amazonaws.com"
    machine.run(f"{portside} --hosts --address {live.address} >> /etc/hosts")
    machine.run(f"{portside} --install")
    (machine.home / ".aws" / "credentials").write_text(
        f"[default]\naws_access_key_id = {live.access_key_id}\n"
        f"aws_secret_access_key = {live.secret_access_key}\n"
    )
    # The AWS CLI trusts the authorities of its own package, unless told.
    (machine.home / ".aws" / "config").write_text(
        "[default]\nregion = us-east-1\nca_bundle = /etc/ssl/certs/ca-certificates.crt\n"
    )
    docker = machine.home / ".docker"
    docker.mkdir()
    (docker / "config.json").write_text(json.dumps({"credHelpers": {REGISTRY: "ecr-login"}}))
    containers = machine.home / ".config" / "containers"
    containers.mkdir(parents=True)
    (containers / "policy.json").write_text(POLICY)
    (containers / "storage.conf").write_text(
        f'[storage]\ndriver = "vfs"\ngraphroot = "{machine.folder}/graph"\n'
        f'runroot = "{machine.folder}/runroot"\n'
    )
    machine.environment["CONTAINERS_STORAGE_CONF"] = str(containers / "storage.conf")
    write_layout(machine.home / "layout", "made", IMAGE)


@pytest.fixture(scope="module")
def docker(machine: Elsewhere, need: Need) -> Iterator[Elsewhere]:
    """The machine with a Docker daemon of its own, which trusts what the machine trusts."""
    need("docker-credential-ecr-login")
    try:
        with docker_daemon(need("dockerd"), need("docker"), machine.inside) as host:
            machine.environment["DOCKER_HOST"] = host
            yield machine
    except ToolMissingError as error:
        cannot_run(error)


@pytest.fixture(params=["aws-v1", "aws-v2"])
def aws(request: pytest.FixtureRequest, machine: Elsewhere, need: Need) -> Elsewhere:
    """The machine with one version of the AWS CLI as `aws`."""
    program = machine.bin / "aws"
    program.unlink(missing_ok=True)
    machine.define("aws", need(request.param))
    return machine


def _repository(machine: Elsewhere, live: LiveServer, name: str) -> str:
    live.client("ecr").create_repository(repositoryName=name)
    uri = f"{REGISTRY}/{name}"
    machine.run(f"skopeo copy --quiet oci:layout:made docker://{uri}:made")
    return uri


def test_the_command_line_needs_no_endpoint(aws: Elsewhere, request: pytest.FixtureRequest) -> None:
    """ECR, STS and IAM under their own names, by both versions, with credentials alone."""
    name = f"names/{request.node.callspec.id}"
    made = json.loads(aws.run(f"aws ecr create-repository --repository-name {name}"))
    assert made["repository"]["repositoryUri"] == f"{REGISTRY}/{name}"
    described = aws.run("aws ecr describe-repositories --query 'repositories[].repositoryName'")
    assert name in described
    assert ACCOUNT in aws.run("aws sts get-caller-identity --query Account")
    assert aws.run("aws sts get-caller-identity --region us-east-1 --query Arn --output text")
    assert aws.run("aws iam get-account-summary --query SummaryMap.Users --output text") == "0"
    password = aws.run("aws ecr get-login-password")
    assert len(password) > 100
    endpoint = "authorizationData[0].proxyEndpoint"
    answer = aws.run(f"aws ecr get-authorization-token --query '{endpoint}' --output text")
    assert answer == f"https://{REGISTRY}"


def test_skopeo_and_crane_by_the_credential_helper(
    machine: Elsewhere, live: LiveServer, need: Need
) -> None:
    """Amazon's own helper finds the API by the registry's name; nobody logs in."""
    for program in ("skopeo", "docker-credential-ecr-login"):
        need(program)
    uri = _repository(machine, live, "helper/skopeo")
    raw = machine.run(f"skopeo inspect --raw docker://{uri}:made")
    crane = need("crane")
    assert machine.run(f"{crane} manifest {uri}:made") == raw
    machine.run(f"{crane} copy {uri}:made {uri}:copied")
    assert set(machine.run(f"{crane} ls {uri}").split()) == {"made", "copied"}


def test_docker_pushes_and_pulls_by_the_credential_helper(
    docker: Elsewhere, live: LiveServer, need: Need
) -> None:
    """`docker pull 123456789012.dkr.ecr.us-east-1.amazonaws.com/…`, as scripts for AWS have it."""
    need("skopeo")
    uri = _repository(docker, live, "helper/docker")
    pulled = docker.run(f"docker pull --quiet {uri}:made")
    assert pulled.endswith(f"{uri}:made")
    docker.run(f"docker tag {uri}:made {uri}:again && docker push {uri}:again")
    tags = live.client("ecr").list_images(repositoryName="helper/docker")["imageIds"]
    assert {"made", "again"} <= {image.get("imageTag") for image in tags}


def test_docker_login_as_ever(docker: Elsewhere, aws: Elsewhere, live: LiveServer) -> None:
    """The line of Amazon's documentation, verbatim."""
    (docker.home / "plain").mkdir(exist_ok=True)
    said = aws.run(
        "aws ecr get-login-password --region us-east-1 | docker --config plain login "
        f"--username AWS --password-stdin {REGISTRY}"
    )
    assert "Login Succeeded" in said
    assert live.running


def test_podman_by_the_credential_helper(machine: Elsewhere, live: LiveServer, need: Need) -> None:
    """podman's own file of credentials names the same helper."""
    for program in ("skopeo", "podman", "docker-credential-ecr-login"):
        need(program)
    uri = _repository(machine, live, "helper/podman")
    auth = machine.home / ".config" / "containers" / "auth.json"
    auth.write_text(json.dumps({"credHelpers": {REGISTRY: "ecr-login"}}))
    machine.run(f"podman pull --quiet {uri}:made && podman tag {uri}:made {uri}:podman")
    machine.run(f"podman push --quiet {uri}:podman")


def test_each_program_trusts_as_it_is_told(
    machine: Elsewhere, live: LiveServer, need: Need
) -> None:
    """What `portside trust PROGRAM` prints, executed as it stands."""
    trust = f"{PORTSIDE} trust --data {live.data} --tls self-signed --suffix amazonaws.com"
    url = f"https://{REGISTRY}/healthz"
    fetch = f"await fetch('{url}').then(a => a.text()).then(console.log)"
    open_url = f"import urllib.request; print(urllib.request.urlopen('{url}').read())"
    told = {
        "node": f'{need("node")} --input-type=module -e "{fetch}"',
        "python": f'python3 -c "{open_url}"',
        "aws": f"{need('aws-v1')} ecr describe-repositories",
    }
    for program, use in told.items():
        script = f"eval \"$({trust} --port 443 {program} | sed '1,/^#/d')\"\n{use}"
        assert machine.run(script), program
    for program, folder in (("docker", "docker"), ("podman", "containers")):
        machine.run(f"eval \"$({trust} --port 443 {program} | sed '1,/^#/d')\"")
        machine.run(f"cmp /etc/{folder}/certs.d/{REGISTRY}/ca.crt {live.authority}")
    machine.run(f"eval \"$({trust} --port 443 containerd | sed '1,/^#/d')\"")
    assert "ca = " in machine.run(f"cat /etc/containerd/certs.d/{REGISTRY}/hosts.toml")
    assert (
        machine.run(f"{trust} --pem") == str(live.authority and live.authority.read_text()).strip()
    )


def test_this_machine_is_left_as_it_was(machine: Elsewhere, live: LiveServer) -> None:
    """What the tests trust and name, they do so elsewhere."""
    assert live.address in machine.run("cat /etc/hosts")
    assert live.address not in Path("/etc/hosts").read_text()
    found = machine.run("ls /usr/local/share/ca-certificates")
    mine = [name for name in found.split() if name.startswith("portside-")]
    assert len(mine) == 1
    assert not Path("/usr/local/share/ca-certificates", mine[0]).exists()
