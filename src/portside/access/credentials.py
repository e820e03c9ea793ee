"""Access keys: from the id that a signature names to its caller, and the secret it must prove."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from portside.access.authenticate import caller_of
from portside.access.callers import Caller
from portside.access.refusals import CredentialsUnknown, SessionExpired
from portside.access.sealing import Seal, access_key_purpose
from portside.access.sessions import TEMPORARY_PREFIX, SessionTokens
from portside.metadata import principals
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness

REMEMBERED_MAX = 4096

_Key = tuple[str, bytes]


@dataclass(slots=True)
class _Remembered:
    caller: Caller
    stamp: int
    generation: int
    secret: str = field(repr=False)


class Credentials:
    """Finds the caller and secret of an access key, and remembers the secrets it has opened.

    They hold until anything changes among accounts, principals and credentials; session tokens are
    remembered by their hash. Belongs to one thread.
    """

    def __init__(
        self,
        database: Database,
        freshness: Freshness,
        seal: Seal,
        sessions: SessionTokens,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._freshness = freshness
        self._seal = seal
        self._sessions = sessions
        self._clock = clock
        self._remembered: OrderedDict[_Key, _Remembered] = OrderedDict()

    def find(self, access_key_id: str, session_token: str | None) -> tuple[Caller, str]:
        """The caller whom an access key names, and the secret that the signature must prove.

        Raises:
            CredentialsUnknown: no such key, it is inactive, its principal is gone, or it is a
                temporary one without its own session token.
            SessionExpired: the temporary credentials' time is over.
        """
        # A long-lived key needs no token; whatever came with it proves nothing.
        token = session_token if access_key_id.startswith(TEMPORARY_PREFIX) else None
        key = (access_key_id, hashlib.sha256((token or "").encode()).digest())
        held = self._remembered.get(key)
        if held is None or not self._still_holds(held):
            held = self._look(access_key_id, token)
            self._remembered[key] = held
            if len(self._remembered) > REMEMBERED_MAX:
                self._remembered.popitem(last=False)
        session = held.caller.session
        if session is not None and self._clock() >= session.expires_at:
            raise SessionExpired
        return held.caller, held.secret

    def _still_holds(self, held: _Remembered) -> bool:
        stamp = self._freshness.stamp
        if held.stamp != stamp:
            if self._freshness.identity_generation() != held.generation:
                return False
            held.stamp = stamp
        return True

    def _look(self, access_key_id: str, token: str | None) -> _Remembered:
        stamp = self._freshness.stamp
        generation = self._freshness.identity_generation()
        temporary = access_key_id.startswith(TEMPORARY_PREFIX)
        found = self._temporary(access_key_id, token) if temporary else self._lasting(access_key_id)
        return _Remembered(found[0], stamp, generation, found[1])

    def _lasting(self, access_key_id: str) -> tuple[Caller, str]:
        with self._database.read() as tx:
            key = principals.find_access_key(tx, access_key_id)
        if key is None or not key.active:
            raise CredentialsUnknown(access_key_id)
        secret = self._seal.open_text(key.sealed_secret, access_key_purpose(key.id))
        return caller_of(key.principal, None, key.id), secret

    def _temporary(self, access_key_id: str, token: str | None) -> tuple[Caller, str]:
        opened = self._sessions.open(access_key_id, token, self._clock())
        with self._database.read() as tx:
            principal = principals.find_principal(tx, opened.principal_arn)
        # One that was deleted and made again is another.
        if principal is None or principal.unique_id != opened.unique_id:
            raise CredentialsUnknown(access_key_id)
        return caller_of(principal, opened.session, access_key_id), opened.secret
