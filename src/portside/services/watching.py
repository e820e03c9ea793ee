"""How whoever waits for long work is told how far it is."""

from __future__ import annotations

from typing import Protocol


class Watch(Protocol):
    """Is told how far work is, stage by stage; from several threads, one at a time."""

    def total(self, stage: str, total: int) -> None:
        """A stage begins that will come to so much."""
        ...

    def advance(self, stage: str, amount: int) -> None:
        """A stage has come so much further."""
        ...
