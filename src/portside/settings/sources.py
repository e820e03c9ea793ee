"""From where each setting's value comes: the command line, the environment, a file, the default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from portside.settings.setting import PREFIX, Setting
from portside.settings.table import APART, PAIRS, SETTINGS, Settings

CONFIG_VARIABLE: Final = "PORTSIDE_CONFIG"
CONFIG_DEFAULT: Final = "portside.toml"


class InvalidSetting(Exception):  # noqa: N818 - named for what it tells
    """A setting that cannot be; the message is one line that names it and what is allowed."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """Effective settings, and the origin of each in words."""

    settings: Settings
    origins: Mapping[str, str]


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
    _check_schemes(values, origins)
    return Resolved(Settings(**values), origins)


def inheritable() -> dict[str, str]:
    """The environment for programs that the server runs: all of it but the server's settings."""
    environment = os.environ  # noqa: TID251 - as above
    return {name: value for name, value in environment.items() if not name.startswith(PREFIX)}


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
    if setting.elsewhere is not None and environment.get(setting.elsewhere):
        return environment[setting.elsewhere], f"environment variable {setting.elsewhere}"
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
        # A URL may carry a password.
        secret = setting.secret or "@" in text
        shown = "(secret)" if secret else repr(text[:100])
        raise InvalidSetting(
            f"{setting.name} is {shown} ({origin}), but must be {error}"
        ) from error


def _check_pairs(values: Mapping[str, Any], origins: Mapping[str, str]) -> None:
    for first, second in PAIRS:
        if (values[first] is None) != (values[second] is None):
            missing, present = (first, second) if values[first] is None else (second, first)
            raise InvalidSetting(
                f"{missing} is missing: it must be set together with {present} ({origins[present]})"
            )
    for first, value, second in APART:
        if values[first] == value and values[second] is not None:
            raise InvalidSetting(
                f"{first} is {value} ({origins[first]}), and {second} is set too "
                f"({origins[second]}): give one of them"
            )


def _check_schemes(values: Mapping[str, Any], origins: Mapping[str, str]) -> None:
    for name in ("blobs_endpoint", "blobs_public_endpoint"):
        plain = (values[name] or "").startswith("http://")
        if plain and not values["blobs_plain_http"]:
            raise InvalidSetting(
                f"{name} is http:// ({origins[name]}), but must be https:// unless "
                "blobs_plain_http is true"
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
