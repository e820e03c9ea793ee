"""Settings: one table, and from where each value comes.

A flag of the command line goes before an environment variable, that before the TOML file, that
before the default. Only this module reads the environment.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portside.names.accounts import AccountId, Region
from portside.names.errors import MalformedName

PREFIX: Final = "PORTSIDE_"
CONFIG_VARIABLE: Final = "PORTSIDE_CONFIG"
CONFIG_DEFAULT: Final = "portside.toml"
WORKERS_DEFAULT_MAX: Final = 4
"""As many workers as the machine has cores, but no more than this unless asked for."""

_SUFFIX = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_KEY_ID = re.compile(r"[A-Za-z0-9_]{16,128}")
_HOST = re.compile(r"[A-Za-z0-9.:_-]{1,253}")
_TRUE = frozenset({"true", "1", "yes"})
_FALSE = frozenset({"false", "0", "no"})


class InvalidSetting(Exception):  # noqa: N818 - named for what it tells
    """A setting that cannot be; the message is one line that names it and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the server can be told."""

    host: str
    port: int
    data: Path
    workers: int
    account: str
    region: str
    suffix: str | None
    tls_cert: Path | None
    tls_key: Path | None
    oci_strict: bool
    root_access_key_id: str | None
    root_secret_access_key: str | None
    log_level: str
    log_format: str
    drain_seconds: int
    manifest_cache_mib: int
    tags_per_image_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A row of the table. ``parse`` raises ``ValueError`` with what is allowed."""

    name: str
    parse: Callable[[str], Any]
    default: Any
    help: str
    secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """The command line's option."""
        return "--" + self.name.replace("_", "-")


@dataclass(frozen=True, slots=True)
class Resolved:
    """Effective settings, and the origin of each in words."""

    settings: Settings
    origins: Mapping[str, str]


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return parse


def _one_of(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError("one of " + ", ".join(allowed))
        return text

    return parse


def _pattern(pattern: re.Pattern[str], allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not pattern.fullmatch(text):
            raise ValueError(allowed)
        return text

    return parse


def _named(kind: Callable[[str], AccountId | Region]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        try:
            return kind(text).text
        except MalformedName as error:
            raise ValueError(error.rule) from error

    return parse


def _truth(text: str) -> bool:
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise ValueError("true or false")


def _folder(text: str) -> Path:
    if not text:
        raise ValueError("a folder")
    return Path(text)


def _readable(text: str) -> Path:
    path = Path(text)
    try:
        path.open("rb").close()
    except OSError as error:
        raise ValueError("a file that can be read") from error
    return path


def _long_secret(text: str) -> str:
    if len(text) < 16:
        raise ValueError("at least 16 characters")
    return text


SETTINGS: Final = (
    Setting(
        name="host",
        parse=_pattern(_HOST, "an address to listen on"),
        default="127.0.0.1",
        help="Address to listen on; 0.0.0.0 for every network.",
    ),
    Setting(name="port", parse=_whole(1, 65535), default=5000, help="Port to listen on."),
    Setting(
        name="data",
        parse=_folder,
        default=Path("portside-data"),
        help="Folder of the database and the blobs.",
    ),
    Setting(
        name="workers",
        parse=_whole(1, 64),
        default=min(os.cpu_count() or 1, WORKERS_DEFAULT_MAX),
        help="Worker processes; one needs the least memory.",
    ),
    Setting(
        name="account",
        parse=_named(AccountId),
        default="123456789012",
        help="Account of the default registry.",
    ),
    Setting(
        name="region",
        parse=_named(Region),
        default="us-east-1",
        help="Region of the default registry.",
    ),
    Setting(
        name="suffix",
        parse=_pattern(_SUFFIX, "a DNS name such as amazonaws.com"),
        default=None,
        help="Show registries as ACCOUNT.dkr.ecr.REGION.SUFFIX.",
    ),
    Setting(name="tls_cert", parse=_readable, default=None, help="Certificate chain (PEM)."),
    Setting(name="tls_key", parse=_readable, default=None, help="Private key (PEM)."),
    Setting(
        name="oci_strict",
        parse=_truth,
        default=False,
        help="Follow OCI's rules where ECR's differ.",
    ),
    Setting(
        name="root_access_key_id",
        parse=_pattern(_KEY_ID, "16 to 128 letters, digits or _"),
        default=None,
        help="Access key id of the root user, instead of one made at the first start.",
    ),
    Setting(
        name="root_secret_access_key",
        parse=_long_secret,
        default=None,
        help="Secret of that access key.",
        secret=True,
    ),
    Setting(
        name="log_level",
        parse=_one_of("debug", "info", "warning", "error"),
        default="info",
        help="Least level to log.",
    ),
    Setting(name="log_format", parse=_one_of("text", "json"), default="text", help="Form of logs."),
    Setting(
        name="drain_seconds",
        parse=_whole(1, 3600),
        default=30,
        help="How long requests under way may take to finish at a stop.",
    ),
    Setting(
        name="manifest_cache_mib",
        parse=_whole(0, 65536),
        default=64,
        help="Memory for manifests, in MiB for each worker.",
    ),
    Setting(
        name="tags_per_image_max",
        parse=_whole(1, 1_000_000),
        default=100,
        help="How many tags one image may have.",
    ),
)

_PAIRS = (("tls_cert", "tls_key"), ("root_access_key_id", "root_secret_access_key"))


def resolve(flags: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> Resolved:
    """The effective settings. ``flags`` holds texts by setting name, and ``config``, a path.

    Raises:
        InvalidSetting: a value, a key of the file, or the file itself is not what it must be.
    """
    environment = os.environ if environment is None else environment  # noqa: TID251 - the one door
    file, file_name = _read_file(flags.get("config"), environment)
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for setting in SETTINGS:
        text, origin = _find(setting, flags, environment, (file, file_name))
        origins[setting.name] = origin
        values[setting.name] = setting.default if text is None else _parse(setting, text, origin)
    _check_pairs(values, origins)
    return Resolved(Settings(**values), origins)


def _find(
    setting: Setting,
    flags: Mapping[str, Any],
    environment: Mapping[str, str],
    file: tuple[Mapping[str, Any], str],
) -> tuple[str | None, str]:
    flag = flags.get(setting.name)
    if flag is not None:
        return _text(flag), f"flag {setting.flag}"
    if setting.variable in environment:
        return environment[setting.variable], f"environment variable {setting.variable}"
    if setting.name in file[0]:
        return _file_text(setting, file[0][setting.name], file[1]), f"file {file[1]}"
    return None, "default"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _file_text(setting: Setting, value: Any, path: str) -> str:
    # A list or a date would otherwise become a folder or an address of that text.
    truth = isinstance(setting.default, bool)
    if not isinstance(value, str | int) or (isinstance(value, bool) and not truth):
        kind, allowed = type(value).__name__, "true or false" if truth else "a text or whole number"
        raise InvalidSetting(f"{setting.name} is a {kind} (file {path}), but must be {allowed}")
    return _text(value)


def _parse(setting: Setting, text: str, origin: str) -> Any:
    try:
        return setting.parse(text)
    except ValueError as error:
        shown = "(secret)" if setting.secret else repr(text[:100])
        raise InvalidSetting(
            f"{setting.name} is {shown} ({origin}), but must be {error}"
        ) from error


def _check_pairs(values: Mapping[str, Any], origins: Mapping[str, str]) -> None:
    for first, second in _PAIRS:
        if (values[first] is None) != (values[second] is None):
            missing, present = (first, second) if values[first] is None else (second, first)
            raise InvalidSetting(
                f"{missing} is missing: it must be set together with {present} ({origins[present]})"
            )


def _read_file(given: Any, environment: Mapping[str, str]) -> tuple[Mapping[str, Any], str]:
    name = given or environment.get(CONFIG_VARIABLE) or None
    if name is None and not Path(CONFIG_DEFAULT).exists():
        return {}, ""
    path = Path(name or CONFIG_DEFAULT)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSetting(f"configuration file {path} cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise InvalidSetting(f"configuration file {path} is not TOML: {error}") from error
    unknown = sorted(set(document) - {setting.name for setting in SETTINGS})
    if unknown:
        known = ", ".join(setting.name for setting in SETTINGS)
        raise InvalidSetting(
            f"{unknown[0]} in file {path} is not a setting; the settings are {known}"
        )
    return document, str(path)
