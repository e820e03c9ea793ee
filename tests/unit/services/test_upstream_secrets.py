"""The names of upstream secrets, and for which upstreams access keys are credentials."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.stores.databases import open_database

from portside.access.sealing import Seal
from portside.metadata import upstreams
from portside.metadata.migrations import upgrade
from portside.names.accounts import AccountId, Region, RegistryId
from portside.registry.upstreams import (
    Endpoint,
    SecretForbidden,
    SecretNotFound,
    SecretUnreadable,
    Upstream,
    UpstreamKind,
)
from portside.services.upstreams.access_keys import has_access_key
from portside.services.upstreams.secrets import UpstreamSecrets, secret_arn
from portside.services.upstreams.sources import Credentials, Source

NOW = datetime(2026, 1, 1, tzinfo=UTC)
REGISTRY = RegistryId(AccountId("123456789012"), Region("eu-west-1"))
ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ecr-pullthroughcache/hub"
CREDENTIALS = Credentials("robot", "token")


@pytest.mark.parametrize("text", ["hub", "ecr-pullthroughcache/hub", ARN])
def test_names_and_arns(text: str) -> None:
    assert secret_arn(text, REGISTRY) == ARN


@pytest.mark.parametrize("text", ["", "a b", "arn:aws:s3:::x", ARN.replace("ecr-pull", "x"), "ü"])
def test_neither(text: str) -> None:
    with pytest.raises(ValueError, match="a name, or an ARN"):
        secret_arn(text, REGISTRY)


def test_a_sealed_secret_opens_only_where_it_was_put(tmp_path: Path) -> None:
    database = open_database(tmp_path / "db")
    upgrade(database)
    secrets = UpstreamSecrets(database, Seal(b"k" * 32), lambda: NOW)
    secrets.put(ARN, CREDENTIALS)
    other = ARN + "2"
    with database.write() as tx:
        assert secrets.get(tx, REGISTRY, ARN) == CREDENTIALS
        with pytest.raises(SecretNotFound):
            secrets.get(tx, REGISTRY, other)
        upstreams.put_secret(tx, other, upstreams.find_secret(tx, ARN) or "", NOW)
        with pytest.raises(SecretUnreadable):
            secrets.get(tx, REGISTRY, other)
        with pytest.raises(SecretForbidden):
            secrets.get(tx, REGISTRY, ARN.replace("123456789012", "999999999999"))
    stranger = UpstreamSecrets(database, Seal(b"x" * 32), lambda: NOW)
    with database.read() as tx, pytest.raises(SecretUnreadable):
        stranger.get(tx, REGISTRY, ARN)
    assert secrets.list() == [(ARN, NOW), (other, NOW)]
    assert [secrets.delete(ARN), secrets.delete(ARN)] == [True, False]
    database.close()


@pytest.mark.parametrize(
    ("kind", "username", "expected"),
    [
        (UpstreamKind.ECR, "AKIAIOSFODNN7EXAMPLE", True),
        (UpstreamKind.ECR, "AWS", False),
        (UpstreamKind.QUAY, "AKIAIOSFODNN7EXAMPLE", False),
        (None, "AKIAIOSFODNN7EXAMPLE", False),
    ],
)
def test_access_keys(kind: UpstreamKind | None, username: str, expected: bool) -> None:
    upstream = Upstream(Endpoint("https", "a.example.com", 443), kind, is_trusted=True)
    assert has_access_key(Source(upstream, "a/b", Credentials(username, "x"))) is expected
    assert not has_access_key(Source(upstream, "a/b", None))
    assert "x" not in repr(Credentials(username, "x"))
