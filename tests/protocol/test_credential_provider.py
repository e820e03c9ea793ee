"""`portside credential-provider`: what the kubelet asks, and what it can pull with."""

import json
import subprocess
from typing import Any

import httpx
import pytest
from tests.live import PORTSIDE, LiveServer, clean_environment

API = "credentialprovider.kubelet.k8s.io/v1"


def _ask(
    live: LiveServer, text: str, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    credentials = {
        "AWS_ACCESS_KEY_ID": live.access_key_id,
        "AWS_SECRET_ACCESS_KEY": live.secret_access_key,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return subprocess.run(
        [PORTSIDE, "credential-provider", *arguments],
        input=text,
        env=clean_environment(**(credentials | environment)),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _request(image: str, **changes: Any) -> str:
    request = {"apiVersion": API, "kind": "CredentialProviderRequest", "image": image}
    return json.dumps(request | changes)


@pytest.mark.parametrize("by", ["variable", "option"])
def test_the_kubelet_gets_a_password_for_the_images_registry(server: LiveServer, by: str) -> None:
    """In Kubernetes' own form, for the whole registry, for half of the password's time."""
    arguments = ["--endpoint", server.url] if by == "option" else []
    environment = {"AWS_ENDPOINT_URL": server.url} if by == "variable" else {}
    done = _ask(server, _request(f"{server.host}/team/app:1"), *arguments, **environment)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    login = answer.pop("auth")
    assert answer == {
        "apiVersion": API,
        "kind": "CredentialProviderResponse",
        "cacheKeyType": "Registry",
        "cacheDuration": "6h0m0s",
    }
    assert list(login) == [server.host]
    given = login[server.host]
    auth = (given["username"], given["password"])
    assert httpx.get(f"{server.url}/v2/", auth=auth).status_code == 200


def test_without_an_endpoint_the_images_host_is_asked(server: LiveServer) -> None:
    """Over HTTPS, which this server does not speak: the error names what was asked."""
    done = _ask(server, _request(f"{server.host}/team/app:1"))
    assert done.returncode == 1
    assert f"portside: no password for {server.host}: " in done.stderr
    assert f"https://{server.host}/" in done.stderr


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        _request("no-registry"),
        _request("a/b", kind="Other"),
        _request("a/b", apiVersion="credentialprovider.kubelet.k8s.io/v1alpha1"),
        json.dumps({"apiVersion": API, "kind": "CredentialProviderRequest", "image": ["a/b"]}),
    ],
)
def test_what_is_no_request_is_refused(server: LiveServer, text: str) -> None:
    """With the form that it must have, and nothing on standard output."""
    done = _ask(server, text)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"standard input must hold a CredentialProviderRequest of {API}" in done.stderr


def test_a_wrong_key_is_told(server: LiveServer) -> None:
    """In the API's own words."""
    environment = {"AWS_ENDPOINT_URL": server.url, "AWS_ACCESS_KEY_ID": "AKIANOBODYKNOWSTHIS"}
    done = _ask(server, _request(f"{server.host}/team/app:1"), **environment)
    assert done.returncode == 1
    assert "UnrecognizedClientException" in done.stderr
