"""Sessions for web identities: a role for whoever proves with a token who they are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import structlog

from portside.access.circumstances import Circumstances, request_keys
from portside.access.issuers import Issuers
from portside.access.trust import Assumption, trusts_web_identity
from portside.access.web_identity import (
    NO_KEY,
    IdentityTokenInvalid,
    UnprovenToken,
    WebIdentity,
    read_unproven,
    verify,
)
from portside.identity.sessions import (
    SessionDenied,
    SessionTags,
    SessionTerms,
    merge_session_tags,
    role_seconds,
)
from portside.metadata.database import Database, Transaction
from portside.metadata.providers import find_provider
from portside.names.arns import Arn
from portside.services.sessions import RoleSession, Sessions, find_role

ASSUME_ROLE = "sts:AssumeRoleWithWebIdentity"
KEYS_TRIED_MAX = 10

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WebSession:
    """A role's session, and whose it is."""

    role_session: RoleSession
    identity: WebIdentity


class WebSessions:
    """Makes sessions for web identities. Methods wait for issuers: call them from a thread."""

    def __init__(
        self,
        database: Database,
        sessions: Sessions,
        issuers: Issuers,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._issuers = issuers
        self._clock = clock

    def assume_role(
        self,
        token: str,
        role_arn: Arn,
        terms: SessionTerms,
        circumstances: Circumstances,
    ) -> WebSession:
        """A session of a role whose trust policy lets whom the token names.

        Raises:
            IdentityTokenInvalid: not a token of a provider of the role's account, for its audience.
            IdentityTokenExpired: its time is over.
            IdentityClaimRejected: a claim is missing, or not what it must be.
            IssuerUnreachable: the provider's keys cannot be had now.
            SessionDenied: no such role, or it does not trust the identity.
            SessionRefused: the terms are not what STS takes, or the session would be too long.
            SessionTagsRefused: the token's session tags are not what STS takes.
            MalformedPolicy: the session policy is none.
            PackedPolicyTooLarge: policies and tags do not fit into a token.
        """
        unproven = read_unproven(token)
        provider_arn = _provider_arn(role_arn, unproven.issuer)
        with self._database.read() as tx:
            audience = _find_audience(tx, provider_arn, unproven)
        identity = self._prove(unproven, audience)
        tags = merge_session_tags(SessionTags(), identity.tags, identity.transitive_tag_keys)
        full = replace(
            terms,
            tags=identity.tags,
            transitive_tag_keys=identity.transitive_tag_keys,
            source_identity=identity.source_identity,
        )
        with self._database.read() as tx:
            found = find_role(tx, role_arn)
        if found is None or not trusts_web_identity(
            Assumption(
                action=ASSUME_ROLE,
                role=found[0],
                trust_policy=found[1].trust_policy,
                terms=full,
                is_tagged=bool(tags.tags),
                context=request_keys(circumstances, self._clock()),
            ),
            provider_arn,
            identity,
        ):
            # AWS does not tell a role that is not there from one that says no.
            raise SessionDenied(f"Not authorized to perform {ASSUME_ROLE}")
        role, role_terms = found
        session = self._sessions.make(
            role,
            full,
            tags,
            role_seconds(terms.seconds, role_terms.session_seconds_max, chained=False),
            provider_arn,
        )
        return WebSession(session, identity)

    def _prove(self, token: UnprovenToken, audience: str) -> WebIdentity:
        now = self._clock()
        keys = self._issuers.list_keys(token.issuer, token.key_id)
        refused: IdentityTokenInvalid | None = None
        for key in keys[:KEYS_TRIED_MAX]:
            try:
                return verify(token, key, audience, now)
            except IdentityTokenInvalid as error:
                refused = error
        _log.warning("web identity refused", issuer=token.issuer, key_id=token.key_id)
        raise refused or IdentityTokenInvalid(NO_KEY)


def read_places(text: str | None) -> Mapping[str, str]:
    """Where issuers' keys are, of ``ISSUER=PLACE`` texts with spaces between them."""
    pairs: list[Any] = [pair.partition("=") for pair in (text or "").split()]
    return {issuer: place for issuer, _, place in pairs}


def _provider_arn(role_arn: Arn, issuer: str) -> str:
    return f"arn:aws:iam::{role_arn.account}:oidc-provider/{issuer.removeprefix('https://')}"


def _find_audience(tx: Transaction, provider_arn: str, token: UnprovenToken) -> str:
    provider = find_provider(tx, provider_arn)
    if provider is None:
        raise IdentityTokenInvalid(
            f"No OpenIDConnect provider found in your account for {token.issuer}"
        )
    for audience in token.audiences:
        if audience in provider.client_ids:
            return audience
    raise IdentityTokenInvalid("Incorrect token audience")
