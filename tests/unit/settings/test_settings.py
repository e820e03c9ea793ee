"""Settings: which source wins, what each row takes, and what a wrong value is told."""

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portside.settings import SETTINGS, InvalidSetting, Resolved, Settings, resolve

KEY_ID = "AKIAEXAMPLE123456"
SECRET = "a-secret-of-many-characters"  # noqa: S105 - made up for tests


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No portside.toml of the developer's own may be found."""
    monkeypatch.chdir(tmp_path)


def _value(resolved: Resolved, name: str) -> Any:
    return getattr(resolved.settings, name)


def _refusal(flags: dict[str, Any], environment: dict[str, str] | None = None) -> str:
    with pytest.raises(InvalidSetting) as caught:
        resolve(flags, environment or {})
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_each_field_has_one_row() -> None:
    """The table and the typed settings name the same things in the same order."""
    assert [setting.name for setting in SETTINGS] == [field.name for field in fields(Settings)]


def test_defaults() -> None:
    """Told nothing, the server listens on this machine only, and everything says `default`."""
    resolved = resolve({}, {})
    assert resolved.settings == Settings(
        host="127.0.0.1",
        port=5000,
        data=Path("portside-data"),
        database=None,
        database_connections=5,
        workers=min(os.cpu_count() or 1, 4),
        account="123456789012",
        region="us-east-1",
        suffix=None,
        tls="files",
        tls_names=None,
        tls_cert=None,
        tls_key=None,
        oci_strict=False,
        root_access_key_id=None,
        root_secret_access_key=None,
        secrets_key_file=None,
        secrets_key=None,
        oidc_keys=None,
        audit="all",
        audit_mib_max=4096,
        log_level="info",
        log_format="text",
        drain_seconds=30,
        manifest_cache_mib=64,
        repositories_per_registry_max=1000,
        images_per_repository_max=1000,
        tags_per_image_max=100,
        scan_interval_hours=24,
        scanner="builtin",
        scanner_path=None,
        scanner_url="http://127.0.0.1:6060",
        scanner_registry_url=None,
        scan_parallelism=2,
        vulndb=None,
        vulndb_feeds=None,
        throttle=None,
        throttle_principal=None,
        requests_max=512,
        connections_max=1024,
        header_bytes_max=65_536,
        header_seconds_max=30,
        body_seconds_max=60,
        trusted_proxies=None,
        tasks=True,
        task_threads=4,
        worker_port=None,
        lifecycle_interval=3600,
        event_retention_days=14,
        upstream_hosts=None,
        upstream_ca_file=None,
        upstream_refresh_seconds=86_400,
        upstream_timeout_seconds=30,
        event_file=None,
        event_webhooks=None,
        event_webhook_secret=None,
        event_queue=None,
        event_bus=None,
        event_endpoint=None,
        event_source="aws.ecr",
        gc_grace=86_400,
        gc_interval=3_600,
        upload_lifetime=86_400,
        metrics_allow="127.0.0.0/8,::1/128",
        otlp_endpoint=None,
        blobs=None,
        blobs_endpoint=None,
        blobs_public_endpoint=None,
        blobs_plain_http=False,
        blobs_region=None,
        blobs_access_key_id=None,
        blobs_secret_access_key=None,
        blob_delivery="redirect",
        blob_address_seconds=900,
    )
    assert set(resolved.origins.values()) == {"default"}


def test_precedence(tmp_path: Path) -> None:
    """A flag goes before a variable, that before the file, that before the default."""
    file = tmp_path / "some.toml"
    file.write_text("port = 1111\nworkers = 2\ndrain_seconds = 3\n")
    resolved = resolve(
        {"config": str(file), "port": "3333"},
        {"PORTSIDE_PORT": "2222", "PORTSIDE_WORKERS": "4"},
    )
    assert (_value(resolved, "port"), resolved.origins["port"]) == (3333, "flag --port")
    assert (_value(resolved, "workers"), resolved.origins["workers"]) == (
        4,
        "environment variable PORTSIDE_WORKERS",
    )
    assert (_value(resolved, "drain_seconds"), resolved.origins["drain_seconds"]) == (
        3,
        f"file {file}",
    )
    assert resolved.origins["host"] == "default"


def test_a_standard_s_own_variable_counts_where_ours_is_not_set() -> None:
    """OpenTelemetry's, for the collector; it goes before the file and after ours."""
    standard = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://standard:4318"}
    resolved = resolve({}, standard)
    assert _value(resolved, "otlp_endpoint") == "http://standard:4318"
    told = "environment variable OTEL_EXPORTER_OTLP_ENDPOINT"
    assert resolved.origins["otlp_endpoint"] == told
    ours = {"PORTSIDE_OTLP_ENDPOINT": "http://ours:4318"}
    assert _value(resolve({}, standard | ours), "otlp_endpoint") == "http://ours:4318"
    assert "otlp_endpoint is 'x'" in _refusal({}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "x"})


def test_a_flag_that_is_not_given_hides_nothing() -> None:
    """An option left out is None, and is no value; False is one."""
    environment = {"PORTSIDE_OCI_STRICT": "yes", "PORTSIDE_PORT": "2222"}
    resolved = resolve({"oci_strict": False, "port": None}, environment)
    assert (_value(resolved, "oci_strict"), _value(resolved, "port")) == (False, 2222)
    assert resolved.origins["oci_strict"] == "flag --oci-strict"


def test_the_environment_of_the_process_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a mapping the process's own environment counts."""
    monkeypatch.setenv("PORTSIDE_WORKERS", "7")
    assert resolve({}).settings.workers == 7


def test_where_the_file_is_looked_for(tmp_path: Path) -> None:
    """--config goes before PORTSIDE_CONFIG, that before ./portside.toml; empty is not given."""
    for name, workers in (("flag", 2), ("variable", 3), ("portside", 4)):
        (tmp_path / f"{name}.toml").write_text(f"workers = {workers}")
    variable = {"PORTSIDE_CONFIG": "variable.toml"}
    assert resolve({"config": "flag.toml"}, variable).settings.workers == 2
    assert resolve({}, variable).settings.workers == 3
    assert resolve({}, {"PORTSIDE_CONFIG": ""}).origins["workers"] == "file portside.toml"
    (tmp_path / "portside.toml").unlink()
    assert resolve({}, {"PORTSIDE_CONFIG": ""}).origins["workers"] == "default"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("port", "1", 1),
        ("port", "65535", 65535),
        ("workers", "64", 64),
        ("manifest_cache_mib", "0", 0),
        ("account", "000000000001", "000000000001"),
        ("region", "us-gov-west-1", "us-gov-west-1"),
        ("suffix", "amazonaws.com", "amazonaws.com"),
        ("suffix", "localhost", "localhost"),
        ("host", "::1", "::1"),
        ("data", "some/where", Path("some/where")),
        ("log_level", "debug", "debug"),
        ("throttle", "ecr:PutImage=10:20, *=1.5", "ecr:PutImage=10:20, *=1.5"),
        ("trusted_proxies", "10.0.0.0/8, ::1", "10.0.0.0/8, ::1"),
        ("log_format", "json", "json"),
        ("upstream_hosts", "http://a:1, b", "http://a:1, b"),
        *(("oci_strict", word, True) for word in ("true", "1", "yes", "Yes", "TRUE")),
        *(("oci_strict", word, False) for word in ("false", "0", "no")),
    ],
)
def test_values_taken(name: str, text: str, value: object) -> None:
    """What the table allows is parsed to its type."""
    resolved = resolve({}, {f"PORTSIDE_{name.upper()}": text})
    assert _value(resolved, name) == value
    assert type(_value(resolved, name)) is type(value) or isinstance(value, Path)


@pytest.mark.parametrize(
    ("name", "text", "allowed"),
    [
        ("port", "65536", "a whole number from 1 to 65535"),
        ("port", "", "a whole number"),
        ("port", "+80", "a whole number"),
        ("port", "٣٣", "a whole number"),
        ("workers", "65", "from 1 to 64"),
        ("workers", "0", "from 1 to 64"),
        ("account", "12345678901", "12 digits"),
        ("region", "moon", "us-east-1"),
        ("suffix", "a..b", "DNS name"),
        ("suffix", "-a", "DNS name"),
        ("suffix", "a/b", "DNS name"),
        ("host", "a b", "an address"),
        ("data", "", "a folder"),
        ("oci_strict", "maybe", "true or false"),
        ("root_access_key_id", "short", "16 to 128"),
        ("root_access_key_id", "AKIA-EXAMPLE-1234567", "16 to 128"),
        ("log_level", "INFO", "debug, info, warning, error"),
        ("log_format", "xml", "text, json"),
        ("tls", "on", "one of files, self-signed"),
        ("tls_names", "a_b,c", "DNS names or addresses, up to 64, parted by commas"),
        ("tls_names", "10.0.0.300", "DNS names or addresses, up to 64, parted by commas"),
        ("tls_names", "", "DNS names or addresses, up to 64, parted by commas"),
        ("tls_cert", "no/such/file", "a file that can be read"),
        ("tls_key", ".", "a file that can be read"),
        ("trusted_proxies", "10.0.0.1/8", "addresses or networks"),
        ("trusted_proxies", "", "addresses or networks"),
    ],
)
def test_values_refused(name: str, text: str, allowed: str) -> None:
    """A wrong value is one line: the setting, its value, where it came from, what is allowed."""
    message = _refusal({}, {f"PORTSIDE_{name.upper()}": text})
    assert message.startswith(f"{name} is {text!r}")
    assert f"(environment variable PORTSIDE_{name.upper()})" in message
    assert allowed in message


def test_a_flag_and_a_file_are_named_as_origins(tmp_path: Path) -> None:
    """A wrong value says which door it came in by."""
    assert "(flag --drain-seconds)" in _refusal({"drain_seconds": "x"})
    file = tmp_path / "some.toml"
    file.write_text('region = "nowhere"')
    assert f"(file {file})" in _refusal({"config": str(file)})


def test_a_wrong_secret_is_not_repeated() -> None:
    """Not even a secret that is refused is shown."""
    message = _refusal({}, {"PORTSIDE_ROOT_SECRET_ACCESS_KEY": "tooshort"})
    assert "tooshort" not in message
    assert "at least 16 characters" in message


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("prot = 80", "prot in file portside.toml is not a setting; the settings are host, port"),
        ("[server]\nport = 80", "server in file portside.toml is not a setting"),
        ("port =", "configuration file portside.toml is not TOML"),
        ('data = ["a"]', "data is a list (file portside.toml), but must be a text or whole number"),
        ("port = 80.0", "port is a float"),
        ("host = true", "host is a bool"),
        ("[data]\na = 1", "data is a dict"),
        ("oci_strict = 2026-01-01", "oci_strict is a date (file portside.toml), but must be true"),
        ("port = 0x1_0000", "port is '65536' (file portside.toml)"),
    ],
)
def test_files_refused(tmp_path: Path, document: str, told: str) -> None:
    """Unknown keys, wrong types and broken files are told in one line."""
    (tmp_path / "portside.toml").write_text(document)
    assert _refusal({}).startswith(told)


def test_values_of_a_file(tmp_path: Path) -> None:
    """A file may write numbers and truths in TOML's own way or as texts."""
    (tmp_path / "portside.toml").write_text('port = 5_001\noci_strict = true\nworkers = "2"\n')
    settings = resolve({}, {}).settings
    assert (settings.port, settings.oci_strict, settings.workers) == (5001, True, 2)


def test_a_file_is_utf_8(tmp_path: Path) -> None:
    """TOML is UTF-8, whatever the machine's locale; other bytes are told."""
    (tmp_path / "portside.toml").write_bytes('data = "häfen"'.encode())
    assert resolve({}, {}).settings.data == Path("häfen")
    (tmp_path / "portside.toml").write_bytes('data = "häfen"'.encode("latin-1"))
    assert "portside.toml cannot be read" in _refusal({})


def test_a_file_that_was_asked_for_must_be_there() -> None:
    """Only ./portside.toml may be missing."""
    assert "configuration file gone.toml cannot be read" in _refusal({"config": "gone.toml"})
    assert "gone.toml" in _refusal({}, {"PORTSIDE_CONFIG": "gone.toml"})


def test_pairs(tmp_path: Path) -> None:
    """Certificate and key, and key id and secret, are set together or not at all."""
    pem = tmp_path / "some.pem"
    pem.write_text("x")
    assert _refusal({"tls_cert": str(pem)}) == (
        "tls_key is missing: it must be set together with tls_cert (flag --tls-cert)"
    )
    assert _refusal({}, {"PORTSIDE_ROOT_SECRET_ACCESS_KEY": SECRET}).startswith(
        "root_access_key_id is missing: it must be set together with root_secret_access_key"
    )
    both = {"PORTSIDE_ROOT_ACCESS_KEY_ID": KEY_ID, "PORTSIDE_ROOT_SECRET_ACCESS_KEY": SECRET}
    settings = resolve({"tls_cert": str(pem), "tls_key": str(pem)}, both).settings
    assert (settings.tls_cert, settings.tls_key) == (pem, pem)
    assert (settings.root_access_key_id, settings.root_secret_access_key) == (KEY_ID, SECRET)


def test_a_bucket_over_plain_http_must_be_meant() -> None:
    """An endpoint that sends bytes readable over the network is taken only when that is said."""
    for name in ("blobs_endpoint", "blobs_public_endpoint"):
        assert _refusal({name: "http://10.0.0.5:9000"}) == (
            f"{name} is http:// (flag --{name.replace('_', '-')}), but must be https:// unless "
            "blobs_plain_http is true"
        )
        meant = resolve({name: "http://10.0.0.5:9000", "blobs_plain_http": "true"}, {})
        assert _value(meant, name) == "http://10.0.0.5:9000"
        safe = resolve({name: "https://s3.example.com"}, {})
        assert _value(safe, name) == "https://s3.example.com"


@pytest.mark.parametrize("place", ["s3://b/../x", "s3://", "file:///x", "s3://Bucket", "s3://b//x"])
def test_a_bucket_is_named_plainly(place: str) -> None:
    """Only a bucket, and a prefix that is a plain path."""
    assert "blobs is" in _refusal({"blobs": place})
    assert resolve({"blobs": "s3://my-bucket/some/prefix"}, {}).settings.blobs


def test_a_certificate_leaves_no_room_for_one_of_our_own(tmp_path: Path) -> None:
    """Two certificates are one too many, and which is meant is not guessed."""
    pem = tmp_path / "some.pem"
    pem.write_text("x")
    files = {"PORTSIDE_TLS_CERT": str(pem), "PORTSIDE_TLS_KEY": str(pem)}
    assert _refusal({"tls": "self-signed"}, files) == (
        "tls is self-signed (flag --tls), and tls_cert is set too (environment variable "
        "PORTSIDE_TLS_CERT): give one of them"
    )
    assert resolve({"tls": "self-signed"}, {}).settings.serves_tls
    assert resolve({}, files).settings.serves_tls
    assert not resolve({}, {}).settings.serves_tls
    names = resolve({"tls_names": "Registry.example.com, 10.0.0.5,::1"}, {}).settings.tls_names
    assert names == "Registry.example.com,10.0.0.5,::1"


@given(name=st.sampled_from([setting.name for setting in SETTINGS]), text=st.text(max_size=40))
def test_any_text_is_taken_or_told_in_one_line(name: str, text: str) -> None:
    """No text makes anything but a setting or a refusal."""
    try:
        told = resolve({}, {f"PORTSIDE_{name.upper()}": text}).origins[name]
    except InvalidSetting as error:
        told = str(error)
    assert f"environment variable PORTSIDE_{name.upper()}" in told
    assert len(told.splitlines()) == 1
