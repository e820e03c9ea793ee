"""Sessions: temporary credentials for roles, for users themselves, and for web identities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from portside.access.callers import Caller, Session
from portside.access.circumstances import Circumstances, request_keys
from portside.access.refusals import AccessDenied
from portside.access.sessions import (
    TEMPORARY_PREFIX,
    SessionTokens,
    TemporaryCredentials,
    account_of_temporary_id,
)
from portside.access.trust import Assumption, check_trust
from portside.identity.identities import Identity, Kind, RoleTerms
from portside.identity.sessions import (
    AccessKeyUnknown,
    SessionDenied,
    SessionTags,
    SessionTerms,
    check_policies,
    merge_session_tags,
    packed_percent,
    role_seconds,
    user_seconds,
)
from portside.metadata import principals
from portside.metadata.database import Database, Transaction
from portside.metadata.identities import find_identity_of_arn, find_role_terms
from portside.names.accounts import AccountId
from portside.names.arns import Arn, assumed_role_arn
from portside.policy.documents import Kind as PolicyKind
from portside.policy.documents import parse

ASSUME_ROLE = "sts:AssumeRole"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSession:
    """A session of a role as it was made."""

    credentials: TemporaryCredentials
    arn: Arn
    role_id: str
    session: Session
    packed_percent: int


class Sessions:
    """Makes sessions. Methods wait for the database: call them from a thread."""

    def __init__(
        self, database: Database, tokens: SessionTokens, clock: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock

    def assume_role(
        self,
        caller: Caller,
        role_arn: Arn,
        terms: SessionTerms,
        circumstances: Circumstances,
    ) -> RoleSession:
        """A session of a role (STS AssumeRole).

        Raises:
            AccessDenied: no such role, or it, or the caller's own policies, do not let the caller.
            SessionDenied: the caller is a root user.
            SessionRefused: the terms are not what STS takes, or the session would be too long.
            SessionTagsRefused: the tags are not what STS takes.
            MalformedPolicy: the session policy is none.
            PackedPolicyTooLarge: policies and tags do not fit into a token.
        """
        if caller.is_root:
            raise SessionDenied("Roles may not be assumed by root accounts.")
        inherited = _inherited(caller)
        tags = merge_session_tags(inherited, terms.tags, terms.transitive_tag_keys)
        terms = replace(terms, source_identity=_source_identity(caller, terms))
        with self._database.read() as tx:
            found = find_role(tx, role_arn)
            if found is None:
                # AWS does not tell a role that is not there from one that says no.
                raise AccessDenied(caller.arn.text, ASSUME_ROLE, role_arn.text, "")
            role, role_terms = found
            check_trust(
                tx,
                caller,
                Assumption(
                    action=ASSUME_ROLE,
                    role=role,
                    trust_policy=role_terms.trust_policy,
                    terms=terms,
                    is_tagged=bool(tags.tags),
                    context=request_keys(circumstances, self._clock()),
                ),
            )
        seconds = role_seconds(
            terms.seconds,
            role_terms.session_seconds_max,
            chained=caller.session is not None and caller.session.role_arn is not None,
        )
        return self.make(role, terms, tags, seconds)

    def make(
        self,
        role: Identity,
        terms: SessionTerms,
        tags: SessionTags,
        seconds: int,
        provider: str | None = None,
    ) -> RoleSession:
        """A session of a role that may be assumed; refuses policies as :meth:`assume_role` does."""
        check_policies(terms.policy, terms.policy_arns)
        if terms.policy is not None:
            parse(terms.policy, PolicyKind.IDENTITY)
        percent = packed_percent(terms.policy, terms.policy_arns, tags.tags)
        now = self._clock().replace(microsecond=0)
        session = Session(
            name=terms.name,
            role_arn=role.arn,
            issued_at=now,
            expires_at=now + timedelta(seconds=seconds),
            policies=(terms.policy,) if terms.policy else (),
            policy_arns=terms.policy_arns,
            tags=dict(tags.tags),
            transitive_tag_keys=tags.transitive,
            source_identity=terms.source_identity,
            provider=provider,
        )
        credentials = self._tokens.issue(
            role.arn, role.id, session, characters_min=terms.token_characters_min
        )
        return RoleSession(
            credentials=credentials,
            arn=assumed_role_arn(role.arn, terms.name),
            role_id=role.id,
            session=session,
            packed_percent=percent,
        )

    def user_session(
        self, caller: Caller, seconds: int | None, *, characters_min: int = 0
    ) -> TemporaryCredentials:
        """Credentials of a session of the caller's own (STS GetSessionToken).

        Raises:
            SessionDenied: the caller has a session already.
        """
        if caller.session is not None:
            raise SessionDenied("Cannot call GetSessionToken with session credentials")
        now = self._clock().replace(microsecond=0)
        lifetime = timedelta(seconds=user_seconds(seconds, is_root=caller.is_root))
        session = Session(name="", role_arn=None, issued_at=now, expires_at=now + lifetime)
        return self._tokens.issue(
            caller.arn, caller.unique_id, session, characters_min=characters_min
        )

    def account_of_key(self, access_key_id: str) -> AccountId:
        """The account of an access key, whatever its state (STS GetAccessKeyInfo).

        Raises:
            AccessKeyUnknown: no such key.
        """
        if access_key_id.startswith(TEMPORARY_PREFIX):
            account = account_of_temporary_id(access_key_id)
        else:
            with self._database.read() as tx:
                found = principals.find_access_key(tx, access_key_id)
            account = found.principal.account if found else None
        if account is None:
            raise AccessKeyUnknown
        return account


def find_role(tx: Transaction, arn: Arn) -> tuple[Identity, RoleTerms] | None:
    """A role with who may assume it, or ``None``."""
    role = find_identity_of_arn(tx, arn.text)
    if role is None or role.kind is not Kind.ROLE:
        return None
    terms = find_role_terms(tx, role.id)
    return (role, terms) if terms else None


def _inherited(caller: Caller) -> SessionTags:
    session = caller.session
    if session is None:
        return SessionTags()
    return SessionTags(tags=session.tags, transitive=session.transitive_tag_keys)


def _source_identity(caller: Caller, terms: SessionTerms) -> str | None:
    held = caller.session.source_identity if caller.session else None
    if held is not None and terms.source_identity not in (None, held):
        # STS AssumeRole: "The source identity value persists across chained role sessions".
        raise SessionDenied(
            f"User: {caller.arn} is not authorized to perform: sts:SetSourceIdentity on a session "
            "that has a source identity already"
        )
    return held or terms.source_identity
