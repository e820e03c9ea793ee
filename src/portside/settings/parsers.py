"""How a setting's text is read; each raises ``ValueError`` with what is allowed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path

from portside.names.accounts import AccountId, Region
from portside.names.errors import MalformedName
from portside.registry.throttling import parse_rates
from portside.registry.upstreams import parse_endpoints

_DNS_NAME = re.compile(
    r"(?:\*\.)?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_TRUE = frozenset({"true", "1", "yes"})
_KEY_ALLOWED = "32 bytes in base64 (openssl rand -base64 32)"
_PLACES_ALLOWED = "texts such as https://issuer.example=/etc/keys.json, each issuer once"
_FALSE = frozenset({"false", "0", "no"})


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number from ``low`` to ``high``."""

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return parse


def one_of(*allowed: str) -> Callable[[str], str]:
    """One of these words."""

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError("one of " + ", ".join(allowed))
        return text

    return parse


def pattern(expression: re.Pattern[str], allowed: str) -> Callable[[str], str]:
    """A text that the expression matches whole."""

    def parse(text: str) -> str:
        if not expression.fullmatch(text):
            raise ValueError(allowed)
        return text

    return parse


def named(kind: Callable[[str], AccountId | Region]) -> Callable[[str], str]:
    """The text of an account or a region."""

    def parse(text: str) -> str:
        try:
            return kind(text).text
        except MalformedName as error:
            raise ValueError(error.rule) from error

    return parse


def rates(text: str) -> str:
    """The text of rates, each for some actions."""
    parse_rates(text)
    return text


def truth(text: str) -> bool:
    """True or false, in several spellings."""
    if text.lower() in _TRUE | _FALSE:
        return text.lower() in _TRUE
    raise ValueError("true or false")


def folder(text: str) -> Path:
    """A path that is not empty."""
    if not text:
        raise ValueError("a folder")
    return Path(text)


def readable(text: str) -> Path:
    """The path of a file that can be read."""
    path = Path(text)
    try:
        path.open("rb").close()
    except OSError as error:
        raise ValueError("a file that can be read") from error
    return path


def long_secret(text: str) -> str:
    """A secret of at least 16 characters."""
    if len(text) < 16:
        raise ValueError("at least 16 characters")
    return text


def key_of_32_bytes(text: str) -> bytes:
    """The base64 of 32 bytes."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (ValueError, binascii.Error) as error:
        raise ValueError(_KEY_ALLOWED) from error
    if len(key) != 32:
        raise ValueError(_KEY_ALLOWED)
    return key


def hosts(text: str) -> str:
    """DNS names, perhaps with a wildcard, and addresses, up to 64 of them, parted by commas."""
    parts = [part.strip() for part in text.split(",")]
    if not 1 <= len(parts) <= 64 or not all(map(_is_host, parts)):
        raise ValueError("DNS names or addresses, up to 64, parted by commas")
    return ",".join(parts)


def _is_host(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        # A name of digits alone would be an address that was written wrong.
        named = len(text) <= 253 and _DNS_NAME.fullmatch(text.lower()) is not None
        return named and not re.fullmatch(r"[0-9.]+", text)
    return True


def networks(text: str) -> str:
    """Addresses and networks, parted by commas."""
    try:
        for part in text.split(","):
            ip_network(part.strip())
    except ValueError as error:
        raise ValueError("addresses or networks such as 10.0.0.0/8, parted by commas") from error
    return text


def upstreams(text: str) -> str:
    """Endpoints of registries, between commas."""
    try:
        parse_endpoints(text)
    except ValueError as error:
        raise ValueError(f"{error}, several between commas") from error
    return text


def key_places(text: str) -> str:
    """Texts ``ISSUER=PLACE`` with spaces between them, each issuer once."""
    issuers = []
    for pair in text.split():
        issuer, _, place = pair.partition("=")
        if not issuer.startswith("https://") or not place:
            raise ValueError(_PLACES_ALLOWED)
        issuers.append(issuer)
    if len(set(issuers)) < len(issuers):
        raise ValueError(_PLACES_ALLOWED)
    return text


def url(text: str) -> str:
    """An absolute URL of HTTP."""
    if not re.fullmatch(r"https?://[!-~]{1,2000}", text):
        raise ValueError("a URL that begins with http:// or https://")
    return text


def database(text: str) -> str | None:
    """The URL of a PostgreSQL database; nothing, where the text is empty."""
    if not text:
        return None
    if not re.fullmatch(r"postgres(?:ql)?://[!-~]{1,2000}", text):
        raise ValueError("a URL such as postgresql://USER:PASSWORD@HOST:5432/NAME, or empty")
    return text.replace("postgres://", "postgresql://", 1)


def urls(text: str) -> tuple[str, ...]:
    """Up to eight URLs, separated by commas."""
    parts = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not 1 <= len(parts) <= 8:
        raise ValueError("one to 8 URLs, separated by commas")
    return tuple(url(part) for part in parts)
