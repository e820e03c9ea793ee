"""Reading manifests: what is understood, what is refused, and that nothing else happens."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.pushing import OCI_INDEX, OCI_MANIFEST, digest_of, index_of, manifest_of

from portside.manifests.checks import Missing, check, required_blobs
from portside.manifests.descriptors import Descriptor, read_descriptor
from portside.manifests.documents import MalformedManifest, parse
from portside.manifests.platforms import find_platform
from portside.names.digests import Digest
from portside.names.errors import Refusal

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["schemaVersion", "mediaType", "config", "layers", "manifests", "subject", "digest"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)
TYPES = st.sampled_from(
    [
        OCI_MANIFEST,
        OCI_INDEX,
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.artifact.manifest.v1+json",
        "application/json",
        "",
        None,
    ]
)


@given(JSON, TYPES)
def test_any_json_is_read_or_refused(value: Any, media_type: str | None) -> None:
    try:
        manifest = parse(json.dumps(value).encode(), media_type)
    except Refusal:
        return
    for descriptor in (*manifest.blobs, *manifest.children):
        assert isinstance(descriptor.digest, Digest)


@given(st.binary(max_size=200), TYPES)
def test_any_bytes_are_read_or_refused(body: bytes, media_type: str | None) -> None:
    try:
        parse(body, media_type)
    except Refusal:
        return
    json.loads(body)


def test_all_that_is_wrong_is_told_at_once() -> None:
    body = manifest_of(b"{}", schemaVersion=1, layers=[{}, {"digest": "x"}, 3])
    with pytest.raises(MalformedManifest) as caught:
        parse(body, OCI_MANIFEST)
    text = " ".join(caught.value.violations)
    for place in ("schemaVersion", "layers[0].digest", "layers[1].size", "layers[2]"):
        assert place in text


def test_what_a_manifest_says() -> None:
    link = {"mediaType": OCI_MANIFEST, "digest": digest_of(b"s"), "size": 1}
    body = manifest_of(
        b"{}", b"one", subject=link, artifactType="a/b", annotations={"k": "v", "bad": 1}
    )
    manifest = parse(body, f"{OCI_MANIFEST}; charset=utf-8")
    assert manifest.media_type == OCI_MANIFEST
    assert [blob.digest.text for blob in manifest.blobs] == [digest_of(b"{}"), digest_of(b"one")]
    assert manifest.subject is not None
    assert manifest.subject.digest.text == digest_of(b"s")
    assert manifest.artifact_type == "a/b"
    assert manifest.annotations == {"k": "v"}


def test_sizes_and_media_types_of_descriptors() -> None:
    good = {"mediaType": "a/b", "digest": digest_of(b""), "size": 0}
    assert isinstance(read_descriptor(good, "x"), Descriptor)
    for change in (
        {"size": -1},
        {"size": True},
        {"size": 1.5},
        {"size": 2**63},
        {"mediaType": ""},
        {"digest": None},
    ):
        assert isinstance(read_descriptor(good | change, "x"), list)


def test_check_lists_everything_missing_once() -> None:
    manifest = parse(manifest_of(b"{}", b"one", b"one", b"two"), OCI_MANIFEST)
    held = {Digest.of(b"{}")}
    missing = check(manifest, held.__contains__, lambda _: False)
    assert missing == [Missing(Digest.of(b"one"), False), Missing(Digest.of(b"two"), False)]
    assert len(required_blobs(manifest)) == 3
    index = parse(index_of(b"child"), OCI_INDEX)
    assert check(index, lambda _: False, lambda _: False) == [Missing(Digest.of(b"child"), True)]
    assert check(index, lambda _: False, lambda _: True) == []
    assert check(index, lambda _: True, lambda _: False) == []


def test_platforms() -> None:
    def entry(system: str, architecture: str, content: bytes) -> dict[str, Any]:
        platform = {"os": system, "architecture": architecture}
        return {"digest": digest_of(content), "platform": platform}

    index = {"manifests": [entry("linux", "arm64", b"a"), entry("linux", "amd64", b"b"), {}]}
    found = find_platform(json.dumps(index).encode(), "linux", "amd64")
    assert found == Digest.of(b"b")
    assert find_platform(json.dumps(index).encode(), "windows", "amd64") is None
    assert find_platform(b'{"manifests": null}', "linux", "amd64") is None
