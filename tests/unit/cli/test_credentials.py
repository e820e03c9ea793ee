"""`portside credentials`: new root keys, and a new key under the secrets."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from portside import server
from portside.cli.main import app
from portside.server.secrets_key import find_successor, open_keys
from portside.settings import Settings, resolve

SHOWN = re.compile(r"AWS_ACCESS_KEY_ID=(AKIA\S{16})\n  export AWS_SECRET_ACCESS_KEY=(\S{40})\n")


@pytest.fixture(autouse=True)
def _clean_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _run(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, ["credentials", *arguments, "--data", "data"], env=env)


def _settings() -> Settings:
    return resolve({"data": "data"}, {}).settings


def _keys() -> dict[str, int]:
    with closing(sqlite3.connect("data/portside.sqlite3")) as database:
        return dict(database.execute("SELECT id, active FROM access_keys"))


@pytest.mark.parametrize("delete", [False, True])
def test_rotate_root(*, delete: bool) -> None:
    """The new secret is shown once; the old key signs no more, or is gone."""
    first = server.prepare(_settings())
    assert first is not None
    result = _run("rotate-root", *(["--delete-old"] if delete else []))
    assert result.exit_code == 0
    shown = SHOWN.search(result.stdout)
    assert shown is not None
    kept = {shown[1]: 1} if delete else {shown[1]: 1, first.access_key_id: 0}
    assert _keys() == kept
    assert shown[2].encode() not in Path("data/portside.sqlite3").read_bytes()
    assert server.prepare(_settings()) is None
    assert _keys() == kept


def test_rotate_root_where_it_would_not_last() -> None:
    preset = {
        "PORTSIDE_ROOT_ACCESS_KEY_ID": "AKIAEXAMPLE123456",
        "PORTSIDE_ROOT_SECRET_ACCESS_KEY": "a-secret-of-many-characters",
    }
    server.prepare(_settings())
    result = _run("rotate-root", env=preset)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "root_access_key_id" in result.stderr


def test_rotate_root_of_nobody() -> None:
    result = _run("rotate-root")
    assert (result.exit_code, result.stdout) == (1, "")
    assert not Path("data").exists()
    server.prepare(_settings())
    result = _run("rotate-root", "--account", "999999999999")
    assert "there is no account 999999999999" in result.stderr


def test_rotate_secrets_key() -> None:
    """The new key opens the same secrets; the old one opens nothing."""
    server.prepare(_settings())
    file = Path("data/secrets.key")
    assert file.stat().st_mode & 0o777 == 0o600
    old = file.read_bytes()
    result = _run("rotate-secrets-key")
    assert result.exit_code == 0, result.output
    assert file.read_bytes() != old
    assert file.stat().st_mode & 0o777 == 0o600
    assert server.prepare(_settings()) is None
    file.write_bytes(old)
    with pytest.raises(OSError, match="the secrets key does not open its secrets"):
        server.prepare(_settings())


def test_a_change_cut_short_is_finished_at_the_next_start() -> None:
    """Whether the database had taken the new key or not."""
    server.prepare(_settings())
    file = Path("data/secrets.key")
    old = file.read_bytes()
    _run("rotate-secrets-key")
    new = file.read_bytes()
    file.write_bytes(old)
    find_successor(file).write_bytes(new)
    assert server.prepare(_settings()) is None
    assert file.read_bytes() == new
    assert not find_successor(file).exists()
    find_successor(file).write_bytes(old)
    assert _run("rotate-secrets-key").exit_code == 0
    assert server.prepare(_settings()) is None


def test_a_key_from_elsewhere(tmp_path: Path) -> None:
    """A file or a variable instead of the data folder's; a wrong or missing one is told."""
    key = tmp_path / "key"
    flags = {"data": "data", "secrets_key_file": str(key)}
    with pytest.raises(OSError, match="No such file"):
        server.prepare(resolve(flags, {}).settings)
    key.write_text("MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=\n")
    server.prepare(resolve(flags, {}).settings)
    assert not Path("data/secrets.key").exists()
    same = {"PORTSIDE_SECRETS_KEY": key.read_text().strip()}
    assert server.prepare(resolve({"data": "data"}, same).settings) is None
    assert _run("rotate-secrets-key", env=same).exit_code == 1
    with pytest.raises(OSError, match=r"secrets\.key is not there"):
        server.prepare(_settings())
    for broken in ("junk!", "c2hvcnQ="):
        key.write_text(broken)
        with pytest.raises(OSError, match="base64"):
            server.prepare(resolve(flags, {}).settings)


def test_an_open_seal_outlives_a_change() -> None:
    """Running servers go on."""
    settings = _settings()
    server.prepare(settings)
    database = server.preparation.open_database(settings)
    with closing(database):
        seal = open_keys(settings, database).seal
        sealed = seal.seal(b"x", "y")
        _run("rotate-secrets-key")
        assert open_keys(settings, database).seal.open(sealed, "y") == b"x"
