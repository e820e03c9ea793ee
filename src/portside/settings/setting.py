"""What a setting is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

PREFIX: Final = "PORTSIDE_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A row of the table. ``parse`` raises ``ValueError`` with what is allowed."""

    name: str
    parse: Callable[[str], Any]
    default: Any
    help: str
    secret: bool = False
    elsewhere: str | None = None
    """Another environment variable, of a standard, that counts where ours is not set."""

    @property
    def variable(self) -> str:
        """The environment variable."""
        return PREFIX + self.name.upper()

    @property
    def flag(self) -> str:
        """The command line's option."""
        return "--" + self.name.replace("_", "-")
