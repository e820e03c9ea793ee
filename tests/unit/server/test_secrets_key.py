"""The key that seals secrets, where several nodes share a database."""

from contextlib import closing
from pathlib import Path

import pytest
from tests.stores.databases import open_database

from portside.server.secrets_key import open_keys
from portside.services.keys import SecretsKeyWrong
from portside.settings import resolve

KEY = "c2VjcmV0cyBvZiB0ZXN0cywgMzIgYnl0ZXMgbG9uZyE="


def test_a_node_without_the_key_makes_no_other(tmp_path: Path) -> None:
    """It says what to give, instead of a key that opens nothing."""
    first = resolve({"data": str(tmp_path)}, {}).settings
    second = resolve({"data": str(tmp_path / "second")}, {}).settings
    second.data.mkdir()
    with closing(open_database(tmp_path / "db")) as database:
        own = open_keys(first, database)
        with pytest.raises(SecretsKeyWrong, match="PORTSIDE_SECRETS_KEY"):
            open_keys(second, database)
        assert list(second.data.iterdir()) == []
        (second.data / "secrets.key").write_bytes((tmp_path / "secrets.key").read_bytes())
        assert open_keys(second, database).keys.token_key(own.seal) == own.keys.token_key(own.seal)


def test_nodes_that_are_given_one_key_have_the_same_keys(tmp_path: Path) -> None:
    made = []
    with closing(open_database(tmp_path / "db")) as database:
        for node in ("a", "b"):
            given = {"data": str(tmp_path / node)}
            settings = resolve(given, {"PORTSIDE_SECRETS_KEY": KEY}).settings
            opened = open_keys(settings, database)
            made.append((opened.keys.token_key(opened.seal), opened.keys.session_key(opened.seal)))
    assert made[0] == made[1]
