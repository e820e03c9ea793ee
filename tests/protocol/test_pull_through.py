"""Pull through cache: real pulls through upstream registries on loopback, and their failures."""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.conformance.certificates import make_tls_files
from tests.live import LiveServer, free_port
from tests.protocol.pushing import (
    OCI_MANIFEST,
    Registry,
    descriptor,
    digest_of,
    error_codes,
    index_of,
    manifest_of,
)
from tests.protocol.small_upstream import SmallUpstream, answer, drip, small_upstream
from tests.protocol.upstream_secrets import store_secret
from tests.stores.looking import rows

CONFIG, LAYER = b"{}", b"a layer that is copied"
IMAGE = manifest_of(CONFIG, LAYER)
# Long enough for a few requests of a busy machine, as some tests ask again within it.
REFRESH_SECONDS = 4


@pytest.fixture(scope="module")
def upstream() -> Iterator[SmallUpstream]:
    with small_upstream() as made:
        yield made


@pytest.fixture(scope="module")
def live(upstream: SmallUpstream) -> Iterator[LiveServer]:
    """A server that may pull from the small upstream, and from a port that nobody listens on."""
    flags = (
        "--upstream-hosts",
        f"{upstream.url},http://127.0.0.1:{free_port()}",
        "--upstream-refresh-seconds",
        str(REFRESH_SECONDS),
        "--upstream-timeout-seconds",
        "2",
    )
    with LiveServer(*flags) as made:
        yield made


@pytest.fixture(scope="module")
def client(live: LiveServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=live.url, auth=live.auth(), timeout=60) as made:
        yield made


@pytest.fixture
def ruled(
    live: LiveServer, client: httpx.Client, upstream: SmallUpstream
) -> Iterator[Callable[[str], Registry]]:
    """Makes a repository's client under a rule of its own; the upstream is as it was made."""
    upstream.credentials = None
    upstream.interfere = lambda _handler, _path: False
    prefix = f"c{uuid4().hex[:16]}"
    live.client("ecr").create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl=upstream.host
    )
    yield lambda name: Registry(client, f"{prefix}/{name}")
    live.client("ecr").delete_pull_through_cache_rule(ecrRepositoryPrefix=prefix)


def name_of() -> str:
    return f"team/{uuid4().hex}"


def repositories(live: LiveServer, name: str) -> list[dict[str, Any]]:
    try:
        found = live.client("ecr").describe_repositories(repositoryNames=[name])
    except ClientError:
        return []
    return list(found["repositories"])


def events(live: LiveServer, kind: str, name: str) -> list[dict[str, Any]]:
    query = "SELECT CAST(document AS VARCHAR) FROM events WHERE kind = :kind ORDER BY id"
    documents = [json.loads(row[0]) for row in rows(live, query, kind=kind)]
    return [one for one in documents if one["repository"] == name]


def test_an_image_is_copied_when_it_is_pulled(
    live: LiveServer, upstream: SmallUpstream, ruled: Callable[[str], Registry]
) -> None:
    name = name_of()
    upstream.push(name, "v1", IMAGE, CONFIG, LAYER)
    repo = ruled(name)
    pulled = repo.request("GET", "manifests/v1")
    assert (pulled.status_code, pulled.content) == (200, IMAGE)
    assert pulled.headers["docker-content-digest"] == digest_of(IMAGE)
    assert pulled.headers["content-type"] == OCI_MANIFEST
    assert len(repositories(live, repo.name)) == 1
    # The layers have not come yet, and nobody is told of a push that is not whole.
    assert upstream.count("GET", f"{name}/blobs/") == 0
    assert events(live, "ImagePushed", repo.name) == []
    looked = repo.request("HEAD", f"blobs/{digest_of(LAYER)}")
    assert (looked.status_code, looked.headers["content-length"]) == (200, str(len(LAYER)))
    for blob in (CONFIG, LAYER):
        assert repo.request("GET", f"blobs/{digest_of(blob)}").content == blob
    part = repo.request("GET", f"blobs/{digest_of(LAYER)}", headers={"range": "bytes=2-6"})
    assert (part.status_code, part.content) == (206, LAYER[2:7])
    assert upstream.count("GET", f"{name}/blobs/") == 2
    assert upstream.count("GET", f"{name}/manifests/") == 1
    (action,) = events(live, "PullThroughCacheAction", repo.name)
    assert (action["tag"], action["digest"], action["failure"]) == ("v1", digest_of(IMAGE), None)
    (pushed,) = events(live, "ImagePushed", repo.name)
    assert (pushed["digest"], pushed["tags"]) == (digest_of(IMAGE), ["v1"])
    (shown,) = live.client("ecr").describe_images(repositoryName=repo.name)["imageDetails"]
    assert shown["imageSizeInBytes"] == len(IMAGE) + len(CONFIG) + len(LAYER)


def test_what_is_cached_is_served_while_the_upstream_is_down(
    live: LiveServer, upstream: SmallUpstream, ruled: Callable[[str], Registry]
) -> None:
    name = name_of()
    upstream.push(name, "v1", IMAGE, CONFIG, LAYER)
    repo = ruled(name)
    assert repo.request("GET", "manifests/v1").status_code == 200
    upstream.interfere = broken
    time.sleep(REFRESH_SECONDS + 0.1)
    asked = len(upstream.asked)
    for _ in range(3):
        assert repo.request("GET", "manifests/v1").content == IMAGE
    # One of the three has asked; the others leave it alone for a while.
    assert asked < len(upstream.asked) <= asked + 2
    told = events(live, "PullThroughCacheAction", repo.name)
    assert [one["failure"] for one in told] == [None, "it answered 500"]
    missing = repo.request("GET", "manifests/v2")
    assert (missing.status_code, error_codes(missing)) == (503, ["UNAVAILABLE"])
    blob = repo.request("GET", f"blobs/{digest_of(LAYER)}")
    assert (blob.status_code, error_codes(blob)) == (503, ["UNAVAILABLE"])


def test_a_tag_that_moved_upstream_moves_after_a_while(
    upstream: SmallUpstream, ruled: Callable[[str], Registry]
) -> None:
    name = name_of()
    upstream.push(name, "v1", IMAGE)
    repo = ruled(name)
    assert repo.request("GET", "manifests/v1").content == IMAGE
    newer = manifest_of(CONFIG, LAYER, annotations={"newer": "yes"})
    upstream.push(name, "v1", newer)
    assert repo.request("GET", "manifests/v1").content == IMAGE
    time.sleep(REFRESH_SECONDS + 0.1)
    assert repo.request("GET", "manifests/v1").content == newer
    assert repo.request("GET", f"manifests/{digest_of(IMAGE)}").content == IMAGE
    time.sleep(REFRESH_SECONDS + 0.1)
    before = upstream.count("GET", f"{name}/manifests/")
    assert repo.request("GET", "manifests/v1").content == newer
    # It has not moved again: to look costs no manifest.
    assert upstream.count("GET", f"{name}/manifests/") == before


def test_what_the_upstream_has_not(
    live: LiveServer, upstream: SmallUpstream, ruled: Callable[[str], Registry]
) -> None:
    repo = ruled(name_of())
    absent = repo.request("GET", "manifests/v1")
    assert (absent.status_code, error_codes(absent)) == (404, ["MANIFEST_UNKNOWN"])
    assert repositories(live, repo.name) == []
    name = name_of()
    upstream.push(name, "v1", IMAGE, LAYER)
    repo = ruled(name)
    assert repo.request("GET", "manifests/v1").status_code == 200
    before = len(upstream.asked)
    # No image here names it, so nobody is asked for it.
    assert error_codes(repo.request("GET", f"blobs/{digest_of(b'else')}")) == ["BLOB_UNKNOWN"]
    assert len(upstream.asked) == before
    assert error_codes(repo.request("GET", f"blobs/{digest_of(CONFIG)}")) == ["BLOB_UNKNOWN"]


def test_an_index_brings_its_children_one_by_one(
    live: LiveServer, upstream: SmallUpstream, ruled: Callable[[str], Registry]
) -> None:
    name = name_of()
    children = [manifest_of(CONFIG, LAYER, annotations={"n": str(n)}) for n in range(2)]
    index = index_of(*children)
    upstream.push(name, "multi", index)
    for child in children:
        upstream.push(name, digest_of(child), child, CONFIG, LAYER)
    repo = ruled(name)
    assert repo.request("GET", "manifests/multi").content == index
    assert upstream.count("GET", f"{name}/manifests/") == 1
    assert repo.request("GET", f"manifests/{digest_of(children[1])}").content == children[1]
    assert upstream.count("GET", f"{name}/manifests/") == 2
    details = live.client("ecr").describe_images(repositoryName=repo.name)["imageDetails"]
    sizes = {one["imageDigest"]: one["imageSizeInBytes"] for one in details}
    assert sizes[digest_of(index)] == sizes[digest_of(children[1])] > len(LAYER)


def test_many_pullers_of_one_image_ask_once(
    upstream: SmallUpstream, ruled: Callable[[str], Registry]
) -> None:
    name = name_of()
    layer = b"large " * 400_000
    body = manifest_of(CONFIG, layer)
    upstream.push(name, "v1", body, CONFIG, layer)
    repo = ruled(name)

    def slowly(_handler: Any, path: str) -> bool:
        time.sleep(0.5 if name in path else 0)
        return False

    upstream.interfere = slowly

    def pull(_: int) -> tuple[bytes, bytes]:
        manifest = repo.request("GET", "manifests/v1").content
        return manifest, repo.request("GET", f"blobs/{digest_of(layer)}").content

    with ThreadPoolExecutor(8) as pool:
        pulled = list(pool.map(pull, range(8)))
    assert pulled == [(body, layer)] * 8
    # At most one for each worker process.
    assert upstream.count("GET", f"{name}/manifests/") <= 4
    assert upstream.count("GET", f"{name}/blobs/") <= 4


def test_a_template_says_how_the_repository_is_made(
    live: LiveServer, upstream: SmallUpstream, ruled: Callable[[str], Registry]
) -> None:
    name = name_of()
    upstream.push(name, "v1", IMAGE)
    repo = ruled(name)
    prefix = repo.name.partition("/")[0]
    ecr = live.client("ecr")
    ecr.create_repository_creation_template(
        prefix=prefix, appliedFor=["PULL_THROUGH_CACHE"], imageTagMutability="IMMUTABLE"
    )
    assert repo.request("GET", "manifests/v1").status_code == 200
    (shown,) = repositories(live, repo.name)
    assert shown["imageTagMutability"] == "IMMUTABLE"
    # A tag that may not move names what it named first, whatever the upstream says.
    upstream.push(name, "v1", manifest_of(CONFIG, LAYER, annotations={"newer": "yes"}))
    time.sleep(REFRESH_SECONDS + 0.1)
    assert repo.request("GET", "manifests/v1").content == IMAGE


def test_bearer_tokens_for_stored_credentials(
    live: LiveServer, client: httpx.Client, upstream: SmallUpstream
) -> None:
    upstream.credentials = ("robot", "secret of the robot")
    upstream.interfere = lambda _handler, _path: False
    ecr = live.client("ecr")
    right = store_secret(live, "right", *upstream.credentials)
    wrong = store_secret(live, "wrong", "robot", "not this")
    name = name_of()
    upstream.push(name, "v1", IMAGE, CONFIG, LAYER)
    for arn, status in ((right, 200), (wrong, 403), (None, 403)):
        prefix = f"b{uuid4().hex[:16]}"
        more = {"credentialArn": arn} if arn else {}
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix=prefix, upstreamRegistryUrl=upstream.host, **more
        )
        repo = Registry(client, f"{prefix}/{name}")
        assert repo.request("GET", "manifests/v1").status_code == status
        validated = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
        assert validated["isValid"] is (status == 200)
        if status == 200:
            assert repo.request("GET", f"blobs/{digest_of(LAYER)}").content == LAYER
        else:
            assert repositories(live, repo.name) == []
    tokens = [one for one in upstream.asked if one.startswith("GET /token")]
    assert any(f"scope=repository%3A{name.replace('/', '%2F')}%3Apull" in one for one in tokens)


def broken(handler: Any, _path: str) -> bool:
    answer(handler, 500)
    return True


def wrong_content(handler: Any, path: str) -> bool:
    if "/manifests/" in path:
        answer(handler, 200, IMAGE + b" ", docker_content_digest=digest_of(IMAGE))
        return True
    return False


def no_manifest(handler: Any, path: str) -> bool:
    if "/manifests/" in path:
        answer(handler, 200, b"<html>not here</html>", content_type="text/html")
        return True
    return False


def giant(handler: Any, path: str) -> bool:
    if "/manifests/" in path:
        answer(handler, 200, b" " * (5 * 1024 * 1024), content_type=OCI_MANIFEST)
        return True
    return False


def short(handler: Any, path: str) -> bool:
    if "/manifests/" in path:
        answer(handler, 200, IMAGE[:20], content_length=str(len(IMAGE)))
        handler.close_connection = True
        return True
    return False


def silent(_handler: Any, path: str) -> bool:
    if "/manifests/" in path:
        time.sleep(4)
        return True
    return False


def round_and_round(handler: Any, path: str) -> bool:
    answer(handler, 307, location=path)
    return True


def to_metadata_service(handler: Any, path: str) -> bool:
    answer(handler, 307, location=f"http://169.254.169.254{path}")
    return True


def to_another_port(handler: Any, path: str) -> bool:
    answer(handler, 302, location=f"http://127.0.0.1:22{path}")
    return True


def to_a_file(handler: Any, _path: str) -> bool:
    answer(handler, 302, location="file:///etc/passwd")
    return True


def realm_inside(handler: Any, _path: str) -> bool:
    answer(handler, 401, www_authenticate='Bearer realm="http://10.1.2.3/token"')
    return True


@pytest.mark.parametrize(
    ("interfere", "reason"),
    [
        (wrong_content, "has another digest"),
        (no_manifest, "what is no manifest"),
        (giant, "more than 4194304 bytes"),
        (short, "it ends early"),
        (silent, "it takes too long"),
        (round_and_round, "redirects too often"),
        (to_metadata_service, "not reached over TLS"),
        (to_another_port, "not reached over TLS"),
        (to_a_file, "no web address"),
        (realm_inside, "not reached over TLS"),
    ],
)
def test_upstreams_that_misbehave(
    live: LiveServer,
    upstream: SmallUpstream,
    ruled: Callable[[str], Registry],
    interfere: Callable[[Any, str], bool],
    reason: str,
) -> None:
    name = name_of()
    upstream.push(name, "v1", IMAGE)
    repo = ruled(name)
    upstream.interfere = interfere
    refused = repo.request("GET", "manifests/v1")
    assert (refused.status_code, error_codes(refused)) == (503, ["UNAVAILABLE"])
    assert reason in refused.json()["errors"][0]["message"]
    assert repositories(live, repo.name) == []
    with pytest.raises(ClientError) as caught:
        live.client("ecr").batch_get_image(repositoryName=repo.name, imageIds=[{"imageTag": "v1"}])
    assert caught.value.response["Error"]["Code"] == "UnableToGetUpstreamImageException"


def test_a_blob_with_another_digest_is_not_kept(
    live: LiveServer, upstream: SmallUpstream, ruled: Callable[[str], Registry]
) -> None:
    name = name_of()
    upstream.push(name, "v1", IMAGE, CONFIG, LAYER)
    repo = ruled(name)
    repo.request("GET", "manifests/v1")
    path = f"{name}/blobs/{digest_of(LAYER)}"
    upstream.blobs[path] = LAYER.upper()
    wrong = repo.request("GET", f"blobs/{digest_of(LAYER)}")
    assert (wrong.status_code, error_codes(wrong)) == (503, ["UNAVAILABLE"])
    with pytest.raises(ClientError) as caught:
        live.client("ecr").get_download_url_for_layer(
            repositoryName=repo.name, layerDigest=digest_of(LAYER)
        )
    assert caught.value.response["Error"]["Code"] == "UnableToGetUpstreamLayerException"
    assert not list((live.data / "blobs" / "uploads").iterdir())
    upstream.blobs[path] = LAYER
    assert repo.request("GET", f"blobs/{digest_of(LAYER)}").content == LAYER


def test_a_slow_upstream_holds_up_nobody_else(
    live: LiveServer, upstream: SmallUpstream, ruled: Callable[[str], Registry]
) -> None:
    ecr = live.client("ecr")
    ordinary = f"ordinary/{uuid4().hex}"
    ecr.create_repository(repositoryName=ordinary)
    name = name_of()
    repo = ruled(name)
    body = Registry(repo.http, ordinary).push("v1", b"ours")

    def dripping(handler: Any, path: str) -> bool:
        if name in path:
            drip(handler, b"x" * 12, 0.5)
            return True
        return False

    upstream.interfere = dripping
    with ThreadPoolExecutor(40) as pool:
        slow = [pool.submit(repo.request, "GET", f"manifests/v{n}") for n in range(30)]
        time.sleep(0.5)
        begun = time.monotonic()
        for _ in range(10):
            assert Registry(repo.http, ordinary).request("GET", "manifests/v1").content == body
            Registry(repo.http, ordinary).put_blob(uuid4().bytes)
        assert time.monotonic() - begun < 4
        assert {one.result().status_code for one in slow} == {503}


def test_through_the_api(
    live: LiveServer, upstream: SmallUpstream, ruled: Callable[[str], Registry]
) -> None:
    name = name_of()
    upstream.push(name, "v1", IMAGE, CONFIG, LAYER)
    repo = ruled(name)
    ecr = live.client("ecr")
    got = ecr.batch_get_image(
        repositoryName=repo.name, imageIds=[{"imageTag": "v1"}, {"imageTag": "none"}]
    )
    assert [image["imageManifest"].encode() for image in got["images"]] == [IMAGE]
    assert [one["failureCode"] for one in got["failures"]] == ["ImageNotFound"]
    url = ecr.get_download_url_for_layer(repositoryName=repo.name, layerDigest=digest_of(LAYER))[
        "downloadUrl"
    ]
    assert httpx.get(url).content == LAYER


def test_referrers_come_along(
    live: LiveServer, upstream: SmallUpstream, ruled: Callable[[str], Registry]
) -> None:
    name = name_of()
    upstream.push(name, "v1", IMAGE, CONFIG, LAYER)
    signature = manifest_of(
        b"{}", b"signature", subject=descriptor(IMAGE, OCI_MANIFEST), artifactType="a/signature"
    )
    digest = upstream.push(name, "unused", signature, b"signature")
    listed = {"manifests": [descriptor(signature, OCI_MANIFEST), {"digest": "nonsense"}, 7]}
    upstream.manifests[f"{name}/referrers/{digest_of(IMAGE)}"] = json.dumps(listed).encode()
    repo = ruled(name)
    repo.request("GET", "manifests/v1")
    found = repo.request("GET", f"referrers/{digest_of(IMAGE)}").json()["manifests"]
    assert [one["digest"] for one in found] == [digest]
    subject = {"subjectId": {"imageDigest": digest_of(IMAGE)}}
    ecr = live.client("ecr")
    shown = ecr.list_image_referrers(repositoryName=repo.name, **subject)["referrers"]
    assert [one["digest"] for one in shown] == [digest]
    another = manifest_of(CONFIG, annotations={"another": "image"})
    upstream.push(name, "v2", another)
    repo.request("GET", "manifests/v2")
    upstream.interfere = broken
    time.sleep(REFRESH_SECONDS + 0.1)
    again = repo.request("GET", f"referrers/{digest_of(IMAGE)}").json()["manifests"]
    assert [one["digest"] for one in again] == [digest]
    asked = len(upstream.asked)
    absent = {"subjectId": {"imageDigest": digest_of(b"not here")}}
    assert ecr.list_image_referrers(repositoryName=repo.name, **absent)["referrers"] == []
    assert len(upstream.asked) == asked
    other = {"subjectId": {"imageDigest": digest_of(another)}}
    with pytest.raises(ClientError) as caught:
        ecr.list_image_referrers(repositoryName=repo.name, **other)
    code = caught.value.response["Error"]["Code"]
    assert code == "UnableToListUpstreamImageReferrersException"


def test_referrers_by_their_tag(upstream: SmallUpstream, ruled: Callable[[str], Registry]) -> None:
    name = name_of()
    upstream.push(name, "v1", IMAGE)
    signature = manifest_of(b"{}", b"sig", subject=descriptor(IMAGE, OCI_MANIFEST))
    digest = upstream.push(name, "unused", signature)
    upstream.push(name, digest_of(IMAGE).replace(":", "-"), index_of(signature))
    repo = ruled(name)
    repo.request("GET", "manifests/v1")
    found = repo.request("GET", f"referrers/{digest_of(IMAGE)}").json()["manifests"]
    assert [one["digest"] for one in found] == [digest]


def test_what_is_here_stays_when_the_rule_goes(
    live: LiveServer, upstream: SmallUpstream, ruled: Callable[[str], Registry]
) -> None:
    name = name_of()
    upstream.push(name, "v1", IMAGE)
    repo = ruled(name)
    repo.request("GET", "manifests/v1")
    prefix = repo.name.partition("/")[0]
    ecr = live.client("ecr")
    ecr.delete_pull_through_cache_rule(ecrRepositoryPrefix=prefix)
    time.sleep(REFRESH_SECONDS + 0.1)
    before = len(upstream.asked)
    assert repo.request("GET", "manifests/v1").content == IMAGE
    assert error_codes(repo.request("GET", "manifests/v2")) == ["MANIFEST_UNKNOWN"]
    assert len(upstream.asked) == before
    ecr.create_pull_through_cache_rule(
        ecrRepositoryPrefix=prefix, upstreamRegistryUrl=upstream.host
    )


def test_credentials_do_not_follow_a_redirect(
    live: LiveServer, client: httpx.Client, upstream: SmallUpstream
) -> None:
    with small_upstream() as other:
        flags = ("--upstream-hosts", f"{upstream.url},{other.url}")
        with (
            LiveServer(*flags) as server,
            httpx.Client(base_url=server.url, auth=server.auth()) as http,
        ):
            del live, client
            upstream.credentials = ("robot", "secret")
            name = name_of()
            upstream.push(name, "v1", IMAGE)
            other.blobs[f"{name}/blobs/{digest_of(LAYER)}"] = LAYER

            def elsewhere(handler: Any, path: str) -> bool:
                if "/blobs/" in path:
                    answer(handler, 307, location=f"{other.url}{path}")
                    return True
                return False

            upstream.interfere = elsewhere
            arn = store_secret(server, "robot", "robot", "secret")
            server.client("ecr").create_pull_through_cache_rule(
                ecrRepositoryPrefix="moved", upstreamRegistryUrl=upstream.host, credentialArn=arn
            )
            repo = Registry(http, f"moved/{name}")
            assert repo.request("GET", "manifests/v1").content == IMAGE
            assert repo.request("GET", f"blobs/{digest_of(LAYER)}").content == LAYER
            assert other.authorizations == [""]
    upstream.credentials = None


def test_another_portside_as_upstream() -> None:
    with LiveServer() as source, httpx.Client(base_url=source.url, auth=source.auth()) as http:
        source.client("ecr").create_repository(repositoryName="team/app")
        body = Registry(http, "team/app").push("v1", LAYER)
        with (
            LiveServer("--upstream-hosts", source.url) as live,
            httpx.Client(base_url=live.url, auth=live.auth()) as client,
        ):
            arn = store_secret(live, "source", *source.auth())
            live.client("ecr").create_pull_through_cache_rule(
                ecrRepositoryPrefix="mine",
                upstreamRegistryUrl=source.host,
                credentialArn=arn,
                upstreamRepositoryPrefix="team",
            )
            repo = Registry(client, "mine/app")
            assert repo.request("GET", "manifests/v1").content == body
            assert repo.request("GET", f"blobs/{digest_of(LAYER)}").content == LAYER
            source.stop()
            live.stop()
            live.start()
            again = httpx.get(f"{live.url}/v2/mine/app/manifests/v1", auth=live.auth())
            assert again.content == body


def test_an_access_key_of_another_portside_is_enough(tmp_path: Path) -> None:
    """Tokens last for twelve hours; an access key for as long as it is there. Over TLS, too."""
    tls = make_tls_files(tmp_path)
    with LiveServer(tls=tls) as source:
        ecr = source.client("ecr")
        ecr.create_repository(repositoryName="team/app")
        with httpx.Client(
            base_url=source.url,
            auth=source.auth(),
            verify=ssl.create_default_context(cafile=tls.authority),
        ) as http:
            body = Registry(http, "team/app").push("v1", LAYER)
        flags = ("--upstream-hosts", source.url, "--upstream-ca-file", str(tls.authority))
        with (
            LiveServer(*flags) as live,
            httpx.Client(base_url=live.url, auth=live.auth()) as client,
        ):
            right = store_secret(live, "key", source.access_key_id, source.secret_access_key)
            wrong = store_secret(live, "no-key", source.access_key_id, "another secret")
            for prefix, arn, status in (("right", right, 200), ("wrong", wrong, 403)):
                live.client("ecr").create_pull_through_cache_rule(
                    ecrRepositoryPrefix=prefix,
                    upstreamRegistryUrl=source.host,
                    upstreamRegistry="ecr",
                    credentialArn=arn,
                )
                repo = Registry(client, f"{prefix}/team/app")
                pulled = repo.request("GET", "manifests/v1")
                assert pulled.status_code == status
            repo = Registry(client, "right/team/app")
            assert repo.request("GET", "manifests/v1").content == body
            assert repo.request("GET", f"blobs/{digest_of(LAYER)}").content == LAYER


def test_a_certificate_of_an_unknown_authority(tmp_path: Path) -> None:
    source = LiveServer(tls=make_tls_files(tmp_path))
    with source, LiveServer("--upstream-hosts", source.url) as live:
        ecr = live.client("ecr")
        ecr.create_pull_through_cache_rule(
            ecrRepositoryPrefix="mine", upstreamRegistryUrl=source.host
        )
        said = ecr.validate_pull_through_cache_rule(ecrRepositoryPrefix="mine")
        assert (said["isValid"], "certificate" in said["failure"]) == (False, True)
