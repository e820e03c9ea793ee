"""Page tokens: where the next page begins, opaque to clients (ECR ``nextToken``)."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from portside.names.errors import Refusal

TOKEN_LENGTH_MAX = 4096
NUMBER_MAX = 2**63 - 1


class MalformedPageToken(Refusal):
    """A token that no page of this listing gave out."""


def render_token(listing: str, *position: str | int) -> str:
    """A token for the page that follows this position of the named listing."""
    text = json.dumps([listing, *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def parse_token(listing: str, token: str | None, *kinds: type) -> list[Any]:
    """The position that a token holds; no token is the start, an empty position.

    With ``kinds`` a position has exactly these, as :func:`render_token` was given them.

    Raises:
        MalformedPageToken: not a token of this listing.
    """
    if not token:
        return []
    if len(token) > TOKEN_LENGTH_MAX:
        raise MalformedPageToken
    try:
        held = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise MalformedPageToken from error
    if not isinstance(held, list) or not held or held[0] != listing:
        raise MalformedPageToken
    position = held[1:]
    if not all(_is_part(part) for part in position):
        raise MalformedPageToken
    if kinds and [type(part) for part in position] != list(kinds):
        raise MalformedPageToken
    return position


def _is_part(part: object) -> bool:
    # Numbers are rows' ids: what is larger than any database counts was not given out.
    if isinstance(part, int) and not isinstance(part, bool):
        return 0 <= part <= NUMBER_MAX
    return isinstance(part, str)
