"""Listings by pages: ``MaxItems``, ``Marker`` and ``IsTruncated``."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

from portside.aws.calls import Call
from portside.aws.protocol.errors import AWSError
from portside.registry.pages import MalformedPageToken, parse_token, render_token

ITEMS_DEFAULT: Final = 100
_LISTING: Final = "iam"

Entry = TypeVar("Entry")


def paginate(
    call: Call, entries: Iterable[Entry], key: Callable[[Entry], str]
) -> tuple[list[Entry], dict[str, Any]]:
    """The page asked for, in the order of the keys, and what the answer says of further ones.

    A marker holds the key that its page ended with: what is added or deleted between two pages
    makes nothing else come twice or not at all.

    Raises:
        AWSError: the marker is none of ours.
    """
    ordered = sorted(entries, key=key)
    start = _start(call.params.get("Marker"), [key(entry) for entry in ordered])
    limit = call.params.get("MaxItems") or ITEMS_DEFAULT
    page = ordered[start : start + limit]
    if start + limit >= len(ordered):
        return page, {"IsTruncated": False}
    return page, {"IsTruncated": True, "Marker": render_token(_LISTING, key(page[-1]))}


def _start(marker: str | None, keys: list[str]) -> int:
    if marker is None:
        return 0
    try:
        position = parse_token(_LISTING, marker)
    except MalformedPageToken as error:
        raise _invalid() from error
    if len(position) != 1 or not isinstance(position[0], str):
        raise _invalid()
    return bisect_right(keys, position[0])


def _invalid() -> AWSError:
    return AWSError("ValidationError", "Invalid Marker.")
