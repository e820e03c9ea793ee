"""The tables of the `/v2/` face: paths, negotiation, pages; every refusal has its words."""

import importlib
import pkgutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

import portside
from portside.distribution.errors import ANSWERS, UNSAYABLE
from portside.distribution.negotiation import Verdict, choose
from portside.distribution.pages import InvalidPageSize, next_link, parse_page_size
from portside.distribution.paths import Address, Endpoint, parse_path
from portside.distribution.routes import REGISTRY_ROUTES, ROUTES
from portside.names.errors import Refusal
from portside.names.media_types import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST


def every_refusal(kind: type[Refusal] = Refusal) -> set[type[Refusal]]:
    found = set(kind.__subclasses__())
    return found.union(*(every_refusal(one) for one in found)) if found else found


def test_every_refusal_has_its_words_or_its_reason() -> None:
    for module in pkgutil.walk_packages(portside.__path__, "portside."):
        if ".migrations" not in module.name:
            importlib.import_module(module.name)
    refusals = {one for one in every_refusal() if one.__module__.startswith("portside.")}
    assert set(ANSWERS) | UNSAYABLE == refusals
    assert not set(ANSWERS) & UNSAYABLE


def test_every_route_declares_its_action() -> None:
    assert all(route.action.startswith("ecr:") for route in ROUTES)
    without = [route.endpoint for route in REGISTRY_ROUTES if route.action is None]
    assert set(without) == {Endpoint.BASE}
    rows = [(route.method, route.endpoint) for route in (*ROUTES, *REGISTRY_ROUTES)]
    assert len(rows) == len(set(rows))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2/", Address(Endpoint.BASE)),
        ("/v2", Address(Endpoint.BASE)),
        ("/v2/_catalog", Address(Endpoint.CATALOG)),
        ("/v2/a/b/tags/list", Address(Endpoint.TAGS, "a/b")),
        ("/v2/a/manifests/x", Address(Endpoint.MANIFEST, "a", "x")),
        ("/v2/a/blobs/sha256:1", Address(Endpoint.BLOB, "a", "sha256:1")),
        ("/v2/a/blobs/uploads/", Address(Endpoint.UPLOADS, "a")),
        ("/v2/a/blobs/uploads", Address(Endpoint.UPLOADS, "a")),
        ("/v2/a/blobs/uploads/id", Address(Endpoint.UPLOAD, "a", "id")),
        ("/v2/a/referrers/sha256:1", Address(Endpoint.REFERRERS, "a", "sha256:1")),
        ("/v2/manifests/manifests/x", Address(Endpoint.MANIFEST, "manifests", "x")),
        ("/v2/a/tags/list/manifests/x", Address(Endpoint.MANIFEST, "a/tags/list", "x")),
        ("/v2/a/blobs/uploads/manifests/x", Address(Endpoint.MANIFEST, "a/blobs/uploads", "x")),
        ("/v2/a/manifests/blobs/sha256:1", Address(Endpoint.BLOB, "a/manifests", "sha256:1")),
        ("/v2/a", None),
        ("/v2/a/tags", None),
        ("/v2/a/x/y", None),
    ],
)
def test_paths(path: str, expected: Address | None) -> None:
    assert parse_path(path) == expected


@given(st.text(max_size=60))
def test_any_path_is_read(path: str) -> None:
    parse_path(f"/v2/{path}")


@pytest.mark.parametrize(
    ("accept", "media_type", "verdict"),
    [
        ([], OCI_MANIFEST, Verdict.SERVE),
        (["*/*"], OCI_INDEX, Verdict.SERVE),
        (["application/json"], DOCKER_MANIFEST, Verdict.SERVE),
        ([OCI_INDEX, OCI_MANIFEST], OCI_MANIFEST, Verdict.SERVE),
        ([f"{DOCKER_MANIFEST};q=0.5, {OCI_MANIFEST}"], DOCKER_MANIFEST, Verdict.SERVE),
        ([DOCKER_MANIFEST], DOCKER_LIST, Verdict.CHILD),
        ([OCI_MANIFEST], OCI_INDEX, Verdict.CHILD),
        ([DOCKER_MANIFEST], OCI_MANIFEST, Verdict.REFUSE),
        ([OCI_INDEX], DOCKER_LIST, Verdict.REFUSE),
    ],
)
def test_negotiation(accept: list[str], media_type: str, verdict: Verdict) -> None:
    assert choose(accept, media_type) is verdict


def test_page_sizes() -> None:
    assert parse_page_size(None) is None
    assert parse_page_size("") is None
    assert parse_page_size("0") == 0
    assert parse_page_size("9" * 1_000_000) == 10**9
    for bad in ("-1", "x", "1.0", " 1", "²"):
        with pytest.raises(InvalidPageSize):
            parse_page_size(bad)


def test_links_are_escaped() -> None:
    link = next_link("/v2/a/tags/list", {"last": 'x"> ', "n": "1"})["link"]
    assert link == '</v2/a/tags/list?last=x%22%3E+&n=1>; rel="next"'
