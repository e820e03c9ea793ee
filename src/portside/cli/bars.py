"""Progress on a terminal's standard error, a bar for each stage; nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class Bars:
    """Draws how far each stage is."""

    def __init__(self, progress: object) -> None:
        from rich.progress import Progress, TaskID  # noqa: PLC0415 - only some commands draw

        if not isinstance(progress, Progress):
            raise TypeError(progress)
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def total(self, stage: str, total: int) -> None:
        """A stage begins that will come to so much."""
        self._bars[stage] = self._progress.add_task(stage, total=total)

    def advance(self, stage: str, amount: int) -> None:
        """A stage has come so much further."""
        self._progress.advance(self._bars[stage], amount)


@contextmanager
def bars() -> Iterator[Bars]:
    """Bars while the block runs."""
    from rich.console import Console  # noqa: PLC0415 - as above
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    console = Console(stderr=True)
    percent = TextColumn("{task.percentage:.0f}%")
    columns = (TextColumn("{task.description}"), BarColumn(), percent, TimeRemainingColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as progress:
        yield Bars(progress)
