"""The keys of OpenID Connect issuers: from a file, a URL, or the issuer's discovery document.

OpenID Connect Discovery 1.0, section 4: ``ISSUER/.well-known/openid-configuration`` names the
``jwks_uri``. The operator may say where an issuer's keys are instead, for one inside the network.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from portside.access.fetching import BYTES_MAX, Fetcher, FetchFailed
from portside.names.errors import Refusal

KEYS_HOLD: Final = timedelta(hours=1)
FAILURES_HOLD: Final = timedelta(seconds=30)
"""How long an issuer is left alone after a failure, or after it did not know a key."""
ISSUERS_MAX: Final = 256
_KEYS_MAX: Final = 100
_WELL_KNOWN: Final = "/.well-known/openid-configuration"

Key = Mapping[str, Any]


@dataclass(eq=False)
class IssuerUnreachable(Refusal):
    """The issuer's keys could not be had; ``reason`` says why, for the log."""

    issuer: str
    reason: str


@dataclass(slots=True)
class _Held:
    keys: tuple[Key, ...] = ()
    fetched_at: datetime | None = None
    failed: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)


class Issuers:
    """Finds issuers' keys, and remembers them for an hour. Any thread may ask.

    ``places`` maps issuers to where the operator says that their keys are: a file's path or a URL.
    """

    def __init__(
        self,
        places: Mapping[str, str],
        clock: Callable[[], datetime],
        *,
        fetch: Callable[[str], Any] | None = None,
        fetch_trusted: Callable[[str], Any] | None = None,
    ) -> None:
        self._places = places
        self._clock = clock
        self._fetch = fetch or Fetcher().fetch_json
        self._fetch_trusted = fetch_trusted or Fetcher(trusting=True).fetch_json
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._lock = threading.Lock()

    def list_keys(self, issuer: str, key_id: str | None) -> tuple[Key, ...]:
        """The issuer's keys of this id, or all where a token names none.

        Raises:
            IssuerUnreachable: they cannot be had now.
        """
        held = self._find(issuer)
        # One thread fetches; the others wait for what it gets.
        with held.lock:
            if self._is_stale(held, key_id):
                self._renew(issuer, held)
            if held.failed is not None:
                raise IssuerUnreachable(issuer, held.failed)
            return _matching(held.keys, key_id)

    def _find(self, issuer: str) -> _Held:
        with self._lock:
            held = self._held.pop(issuer, None) or _Held()
            self._held[issuer] = held
            if len(self._held) > ISSUERS_MAX:
                self._held.popitem(last=False)
            return held

    def _is_stale(self, held: _Held, key_id: str | None) -> bool:
        if held.fetched_at is None:
            return True
        age = self._clock() - held.fetched_at
        if held.failed is not None or not _matching(held.keys, key_id):
            return age >= FAILURES_HOLD
        return age >= KEYS_HOLD

    def _renew(self, issuer: str, held: _Held) -> None:
        held.fetched_at = self._clock()
        try:
            held.keys = _read_keys(self._load(issuer))
            held.failed = None
        except (FetchFailed, OSError, ValueError) as error:
            held.failed = str(error)

    def _load(self, issuer: str) -> Any:
        place = self._places.get(issuer)
        if place is None:
            document = self._fetch(issuer.rstrip("/") + _WELL_KNOWN)
            if not isinstance(document, dict) or document.get("issuer") != issuer:
                raise FetchFailed("the discovery document is of another issuer")
            return self._fetch(str(document.get("jwks_uri")))
        if place.startswith(("https://", "http://")):
            return self._fetch_trusted(place)
        with Path(place).open("rb") as file:
            return json.loads(file.read(BYTES_MAX))


def _read_keys(document: Any) -> tuple[Key, ...]:
    keys = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(keys, list):
        raise FetchFailed("the key set has no keys")
    # Keys to encrypt with prove nothing.
    return tuple(
        key
        for key in keys[:_KEYS_MAX]
        if isinstance(key, dict) and key.get("kty") in ("RSA", "EC") and key.get("use") != "enc"
    )


def _matching(keys: tuple[Key, ...], key_id: str | None) -> tuple[Key, ...]:
    return tuple(key for key in keys if key_id is None or key.get("kid") == key_id)
