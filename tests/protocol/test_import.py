"""`portside import` beside a running server: from another Portside, and from bad registries."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.protocol.pushing import (
    OCI_INDEX,
    OCI_MANIFEST,
    Registry,
    descriptor,
    digest_of,
    index_of,
    manifest_of,
)
from tests.protocol.small_upstream import SmallUpstream, answer, small_upstream


def run(
    target: LiveServer, source: str, *options: str, stdin: str | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    command = [str(PORTSIDE), "import", source, "--data", str(target.data), *options]
    return subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        input=stdin,
        env=clean_environment(**target.env, **env),
    )


def outcomes(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Each repository:tag with its outcome."""
    rows: list[dict[str, Any]] = json.loads(done.stdout)
    return {f"{row['repository']}:{row['tag']}": row["outcome"] for row in rows}


@pytest.fixture(scope="module")
def source() -> Iterator[LiveServer]:
    """A Portside by ECR's rules, with an index of two platforms, signed and described."""
    with LiveServer() as made, httpx.Client(base_url=made.url, auth=made.auth()) as http:
        for name in ("team/app", "team/tools"):
            made.client("ecr").create_repository(repositoryName=name)
        app = Registry(http, "team/app")
        images = [app.push(f"v1-{arch}", arch.encode(), b"shared") for arch in ("amd64", "arm64")]
        assert app.put_manifest("v1", index_of(*images), OCI_INDEX).status_code == 201
        # A signature of the index, and one of the signature; an SBOM of one platform.
        subjects = [(index_of(*images), OCI_INDEX), (images[0], OCI_MANIFEST)]
        for number, (subject, kind) in enumerate(subjects):
            signature = app_referrer(app, subject, kind, f"signature {number}")
            app_referrer(app, signature, OCI_MANIFEST, f"signature of signature {number}")
        Registry(http, "team/tools").push("latest", b"tools")
        yield made


def app_referrer(app: Registry, subject: bytes, kind: str, content: str) -> bytes:
    layer = content.encode()
    for blob in (b"{}", layer):
        app.put_blob(blob)
    body = manifest_of(
        b"{}", layer, artifactType="application/test", subject=descriptor(subject, kind)
    )
    assert app.put_manifest(digest_of(body), body).status_code == 201
    return body


@pytest.fixture(scope="module")
def target() -> Iterator[LiveServer]:
    with LiveServer() as made:
        yield made


def aws(source: LiveServer) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": source.access_key_id,
        "AWS_SECRET_ACCESS_KEY": source.secret_access_key,
    }


def contents(server: LiveServer, name: str) -> set[str]:
    """The digests of all images of a repository, tagged or not, each pulled with its blobs."""
    pages = server.client("ecr").get_paginator("list_images").paginate(repositoryName=name)
    digests = {one["imageDigest"] for page in pages for one in page["imageIds"]}
    with httpx.Client(base_url=server.url, auth=server.auth()) as http:
        registry = Registry(http, name)
        for digest in digests:
            answer = registry.request("GET", f"manifests/{digest}")
            assert digest_of(answer.content) == digest
            document = answer.json()
            for blob in (*document.get("layers", ()), document.get("config", {})):
                if blob:
                    content = registry.request("GET", f"blobs/{blob['digest']}").content
                    assert digest_of(content) == blob["digest"]
    return digests


def test_everything_comes_over_and_once(source: LiveServer, target: LiveServer) -> None:
    """By ECR's API: every repository, tag, platform and referrer; the second time nothing."""
    options = ("--aws", "--into", "old", "--json")
    dry = run(target, source.url, *options, "--dry-run", **aws(source))
    assert (dry.returncode, set(outcomes(dry).values())) == (0, {"wanted"}), dry.stderr
    described = target.client("ecr").describe_repositories()["repositories"]
    assert not [one for one in described if one["repositoryName"].startswith("old/")]
    expected = {"old/team/app:v1", "old/team/app:v1-amd64", "old/team/app:v1-arm64"}
    expected |= {"old/team/tools:latest"}
    done = run(target, source.url, *options, **aws(source))
    assert (done.returncode, outcomes(done)) == (0, dict.fromkeys(expected, "copied")), done.stderr
    for name in ("team/app", "team/tools"):
        assert contents(target, f"old/{name}") == contents(source, name)
    again = run(target, source.url, *options, **aws(source))
    assert outcomes(again) == dict.fromkeys(expected, "present")
    told = run(target, source.url, "--aws", "--into", "old", **aws(source))
    assert told.stdout == "4 present\n"


def test_filters_and_a_named_repository(source: LiveServer, target: LiveServer) -> None:
    """Patterns choose repositories and tags; without referrers only what is tagged comes."""
    options = ("--into", "some", "--tag", "*-arm64", "--no-referrers", "--json")
    address = f"{source.url}/team/app"
    password = source.password()
    done = run(target, address, "--username", "AWS", "--password-stdin", *options, stdin=password)
    assert (done.returncode, outcomes(done)) == (0, {"some/team/app:v1-arm64": "copied"})
    assert len(contents(target, "some/team/app")) == 1
    done = run(
        target, source.url, "--aws", "--into", "tools", "--repository", "*/tools", "--json",
        **aws(source),
    )  # fmt: skip
    assert outcomes(done) == {"tools/team/tools:latest": "copied"}


def test_an_immutable_tag_stays(source: LiveServer, target: LiveServer) -> None:
    """It is told of, in a dry run too, and the rest comes."""
    ecr = target.client("ecr")
    ecr.create_repository(repositoryName="fixed/team/app", imageTagMutability="IMMUTABLE")
    with httpx.Client(base_url=target.url, auth=target.auth()) as http:
        mine = Registry(http, "fixed/team/app").push("v1", b"mine")
    options = ("--aws", "--into", "fixed", "--json")
    for more in ("--dry-run", "--referrers"):
        done = run(target, f"{source.url}/team/app", *options, more, **aws(source))
        assert (done.returncode, outcomes(done)["fixed/team/app:v1"]) == (3, "conflict")
    done = run(target, f"{source.url}/team/app", *options, "--tag", "*64", **aws(source))
    assert outcomes(done)["fixed/team/app:v1-amd64"] == "present"
    (kept,) = ecr.describe_images(repositoryName="fixed/team/app", imageIds=[{"imageTag": "v1"}])[
        "imageDetails"
    ]
    assert kept["imageDigest"] == digest_of(mine)


def test_a_registry_with_pages_and_faults(target: LiveServer) -> None:
    """Wrong bytes are never kept, and told of; what is right comes all the same."""
    with small_upstream() as upstream:
        upstream.push("one", "good", manifest_of(b"{}", b"good"), b"{}", b"good")
        upstream.push("one", "bad", manifest_of(b"{}", b"bad"), b"{}", b"bad")
        upstream.blobs[f"one/blobs/{digest_of(b'bad')}"] = b"something else"
        upstream.push("one", "lost", manifest_of(b"{}", b"lost"), b"{}")
        upstream.push("one", "odd", json.dumps({"mediaType": OCI_MANIFEST}).encode())
        with_listings(upstream, {"one": ["good", "bad", "lost", "odd"], "UPPER": ["x"]})
        done = run(target, upstream.url, "--json")
    found = outcomes(done)
    assert done.returncode == 3
    assert found == {
        "one:good": "copied",
        "one:bad": "failed",
        "one:lost": "failed",
        "one:odd": "failed",
        "UPPER:None": "failed",
    }
    details = {row["tag"]: row["detail"] for row in json.loads(done.stdout)}
    assert "has another digest" in details["bad"]
    assert "it has no blob" in details["lost"]
    assert "config is missing" in details["odd"]
    assert len(contents(target, "one")) == 1


def with_listings(upstream: SmallUpstream, repositories: dict[str, list[str]]) -> None:
    """Have it list, one entry a page, as registries page."""
    listings = {"_catalog": ("repositories", list(repositories))}
    for name, tags in repositories.items():
        listings[f"{name}/tags/list"] = ("tags", tags)

    def interfere(handler: Any, path: str) -> bool:
        plain, query = path.removeprefix("/v2/"), str(handler.path).partition("?")[2]
        if plain not in listings:
            return False
        key, entries = listings[plain]
        at = int(query.partition("at=")[2] or 0)
        headers = {}
        if at + 1 < len(entries):
            headers["link"] = f'</v2/{plain}?at={at + 1}>; rel="next"'
        body = json.dumps({key: entries[at : at + 1]}).encode()
        answer(handler, 200, body, content_type="application/json", **headers)
        return True

    upstream.interfere = interfere


@pytest.mark.parametrize(
    ("source_name", "options", "status", "message"),
    [
        ("ftp://host", (), 2, "names no registry"),
        ("host/UPPER", (), 2, "malformed"),
        ("http://127.0.0.1:1", (), 1, "it refuses the connection"),
        ("http://127.0.0.1:1", ("--aws",), 1, "http://127.0.0.1:1: "),
    ],
)
def test_what_cannot_be_imported_from(
    target: LiveServer, source_name: str, options: tuple[str, ...], status: int, message: str
) -> None:
    done = run(target, source_name, *options, AWS_EC2_METADATA_DISABLED="true")
    assert (done.returncode, done.stdout) == (status, "")
    assert message in done.stderr
