"""Pages of lists (distribution-spec "Listing Tags"; RFC 8288 links)."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from portside.names.errors import Refusal


class InvalidPageSize(Refusal):
    """``n`` is no whole number from 0 on."""

    def __init__(self, given: str) -> None:
        super().__init__(given)
        self.given = given[:100]


class PageTooLarge(Refusal):
    """``n`` is more than ECR puts into one page of tags."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


def parse_page_size(text: str | None) -> int | None:
    """How many entries ``n`` asks for; ``None`` where it is absent or empty.

    Raises:
        InvalidPageSize: not a whole number from 0 on.
    """
    if not text:
        return None
    if not (text.isascii() and text.isdigit()):
        raise InvalidPageSize(text)
    # More digits than any count needs mean "everything"; int() of a megabyte would take minutes.
    return int(text) if len(text) < 10 else 10**9


def next_link(path: str, query: Mapping[str, str]) -> dict[str, str]:
    """The ``Link`` header that leads to the next page."""
    return {"link": f'<{path}?{urlencode(query)}>; rel="next"'}
