"""Base check, credentials and endpoints (distribution-spec end-1; ECR registry authentication)."""

import base64

import httpx
import pytest
from tests.live import LiveServer
from tests.protocol.pushing import Registry, error_codes


def test_base_check_answers_good_credentials(http: httpx.Client) -> None:
    for method in ("GET", "HEAD"):
        answer = http.request(method, "/v2/")
        assert answer.status_code == 200
        assert answer.headers["docker-distribution-api-version"] == "registry/2.0"


def test_without_credentials_ecrs_challenge_and_words(server: LiveServer) -> None:
    answer = httpx.get(f"{server.url}/v2/")
    assert answer.status_code == 401
    expected = f'Basic realm="http://{server.host}/",service="ecr.amazonaws.com"'
    assert answer.headers["www-authenticate"] == expected
    assert answer.text == "Not Authorized\n"
    assert answer.headers["docker-distribution-api-version"] == "registry/2.0"


@pytest.mark.parametrize(
    "header",
    [
        "Basic !!!",
        "Basic " + base64.b64encode(b"AWS:").decode(),
        "Basic " + base64.b64encode(b"AWS:nonsense").decode(),
        "Basic " + base64.b64encode(b"AWS:a.b").decode(),
        "Basic " + base64.b64encode(b"other:x").decode(),
        "Basic " + base64.b64encode(b"AWS:" + b"x" * 20_000).decode(),
        "Bearer abc",
        "Basic",
    ],
)
def test_bad_credentials_are_refused(server: LiveServer, header: str) -> None:
    answer = httpx.get(f"{server.url}/v2/", headers={"authorization": header})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")


def test_a_changed_token_is_refused(server: LiveServer) -> None:
    user, password = server.auth()
    payload, _, mac = password.partition(".")
    for forged in (f"{payload}x.{mac}", f"{payload}.{mac[:-2]}xx", f"{payload}.", payload):
        assert httpx.get(f"{server.url}/v2/", auth=(user, forged)).status_code == 401


def test_the_authorization_token_is_the_basic_credential(server: LiveServer) -> None:
    header = {"authorization": f"Basic {server.authorization_token()}"}
    assert httpx.get(f"{server.url}/v2/", headers=header).status_code == 200


def test_healthz_needs_no_credentials(server: LiveServer) -> None:
    answer = httpx.get(f"{server.url}/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_missing_repository_in_ecrs_words(http: httpx.Client) -> None:
    for method, path in (
        ("GET", "tags/list"),
        ("GET", "manifests/latest"),
        ("POST", "blobs/uploads/"),
        ("PUT", "manifests/latest"),
    ):
        answer = http.request(
            method, f"/v2/no/such/{path}", content=b"{}" if method == "PUT" else None
        )
        if method == "PUT":
            continue
        assert answer.status_code == 404
        (error,) = answer.json()["errors"]
        assert error["code"] == "NAME_UNKNOWN"
        assert error["message"] == (
            "The repository with name 'no/such' does not exist in the registry with id "
            "'123456789012'"
        )


def test_put_manifest_to_a_missing_repository(http: httpx.Client) -> None:
    body = b'{"schemaVersion":2,"config":{"mediaType":"a/b","digest":"sha256:%s","size":1}}'
    headers = {"content-type": "application/vnd.oci.image.manifest.v1+json"}
    answer = http.put("/v2/no/such/manifests/x", content=body % (b"0" * 64), headers=headers)
    assert (answer.status_code, error_codes(answer)) == (404, ["NAME_UNKNOWN"])


@pytest.mark.parametrize("name", ["UPPER", "a", "a//b", "-a", "a" * 300, "a/../b", "x%2F..%2Fy"])
def test_malformed_names_are_refused(http: httpx.Client, name: str) -> None:
    request = http.build_request("GET", f"/v2/{name}/tags/list")
    raw = f"/v2/{name}/tags/list".encode()
    request.url = request.url.copy_with(raw_path=raw)
    answer = http.send(request)
    assert (answer.status_code, error_codes(answer)) == (400, ["NAME_INVALID"])


def test_unknown_endpoints_and_methods(repo: Registry) -> None:
    assert repo.http.get("/v2/foo").status_code == 404
    answer = repo.request("PUT", "tags/list")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    answer = repo.request("PATCH", "manifests/x")
    assert (answer.status_code, error_codes(answer)) == (405, ["UNSUPPORTED"])


def test_ecr_has_no_catalog(http: httpx.Client) -> None:
    answer = http.get("/v2/_catalog")
    assert (answer.status_code, error_codes(answer)) == (405, ["UNSUPPORTED"])


def test_catalog_pages(strict_repo: Registry) -> None:
    repo = strict_repo
    names: list[str] = []
    path: str | None = "/v2/_catalog?n=2"
    while path:
        answer = repo.http.get(path)
        names += answer.json()["repositories"]
        path = answer.links["next"]["url"] if "next" in answer.links else None
    assert names == sorted(names)
    assert repo.name in names
    assert repo.http.get("/v2/_catalog?n=0").json() == {"repositories": []}
    answer = repo.http.get("/v2/_catalog?n=-1")
    assert (answer.status_code, error_codes(answer)) == (400, ["PAGINATION_NUMBER_INVALID"])


def test_every_answer_carries_a_request_id(http: httpx.Client) -> None:
    seen = {http.get("/v2/").headers["x-request-id"] for _ in range(5)}
    assert len(seen) == 5
