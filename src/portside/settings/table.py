"""The table of settings, and the typed settings that it makes."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portside.names.accounts import AccountId, Region
from portside.settings.blobs import BLOBS
from portside.settings.events import EVENTS
from portside.settings.limits import LIMITS
from portside.settings.parsers import (
    database,
    folder,
    key_of_32_bytes,
    key_places,
    long_secret,
    named,
    networks,
    one_of,
    pattern,
    readable,
    truth,
    upstreams,
    url,
    whole,
)
from portside.settings.scanning import SCANNING
from portside.settings.setting import Setting
from portside.settings.tls import SELF_SIGNED, TLS

WORKERS_DEFAULT_MAX: Final = 4
"""As many workers as the machine has cores, but no more than this unless asked for."""

_SUFFIX = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_KEY_ID = re.compile(r"[A-Za-z0-9_]{16,128}")
_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the server can be told."""

    host: str
    port: int
    data: Path
    database: str | None
    database_connections: int
    workers: int
    account: str
    region: str
    suffix: str | None
    tls: str
    tls_names: str | None
    tls_cert: Path | None
    tls_key: Path | None
    oci_strict: bool
    root_access_key_id: str | None
    root_secret_access_key: str | None
    secrets_key_file: Path | None
    secrets_key: bytes | None
    oidc_keys: str | None
    audit: str
    audit_mib_max: int
    log_level: str
    log_format: str
    drain_seconds: int
    manifest_cache_mib: int
    repositories_per_registry_max: int
    images_per_repository_max: int
    tags_per_image_max: int
    scan_interval_hours: int
    scanner: str
    scanner_path: str | None
    scanner_url: str
    scanner_registry_url: str | None
    scan_parallelism: int
    vulndb_feeds: str | None
    vulndb: Path | None
    throttle: str | None
    throttle_principal: str | None
    requests_max: int
    connections_max: int
    header_bytes_max: int
    header_seconds_max: int
    body_seconds_max: int
    trusted_proxies: str | None
    tasks: bool
    task_threads: int
    worker_port: int | None
    lifecycle_interval: int
    event_retention_days: int
    upstream_hosts: str | None
    upstream_ca_file: Path | None
    upstream_refresh_seconds: int
    upstream_timeout_seconds: int
    event_file: Path | None
    event_webhooks: tuple[str, ...] | None
    event_webhook_secret: str | None
    event_queue: str | None
    event_bus: str | None
    event_endpoint: str | None
    event_source: str
    gc_grace: int
    gc_interval: int
    upload_lifetime: int
    metrics_allow: str
    otlp_endpoint: str | None
    blobs: str | None
    blobs_endpoint: str | None
    blobs_public_endpoint: str | None
    blobs_plain_http: bool
    blobs_region: str | None
    blobs_access_key_id: str | None
    blobs_secret_access_key: str | None
    blob_delivery: str
    blob_address_seconds: int

    @property
    def serves_tls(self) -> bool:
        """Whether clients speak TLS with the server itself."""
        return self.tls == SELF_SIGNED or self.tls_cert is not None


SETTINGS: Final = (
    Setting(
        name="host",
        parse=pattern(_HOST, "an address to listen on"),
        default="127.0.0.1",
        help="Address to listen on; 0.0.0.0 for every network.",
    ),
    Setting(name="port", parse=whole(1, 65535), default=5000, help="Port to listen on."),
    Setting(
        name="data",
        parse=folder,
        default=Path("portside-data"),
        help="Folder of the database and the blobs.",
    ),
    Setting(
        name="database",
        parse=database,
        default=None,
        help="PostgreSQL database, as postgresql://USER@HOST/NAME, instead of a file in the data "
        "folder. A password is better given in PORTSIDE_DATABASE: a command line is seen by all.",
    ),
    Setting(
        name="database_connections",
        parse=whole(2, 100),
        default=5,
        help="Connections that each process keeps to PostgreSQL at most, beside one that listens.",
    ),
    Setting(
        name="workers",
        parse=whole(1, 64),
        default=min(os.cpu_count() or 1, WORKERS_DEFAULT_MAX),
        help="Worker processes; one needs the least memory.",
    ),
    Setting(
        name="account",
        parse=named(AccountId),
        default="123456789012",
        help="Account of the default registry.",
    ),
    Setting(
        name="region",
        parse=named(Region),
        default="us-east-1",
        help="Region of the default registry.",
    ),
    Setting(
        name="suffix",
        parse=pattern(_SUFFIX, "a DNS name such as amazonaws.com"),
        default=None,
        help="Show registries as ACCOUNT.dkr.ecr.REGION.SUFFIX.",
    ),
    *TLS,
    Setting(
        name="oci_strict",
        parse=truth,
        default=False,
        help="Follow OCI's rules where ECR's differ.",
    ),
    Setting(
        name="root_access_key_id",
        parse=pattern(_KEY_ID, "16 to 128 letters, digits or _"),
        default=None,
        help="Access key id of the root user, instead of one made at the first start.",
    ),
    Setting(
        name="root_secret_access_key",
        parse=long_secret,
        default=None,
        help="Secret of that access key.",
        secret=True,
    ),
    Setting(
        name="secrets_key_file",
        parse=folder,
        default=None,
        help="File of the key that seals secrets, instead of secrets.key in the data folder.",
    ),
    Setting(
        name="secrets_key",
        parse=key_of_32_bytes,
        default=None,
        help="That key itself: 32 bytes in base64. Goes before the file.",
        secret=True,
    ),
    Setting(
        name="oidc_keys",
        parse=key_places,
        default=None,
        help="Where OpenID Connect issuers' keys are, instead of where they say: ISSUER=FILE or "
        "ISSUER=URL, with spaces between.",
    ),
    Setting(
        name="audit",
        parse=one_of("all", "changes", "off"),
        default="all",
        help="Which requests are recorded: all; changes and refusals; or none.",
    ),
    Setting(
        name="audit_mib_max",
        parse=whole(64, 1_048_576),
        default=4096,
        help="Room for audit records, in MiB; the oldest go first.",
    ),
    Setting(
        name="log_level",
        parse=one_of("debug", "info", "warning", "error"),
        default="info",
        help="Least level to log.",
    ),
    Setting(name="log_format", parse=one_of("text", "json"), default="text", help="Form of logs."),
    Setting(
        name="drain_seconds",
        parse=whole(1, 3600),
        default=30,
        help="How long requests under way may take to finish at a stop.",
    ),
    Setting(
        name="manifest_cache_mib",
        parse=whole(0, 65536),
        default=64,
        help="Memory for manifests, in MiB for each worker.",
    ),
    Setting(
        name="repositories_per_registry_max",
        parse=whole(1, 10_000_000),
        default=1000,
        help="How many repositories one registry may hold.",
    ),
    Setting(
        name="images_per_repository_max",
        parse=whole(1, 10_000_000),
        default=1000,
        help="How many images one repository may hold.",
    ),
    Setting(
        name="tags_per_image_max",
        parse=whole(1, 1_000_000),
        default=100,
        help="How many tags one image may have.",
    ),
    *SCANNING,
    *LIMITS,
    Setting(
        name="trusted_proxies",
        parse=networks,
        default=None,
        help="Networks of proxies whose X-Forwarded-For and X-Forwarded-Proto count.",
    ),
    Setting(
        name="tasks",
        parse=truth,
        default=True,
        help="Run tasks (deliveries, expiry, collection) beside the workers.",
    ),
    Setting(
        name="task_threads",
        parse=whole(1, 64),
        default=4,
        help="How many tasks run at a time.",
    ),
    Setting(
        name="worker_port",
        parse=whole(1, 65535),
        default=None,
        help="Port on which `portside worker` tells health and metrics; none unless given.",
    ),
    Setting(
        name="lifecycle_interval",
        parse=whole(1, 604_800),
        default=3600,
        help="Seconds between two runs of the lifecycle policies.",
    ),
    Setting(
        name="event_retention_days",
        parse=whole(0, 3650),
        default=14,
        help="How long events are kept after everybody has reacted to them.",
    ),
    Setting(
        name="upstream_hosts",
        parse=upstreams,
        default=None,
        help="Upstream registries beside ECR's, such as http://10.0.0.5:5000,mirror.example.com.",
    ),
    Setting(
        name="upstream_ca_file",
        parse=readable,
        default=None,
        help="Authorities (PEM) to trust in upstream registries beside the system's.",
    ),
    Setting(
        name="upstream_refresh_seconds",
        parse=whole(0, 31_536_000),
        default=86_400,
        help="How old a cached tag may be before its upstream is asked again.",
    ),
    Setting(
        name="upstream_timeout_seconds",
        parse=whole(1, 600),
        default=30,
        help="How long to wait for an upstream registry to say anything.",
    ),
    *EVENTS,
    Setting(
        name="gc_grace",
        parse=whole(0, 999_999_999),
        default=86_400,
        help="How long blobs are kept that no image needs, in seconds.",
    ),
    Setting(
        name="gc_interval",
        parse=whole(1, 999_999_999),
        default=3_600,
        help="How often such blobs and abandoned uploads are collected, in seconds.",
    ),
    Setting(
        name="upload_lifetime",
        parse=whole(60, 999_999_999),
        default=86_400,
        help="How long an upload is kept to which nothing is added, in seconds.",
    ),
    Setting(
        name="metrics_allow",
        parse=networks,
        default="127.0.0.0/8,::1/128",
        help="Networks from which /metrics may be read.",
    ),
    Setting(
        name="otlp_endpoint",
        parse=url,
        default=None,
        help="Where traces are sent (OTLP over HTTP), such as http://127.0.0.1:4318.",
        elsewhere="OTEL_EXPORTER_OTLP_ENDPOINT",
    ),
    *BLOBS,
)

PAIRS: Final = (
    ("tls_cert", "tls_key"),
    ("root_access_key_id", "root_secret_access_key"),
    ("blobs_access_key_id", "blobs_secret_access_key"),
)
"""Settings that are set together or not at all."""

APART: Final = (("tls", SELF_SIGNED, "tls_cert"),)
"""Settings that, with this value, leave no room for another setting."""
