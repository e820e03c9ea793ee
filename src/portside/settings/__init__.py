"""Settings: one table, and from where each value comes.

A flag of the command line goes before an environment variable, that before the TOML file, that
before the default. Only this package reads the environment.
"""

from __future__ import annotations

from portside.settings.setting import Setting
from portside.settings.sources import InvalidSetting, Resolved, inheritable, resolve
from portside.settings.table import SETTINGS, WORKERS_DEFAULT_MAX, Settings

__all__ = [
    "SETTINGS",
    "WORKERS_DEFAULT_MAX",
    "InvalidSetting",
    "Resolved",
    "Setting",
    "Settings",
    "inheritable",
    "resolve",
]
