"""What of a request's parameters may be written down: never a secret, never bytes, never much."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"
"""CloudTrail's own words."""
TEXT_LENGTH_MAX: Final = 2048
VALUES_MAX: Final = 500
DEPTH_MAX: Final = 12
SECRETS: Final = frozenset(
    {
        "addprivatekey",
        "authorizationtoken",
        "base32stringseed",
        "downloadurl",
        "newpassword",
        "oldpassword",
        "password",
        "privatekey",
        "qrcodepng",
        "samlassertion",
        "secretaccesskey",
        "secretkey",
        "servicecredentialsecret",
        "servicepassword",
        "sessiontoken",
        "tokencode",
        "tradeintoken",
        "webidentitytoken",
    }
)


def redact(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as CloudTrail shows them: names begin in lower case, secrets are hidden."""
    return _Walk().mapping(parameters, 0)


class _Walk:
    """One document, of which so many values are kept."""

    def __init__(self) -> None:
        self._left = VALUES_MAX

    def mapping(self, held: Mapping[str, Any], depth: int) -> dict[str, Any]:
        found = {}
        for key, value in held.items():
            if self._left <= 0 or depth >= DEPTH_MAX:
                break
            name = (key[:1].lower() + key[1:])[:TEXT_LENGTH_MAX]
            if key.lower() in SECRETS:
                found[name] = HIDDEN
            elif not isinstance(value, bytes):
                found[name] = self._value(value, depth + 1)
        return found

    def _value(self, value: Any, depth: int) -> Any:
        self._left -= 1
        if isinstance(value, str):
            cut = value[:TEXT_LENGTH_MAX]
            return cut if cut == value else f"{cut}…"
        if isinstance(value, Mapping):
            return self.mapping(value, depth)
        if isinstance(value, list | tuple):
            return self._list(value, depth)
        if isinstance(value, datetime):
            return value.isoformat()
        return value if isinstance(value, bool | int | float) or value is None else str(value)

    def _list(self, values: list[Any] | tuple[Any, ...], depth: int) -> list[Any]:
        found = []
        for value in values:
            if self._left <= 0 or depth >= DEPTH_MAX:
                break
            if not isinstance(value, bytes):
                found.append(self._value(value, depth + 1))
        return found
