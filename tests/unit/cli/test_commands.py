"""The ``portside`` command: what it prints, where, and with which exit code."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from importlib.metadata import version
from pathlib import Path
from urllib.request import urlopen

import pytest
from tests.live import PORTSIDE, clean_environment, free_port
from typer.testing import CliRunner, Result

from portside import server
from portside.cli.main import app
from portside.settings import SETTINGS, resolve

SECRET = "a-secret-of-many-characters"  # noqa: S105 - made up for tests
PRESET = {
    "PORTSIDE_ROOT_ACCESS_KEY_ID": "AKIAEXAMPLE123456",
    "PORTSIDE_ROOT_SECRET_ACCESS_KEY": SECRET,
}
HEAVY = ("alembic", "botocore", "granian", "rich.console", "sqlalchemy", "starlette", "structlog")


@pytest.fixture(autouse=True)
def _clean_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the developer's variables nor a portside.toml count, and lines are not broken."""
    for name in [name for name in os.environ if name.startswith("PORTSIDE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "400")
    monkeypatch.chdir(tmp_path)


def _run(*arguments: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, arguments, env=env)


def _assert_one_line(result: Result, status: int, told: str) -> None:
    assert result.exit_code == status
    assert result.stdout == ""
    assert re.fullmatch(r"portside: [^\n]+\n", result.stderr), result.stderr
    assert told in result.stderr


def test_version() -> None:
    """`portside version` says which one is installed."""
    assert _run("version").stdout == f"portside {version('portside')}\n"


def test_every_setting_that_is_no_secret_has_an_option() -> None:
    """Options come from the table; a secret has none, as every user sees command lines."""
    shown = _run("serve", "--help").stdout
    options = set(re.findall(r"--[a-z-]+", shown)) - {"--help", "--config"}
    expected = {setting.flag for setting in SETTINGS if not setting.secret}
    truths = [setting.flag for setting in SETTINGS if isinstance(setting.default, bool)]
    expected |= {f"--no-{flag[2:]}" for flag in truths}
    assert options == expected
    assert "--config" in shown


def test_help_loads_little() -> None:
    """What only a server needs is not loaded by `portside --help`."""
    code = f"import sys, portside.cli.main; print([m for m in {HEAVY} if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert loaded.stdout == b"[]\n"


@pytest.mark.parametrize("command", [("serve",), ("config", "show")])
def test_wrong_values(command: tuple[str, ...]) -> None:
    """A wrong value is one line on stderr and exit code 2."""
    _assert_one_line(_run(*command, "--port", "x"), 2, "port is 'x' (flag --port)")
    _assert_one_line(_run(*command, "--config", "gone.toml"), 2, "gone.toml cannot be read")
    wrong = {"PORTSIDE_LOG_LEVEL": "loud"}
    _assert_one_line(_run(*command, env=wrong), 2, "PORTSIDE_LOG_LEVEL")


def test_config_show_json() -> None:
    """Each setting is shown with its own type and its origin; a secret is masked."""
    rows = json.loads(_run("config", "show", "--format", "json", "--port", "81", env=PRESET).stdout)
    shown = {row["setting"]: (row["value"], row["origin"]) for row in rows}
    assert list(shown) == [setting.name for setting in SETTINGS]
    assert shown["port"] == (81, "flag --port")
    assert shown["oci_strict"] == (False, "default")
    assert shown["suffix"] == (None, "default")
    assert shown["data"] == ("portside-data", "default")
    assert shown["root_secret_access_key"] == (
        "********",
        "environment variable PORTSIDE_ROOT_SECRET_ACCESS_KEY",
    )


def test_config_show_table() -> None:
    """People get a table, with the secret masked there too."""
    shown = _run("config", "show", "--workers", "3", env=PRESET).stdout
    assert re.search(r"workers\W+3\W+flag --workers", shown)
    assert re.search(r"oci_strict\W+false\W+default", shown)
    assert "********" in shown
    assert SECRET not in shown


def test_config_show_knows_two_formats() -> None:
    """A third is refused, not taken for a table."""
    told = "--format is 'xml', but must be one of table, json"
    _assert_one_line(_run("config", "show", "--format", "xml"), 2, told)


def _break_with_a_file(data: Path) -> None:
    data.write_text("not a folder")


def _break_with_a_folder_for_a_database(data: Path) -> None:
    (data / "portside.sqlite3").mkdir(parents=True)


def _break_with_noise(data: Path) -> None:
    data.mkdir()
    (data / "portside.sqlite3").write_bytes(b"no database" * 1000)


def _prepare(data: Path) -> None:
    assert server.prepare(resolve({"data": str(data)}, PRESET).settings) is None


def _break_with_a_later_schema(data: Path) -> None:
    _prepare(data)
    with closing(sqlite3.connect(data / "portside.sqlite3")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


@pytest.mark.parametrize(
    "damage",
    [
        _break_with_a_file,
        _break_with_a_folder_for_a_database,
        _break_with_noise,
        _break_with_a_later_schema,
    ],
)
@pytest.mark.parametrize("command", [("serve",), ("registry", "configure", "--rules", "oci")])
def test_unusable_data_folders(
    tmp_path: Path, damage: Callable[[Path], None], command: tuple[str, ...]
) -> None:
    """A data folder that cannot be used is one line on stderr and exit code 1, no traceback."""
    data = tmp_path / "data"
    damage(data)
    result = _run(*command, "--data", str(data), "--port", str(free_port()))
    _assert_one_line(result, 1, f"the data folder {data} cannot be used: ")


def test_a_port_in_use(tmp_path: Path) -> None:
    """A port that somebody has is one line and exit code 1, and leaves no data behind."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = _run("serve", "--port", port, "--data", "data")
    _assert_one_line(result, 1, f"cannot listen on 127.0.0.1 port {port}: Address already in use")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(("rules", "held"), [("oci", 1), ("ecr", 0), ("default", None)])
def test_registry_configure(tmp_path: Path, rules: str, held: int | None) -> None:
    """Whose rules a registry follows is stored for that account and region."""
    _prepare(tmp_path / "data")
    arguments = ("--rules", rules, "--region", "eu-west-1", "--data", "data")
    result = _run("registry", "configure", *arguments)
    assert result.stdout == f"registry 123456789012 in eu-west-1 follows: {rules}\n"
    with closing(sqlite3.connect(tmp_path / "data" / "portside.sqlite3")) as database:
        rows = database.execute("SELECT account_id, region, oci_strict FROM registries").fetchall()
    assert rows == [("123456789012", "eu-west-1", held)]


def test_registry_configure_refuses_other_rules() -> None:
    """Rules have three names."""
    told = "--rules is 'strict', but must be one of oci, ecr, default"
    _assert_one_line(_run("registry", "configure", "--rules", "strict"), 2, told)


def test_registry_configure_makes_nothing(tmp_path: Path) -> None:
    """Neither a data folder nor an account comes to be by a mistyped name."""
    command = ("registry", "configure", "--rules", "oci", "--data", "data")
    _assert_one_line(_run(*command), 1, "the data folder data cannot be used: ")
    assert not (tmp_path / "data").exists()
    _prepare(tmp_path / "data")
    told = "there is no account 999999999999 in data"
    _assert_one_line(_run(*command, "--account", "999999999999"), 1, told)


def _serve_once(folder: Path, port: int, **env: str) -> str:
    """Start a real server, stop it as soon as it is healthy, and return what it printed."""
    command = [str(PORTSIDE), "serve", "--port", str(port), "--data", "data"]
    printed = folder / "printed.txt"
    with (
        printed.open("wb") as out,
        subprocess.Popen(
            command, stdout=out, cwd=folder, env=clean_environment(**env), start_new_session=True
        ) as process,
    ):
        try:
            _wait_until_healthy(process, port)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    return printed.read_text()


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
            if answer.status == 200:
                return
        time.sleep(0.05)
    pytest.fail("the server did not become healthy")


def test_serve_shows_new_credentials_once(tmp_path: Path) -> None:
    """The first start prints credentials on stdout; the second, on the same data, does not."""
    port = free_port()
    first = _serve_once(tmp_path, port)
    assert f"export AWS_ENDPOINT_URL=http://localhost:{port}\n" in first
    assert re.search(r"export AWS_SECRET_ACCESS_KEY=\S{40}\n", first)
    second = _serve_once(tmp_path, port)
    assert "SECRET" not in second
    assert f"Serving on http://localhost:{port} (Ctrl-C stops)." in second


def test_serve_prints_no_preset_credentials(tmp_path: Path) -> None:
    """Who chose the credentials knows them."""
    printed = _serve_once(tmp_path, free_port(), **PRESET)
    assert "Serving on" in printed
    assert SECRET not in printed
    assert "AWS_SECRET_ACCESS_KEY" not in printed


def test_a_database_out_of_reach_is_told_of(tmp_path: Path) -> None:
    """In one line, and without the password that the setting holds."""
    url = "postgresql://portside:much-too-secret@127.0.0.1:1/portside"
    (tmp_path / "data").mkdir()
    told = _run("account", "list", "--data", str(tmp_path / "data"), "--database", url)
    assert told.exit_code == 1
    assert "refused" in told.stderr
    assert "much-too-secret" not in told.stderr
    wrong = _run("account", "list", "--database", "mysql://portside:much-too-secret@db/portside")
    assert wrong.exit_code == 2
    assert "postgresql://" in wrong.stderr
    assert "much-too-secret" not in wrong.stderr
