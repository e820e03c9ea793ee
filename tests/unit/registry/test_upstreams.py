"""Which upstream a repository is a copy of, and what it is called there."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.names.repositories import RepositoryName
from portside.registry.templates import ROOT
from portside.registry.upstreams import (
    Endpoint,
    InvalidRule,
    Rule,
    Upstream,
    UpstreamKind,
    UpstreamUnsupported,
    check_rule,
    identify,
    parse_endpoint,
    parse_endpoints,
    select,
    upstream_name,
)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MIRROR = Endpoint("https", "mirror.example.com", 443)
LOCAL = Endpoint("http", "127.0.0.1", 5000)


def rule(prefix: str, upstream_prefix: str = ROOT, kind: UpstreamKind | None = None) -> Rule:
    return Rule(
        prefix=prefix,
        url="quay.io",
        kind=kind,
        upstream_prefix=upstream_prefix,
        created_at=NOW,
        updated_at=NOW,
    )


@pytest.mark.parametrize(
    ("prefix", "upstream_prefix", "name", "expected"),
    [
        ("quay", ROOT, "quay/team/app", "team/app"),
        ("quay/", ROOT, "quay/team/app", "team/app"),
        ("docker-hub", ROOT, "docker-hub/library/alpine", "library/alpine"),
        ("mine", "theirs", "mine/app", "theirs/app"),
        ("mine", "theirs/team/", "mine/a/b", "theirs/team/a/b"),
        (ROOT, ROOT, "team/app", "team/app"),
        (ROOT, "theirs", "app", "theirs/app"),
        ("quay", ROOT, "quay/a", None),
    ],
)
def test_names_upstream(prefix: str, upstream_prefix: str, name: str, expected: str | None) -> None:
    assert upstream_name(rule(prefix, upstream_prefix), RepositoryName(name)) == expected


parts = st.lists(st.sampled_from(["ab", "cd", "ef"]), min_size=1, max_size=4).map("/".join)


@given(st.lists(parts, unique=True), st.booleans(), parts)
def test_the_longest_prefix_wins_and_its_name_comes_back(
    prefixes: list[str], root: bool, name: str
) -> None:
    rules = [rule(prefix) for prefix in prefixes] + ([rule(ROOT)] if root else [])
    chosen = select(rules, RepositoryName(name))
    covering = [prefix for prefix in prefixes if name.startswith(f"{prefix}/")]
    if chosen is None:
        assert not covering
        assert not root
        return
    assert chosen.prefix == max(covering, key=len, default=ROOT)
    behind = upstream_name(chosen, RepositoryName(name))
    assert name == (behind if chosen.prefix == ROOT else f"{chosen.prefix}/{behind}")


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("public.ecr.aws", UpstreamKind.ECR_PUBLIC),
        ("quay.io", UpstreamKind.QUAY),
        ("https://quay.io/", UpstreamKind.QUAY),
        ("registry.k8s.io", UpstreamKind.K8S),
        ("registry-1.docker.io", UpstreamKind.DOCKER_HUB),
        ("ghcr.io", UpstreamKind.GITHUB),
        ("registry.gitlab.com", UpstreamKind.GITLAB),
        ("cgr.dev", UpstreamKind.CHAINGUARD),
        ("mycompany.azurecr.io", UpstreamKind.AZURE),
        ("123456789012.dkr.ecr.eu-west-1.amazonaws.com", UpstreamKind.ECR),
    ],
)
def test_known_upstreams(url: str, kind: UpstreamKind) -> None:
    for named in (None, kind):
        found = identify(url, named, ())
        assert (found.kind, found.is_trusted, found.endpoint.scheme) == (kind, False, "https")


@pytest.mark.parametrize(
    "url",
    [
        "example.com",
        "http://quay.io",
        "quay.io:8443",
        "quay.io.example.com",
        "quay.io@evil.com",
        "quay.io/x",
        "mirror.example.com:444",
        "http://mirror.example.com",
        "127.0.0.1",
        "127.0.0.1:5001",
        "https://127.0.0.1:5000",
        "ftp://quay.io",
        "",
        "a:0",
        "a:99999",
    ],
)
def test_others_are_refused(url: str) -> None:
    with pytest.raises(UpstreamUnsupported):
        identify(url, None, (MIRROR, LOCAL))


def test_a_known_upstream_of_another_name_is_refused() -> None:
    with pytest.raises(UpstreamUnsupported):
        identify("quay.io", UpstreamKind.K8S, ())


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("mirror.example.com", MIRROR),
        ("https://mirror.example.com", MIRROR),
        ("MIRROR.example.com:443", MIRROR),
        ("127.0.0.1:5000", LOCAL),
        ("http://127.0.0.1:5000", LOCAL),
    ],
)
def test_what_the_operator_allows(url: str, endpoint: Endpoint) -> None:
    found = identify(url, UpstreamKind.DOCKER_HUB, (MIRROR, LOCAL))
    assert found == Upstream(endpoint, UpstreamKind.DOCKER_HUB, is_trusted=True)


def test_endpoints() -> None:
    assert parse_endpoints("http://a:1, [::1]:5000") == (
        Endpoint("http", "a", 1),
        Endpoint("https", "[::1]", 5000),
    )
    assert str(MIRROR) == "https://mirror.example.com"
    assert str(LOCAL) == "http://127.0.0.1:5000"
    with pytest.raises(ValueError, match="expected HOST"):
        parse_endpoints("a,,b")


@given(st.text(max_size=80))
def test_any_text_is_an_endpoint_or_none(text: str) -> None:
    try:
        _, endpoint = parse_endpoint(text)
    except ValueError:
        return
    assert parse_endpoint(str(endpoint))[1] == endpoint


def test_credentials_that_ecr_asks_for() -> None:
    hub = rule("hub", kind=UpstreamKind.DOCKER_HUB)
    endpoint = Endpoint("https", "registry-1.docker.io", 443)
    with pytest.raises(InvalidRule) as caught:
        check_rule(hub, Upstream(endpoint, UpstreamKind.DOCKER_HUB, is_trusted=False))
    assert caught.value.parameter == "credentialArn"
    check_rule(hub, Upstream(MIRROR, UpstreamKind.DOCKER_HUB, is_trusted=True))
    check_rule(rule("quay"), Upstream(endpoint, UpstreamKind.QUAY, is_trusted=False))
