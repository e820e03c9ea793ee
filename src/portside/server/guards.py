"""What proves callers, and makes the credentials that they prove themselves with."""

from __future__ import annotations

from dataclasses import dataclass

from portside.access.authenticate import Authenticator
from portside.access.credentials import Credentials
from portside.access.issuers import Issuers
from portside.access.sealing import Seal
from portside.access.sessions import SessionTokens
from portside.access.slowing import Slowing
from portside.access.tokens import Tokens
from portside.metadata.database import Database
from portside.metadata.freshness import Freshness
from portside.server.clock import now
from portside.server.secrets_key import open_keys
from portside.services.identity.passwords import Passwords
from portside.services.sessions import Sessions
from portside.services.sign_in import SignIn
from portside.services.web_sessions import WebSessions, read_places
from portside.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """The guards of one worker."""

    seal: Seal
    tokens: Tokens
    credentials: Credentials
    authenticator: Authenticator
    sessions: Sessions
    web_sessions: WebSessions
    slowing: Slowing
    sign_in: SignIn


def make_guards(settings: Settings, database: Database, freshness: Freshness) -> Guards:
    """The guards over one database.

    Raises:
        OSError: the secrets key cannot be read, or is not this database's.
    """
    opened = open_keys(settings, database)
    tokens = Tokens(opened.keys.token_key(opened.seal))
    session_tokens = SessionTokens(Seal(opened.keys.session_key(opened.seal)))
    sessions = Sessions(database, session_tokens, now)
    slowing = Slowing(now)
    issuers = Issuers(read_places(settings.oidc_keys), now)
    return Guards(
        seal=opened.seal,
        tokens=tokens,
        credentials=Credentials(database, freshness, opened.seal, session_tokens, now),
        authenticator=Authenticator(database, freshness, tokens, now),
        sessions=sessions,
        web_sessions=WebSessions(database, sessions, issuers, now),
        slowing=slowing,
        sign_in=SignIn(database, Passwords(database, now), sessions, slowing),
    )
