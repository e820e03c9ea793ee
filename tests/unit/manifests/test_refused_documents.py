"""Manifests that are refused: two kinds in one, schema 1, no type, and hostile bytes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.protocol.pushing import OCI_INDEX, OCI_MANIFEST, descriptor, index_of, manifest_of

from portside.manifests import documents
from portside.manifests.checks import Missing, check
from portside.manifests.descriptors import SIZE_MAX, Descriptor, read_descriptor
from portside.manifests.documents import (
    MalformedManifest,
    MediaTypeMissing,
    Schema1Refused,
    parse,
)
from portside.manifests.platforms import find_platform
from portside.names.digests import Digest
from portside.names.errors import Refusal
from portside.names.media_types import (
    DOCKER_FOREIGN_LAYER,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    DOCKER_SCHEMA1,
    DOCKER_SCHEMA1_SIGNED,
    OCI_ARTIFACT,
)

ENTRY = descriptor(b"x", OCI_MANIFEST)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
FIELDS = ("mediaType", "digest", "size", "urls", "artifactType", "annotations", "platform")


@given(ANY | st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, ANY)))
def test_any_value_is_a_descriptor_or_a_list_of_faults(value: Any) -> None:
    read = read_descriptor(value, "layers[7]")
    if isinstance(read, list):
        assert read
        assert all(fault.startswith("layers[7]") for fault in read)
    else:
        assert 0 <= read.size_bytes <= SIZE_MAX


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS[3:], ANY)))
def test_what_is_optional_in_a_descriptor_spoils_nothing(optional: dict[str, Any]) -> None:
    read = read_descriptor(ENTRY | optional, "config")
    assert isinstance(read, Descriptor)
    assert read.digest == Digest.of(b"x")
    assert all(isinstance(text, str) for text in (*read.urls, *read.annotations.values()))


@given(st.dictionaries(st.sampled_from([*FIELDS, "os", "architecture"]), ANY))
def test_platforms_are_found_in_whatever_was_accepted(platform: dict[str, Any]) -> None:
    other = descriptor(b"y", OCI_MANIFEST) | {"platform": platform}
    wanted = ENTRY | {"platform": {"os": "linux", "architecture": "amd64"}}
    body = json.dumps({"schemaVersion": 2, "manifests": [other, wanted]}).encode()
    parse(body, OCI_INDEX)
    assert find_platform(body, "linux", "amd64") == Digest.of(b"x")


@pytest.mark.parametrize("media_type", [OCI_MANIFEST, OCI_INDEX, OCI_ARTIFACT, "a/b", None])
@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('{"config":[', "]}"), ("[", "")]
)
def test_deep_nesting_is_refused(opening: str, closing: str, media_type: str | None) -> None:
    body = (opening * 100_000 + "1" + closing * 100_000).encode()
    with pytest.raises(MalformedManifest):
        parse(body, media_type)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"x"',
        b"1",
        b"\xff{}",
        "{}".encode("utf-16"),
        b"\xef\xbb\xbf{}",
        b"{} {}",
        b'{"size": ' + b"9" * 5000 + b"}",
        b"{}\x00",
    ],
)
def test_bytes_that_are_no_object(body: bytes) -> None:
    with pytest.raises(MalformedManifest) as caught:
        parse(body, OCI_MANIFEST)
    assert len(caught.value.violations) == 1


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("media_type", [OCI_INDEX, DOCKER_LIST])
@pytest.mark.parametrize("field", ["config", "layers"])
def test_an_index_with_a_manifests_fields(media_type: str, field: str, declared: bool) -> None:
    foreign = {"config": ENTRY, "layers": [ENTRY]}[field]
    body = index_of(b"x", **{field: foreign}, mediaType=media_type if declared else None)
    with pytest.raises(MalformedManifest) as caught:
        parse(body, media_type)
    assert caught.value.violations == [f"{field} does not belong in {media_type}"]


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("media_type", [OCI_MANIFEST, DOCKER_MANIFEST])
def test_a_manifest_with_an_indexs_fields(media_type: str, declared: bool) -> None:
    named = media_type if declared else None
    body = manifest_of(b"{}", manifests=[ENTRY], mediaType=named)
    with pytest.raises(MalformedManifest) as caught:
        parse(body, media_type)
    assert caught.value.violations == [f"manifests does not belong in {media_type}"]


@pytest.mark.parametrize(
    ("body", "media_type"), [(manifest_of(b"{}"), OCI_INDEX), (index_of(b"x"), OCI_MANIFEST)]
)
def test_two_media_types_for_one_document(body: bytes, media_type: str) -> None:
    with pytest.raises(MalformedManifest) as caught:
        parse(body, media_type)
    assert "Content-Type" in str(caught.value)


@pytest.mark.parametrize("signed", [DOCKER_SCHEMA1, DOCKER_SCHEMA1_SIGNED])
def test_schema_1_is_refused_by_its_type(signed: str) -> None:
    for body, media_type in (
        (b'{"schemaVersion": 1}', signed),
        (b'{"schemaVersion": 2}', f"{signed.upper()}; charset=utf-8"),
        (json.dumps({"schemaVersion": 1, "mediaType": signed}).encode(), None),
        (json.dumps({"mediaType": signed}).encode(), signed),
    ):
        with pytest.raises(Schema1Refused):
            parse(body, media_type)


@pytest.mark.parametrize("media_type", [None, "", " ", ";charset=utf-8"])
def test_a_document_without_a_type(media_type: str | None) -> None:
    with pytest.raises(Schema1Refused):
        parse(b'{"schemaVersion": 1, "fsLayers": []}', media_type)
    with pytest.raises(MediaTypeMissing):
        parse(manifest_of(b"{}", mediaType=None), media_type)
    assert parse(manifest_of(b"{}"), media_type).media_type == OCI_MANIFEST


@pytest.mark.parametrize("version", [1, 3, None, "2", True, [2]])
@pytest.mark.parametrize("media_type", [OCI_MANIFEST, DOCKER_MANIFEST])
def test_other_schema_versions(version: object, media_type: str) -> None:
    body = manifest_of(b"{}", schemaVersion=version, mediaType=media_type)
    with pytest.raises(MalformedManifest) as caught:
        parse(body, media_type)
    assert caught.value.violations == ["schemaVersion is not 2"]


def test_more_entries_than_any_client_makes() -> None:
    body = manifest_of(b"{}", layers=[0] * (documents.DESCRIPTORS_MAX + 1))
    with pytest.raises(MalformedManifest) as caught:
        parse(body, OCI_MANIFEST)
    assert len(caught.value.violations) == 1


def test_content_that_is_never_pushed_is_never_missing() -> None:
    foreign = [
        ENTRY | {"mediaType": DOCKER_FOREIGN_LAYER},
        ENTRY | {"urls": ["https://elsewhere.example/x"]},
        ENTRY | {"mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar"},
    ]
    manifest = parse(manifest_of(b"{}", layers=foreign, subject=ENTRY), OCI_MANIFEST)
    missing = check(manifest, lambda _: False, lambda _: False)
    assert missing == [Missing(Digest.of(b"{}"), False)]


CONTENT = st.sampled_from([b"a", b"b", b"c", b"d", b"e"])


@given(st.lists(CONTENT, max_size=8), CONTENT, st.frozensets(CONTENT))
def test_check_misses_nothing_and_says_it_once(
    layers: list[bytes], config: bytes, held: frozenset[bytes]
) -> None:
    manifest = parse(manifest_of(config, *layers), OCI_MANIFEST)
    digests = {Digest.of(content) for content in held}
    missing = check(manifest, digests.__contains__, lambda _: False)
    wanted = {Digest.of(content) for content in (config, *layers)} - digests
    assert {one.digest for one in missing} == wanted
    assert len(missing) == len(wanted)


@given(st.lists(CONTENT, max_size=8), st.frozensets(CONTENT), st.frozensets(CONTENT))
def test_children_may_be_images_or_blobs(
    children: list[bytes], blobs: frozenset[bytes], images: frozenset[bytes]
) -> None:
    index = parse(index_of(*children), OCI_INDEX)
    of_blobs, of_images = ({Digest.of(one) for one in held} for held in (blobs, images))
    missing = check(index, of_blobs.__contains__, of_images.__contains__)
    wanted = {Digest.of(one) for one in children} - of_blobs - of_images
    assert {one.digest for one in missing} == wanted
    assert all(one.is_image for one in missing)


@given(st.binary(max_size=40), st.integers(0, 400))
def test_damaged_manifests_are_read_or_refused(noise: bytes, place: int) -> None:
    body = manifest_of(b"{}", b"layer", subject=ENTRY)
    damaged = body[:place] + noise + body[place + len(noise) :]
    try:
        manifest = parse(damaged, OCI_MANIFEST)
    except Refusal:
        return
    assert manifest.config is not None
