"""Pages of the reference that are made from the code: `python -m tests.architecture.pages`."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.architecture.pages import (
    actions,
    commands,
    errors,
    events,
    records,
    routes,
    settings,
)

COMMAND: Final = "make docs-reference"
PAGES: Final[Mapping[str, Callable[[], str]]] = {
    "actions": actions.page,
    "commands": commands.page,
    "errors": errors.page,
    "event-kinds": events.page,
    "audit-records": records.page,
    "routes": routes.page,
    "settings": settings.page,
}
"""Names of pages below `docs/reference`, with what makes each."""
