"""Making sessions: who may assume which role, on which terms, and what the session is then."""

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.stores.databases import open_database
from tests.unit.access.oidc import AUDIENCE, ISSUER, SUBJECT, Issuer

from portside.access.callers import Caller
from portside.access.circumstances import Circumstances
from portside.access.credentials import Credentials
from portside.access.issuers import Issuers
from portside.access.refusals import AccessDenied, CredentialsUnknown
from portside.access.sealing import Seal
from portside.access.sessions import SessionTokens
from portside.access.web_identity import IdentityTokenInvalid
from portside.identity.credentials import OIDCProvider
from portside.identity.identities import Identity, Kind, RoleTerms
from portside.identity.sessions import (
    AccessKeyUnknown,
    SessionDenied,
    SessionRefused,
    SessionTerms,
)
from portside.metadata import identities, principals
from portside.metadata.migrations import upgrade
from portside.metadata.principals import Principal
from portside.metadata.providers import put_provider
from portside.names.accounts import AccountId
from portside.names.arns import Arn
from portside.policy.documents import MalformedPolicy
from portside.services.sessions import RoleSession, Sessions
from portside.services.web_sessions import WebSessions, read_places

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ACCOUNT, OTHER = AccountId("123456789012"), AccountId("210987654321")
HERE = Circumstances(region="us-east-1", source_ip="10.0.0.1")
TERMS = SessionTerms(name="run-7")
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/issuer.example"
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


def _trust(principal: dict[str, str], action: Any = "sts:AssumeRole", **condition: Any) -> str:
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class _World:
    def __init__(self, folder: Path) -> None:
        self.database = open_database(folder / "db")
        upgrade(self.database)
        self.freshness = self.database.freshness()
        self.tokens = SessionTokens(Seal(b"s" * 32))
        self.sessions = Sessions(self.database, self.tokens, lambda: NOW)
        self.credentials = Credentials(
            self.database, self.freshness, Seal(b"k" * 32), self.tokens, lambda: NOW
        )
        with self.database.write() as tx:
            for number, account in enumerate((ACCOUNT, OTHER)):
                arn = Arn(f"arn:aws:iam::{account}:root")
                root = Principal(arn=arn, account=account, kind="root", unique_id=f"AIDA{number}")
                principals.insert_account(tx, root, NOW)

    def add(self, kind: Kind, name: str, account: AccountId = ACCOUNT) -> Identity:
        made = Identity(
            id=f"{kind}-{name}-{account}",
            account=account,
            kind=kind,
            name=name,
            path="/",
            created_at=NOW,
            tags={},
        )
        with self.database.write() as tx:
            identities.insert_identity(tx, made)
        return made

    def user(self, name: str = "ann", account: AccountId = ACCOUNT) -> Caller:
        made = self.add(Kind.USER, name, account)
        return Caller(arn=made.arn, account=account, unique_id=made.id, is_root=False)

    def role(self, trust: str, name: str = "builder", *, seconds_max: int = 3600) -> Arn:
        made = self.add(Kind.ROLE, name)
        terms = RoleTerms(trust_policy=trust, session_seconds_max=seconds_max)
        with self.database.write() as tx:
            identities.put_role_terms(tx, made.id, terms)
        return made.arn

    def assume(self, caller: Caller, role: Arn, terms: SessionTerms = TERMS) -> RoleSession:
        return self.sessions.assume_role(caller, role, terms, HERE)

    def caller(self, made: RoleSession) -> Caller:
        self.freshness.renew()
        held = made.credentials
        return self.credentials.find(held.access_key_id, held.session_token)[0]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[_World]:
    made = _World(tmp_path)
    with closing(made.database), closing(made.freshness):
        yield made


def test_a_user_whom_the_role_trusts(world: _World) -> None:
    user = world.user()
    role = world.role(_trust({"AWS": user.arn.text}))
    made = world.assume(user, role)
    assert made.arn.text == f"arn:aws:sts::{ACCOUNT}:assumed-role/builder/run-7"
    assert made.session.expires_at == NOW + timedelta(hours=1)
    caller = world.caller(made)
    assert (caller.arn, caller.session, caller.is_root) == (made.arn, made.session, False)
    assert caller.user_id == f"{made.role_id}:run-7"


def test_nobody_else(world: _World) -> None:
    """Another user; a role that is not there; one that trusts the account alone."""
    user = world.user()
    other = world.user("bob")
    role = world.role(_trust({"AWS": user.arn.text}))
    account = world.role(_trust({"AWS": ROOT}), "account")
    nowhere = Arn(f"arn:aws:iam::{ACCOUNT}:role/nowhere")
    for caller, wanted in ((other, role), (user, nowhere), (user, account), (user, user.arn)):
        with pytest.raises(AccessDenied) as caught:
            world.assume(caller, wanted)
        assert str(caught.value) == (
            f"User: {caller.arn} is not authorized to perform: sts:AssumeRole on resource: {wanted}"
        )


def test_another_account_must_allow_it_too(world: _World) -> None:
    stranger = world.user("eve", OTHER)
    role = world.role(_trust({"AWS": stranger.arn.text}))
    with pytest.raises(AccessDenied):
        world.assume(stranger, role)


def test_external_ids(world: _World) -> None:
    user = world.user()
    condition = {"StringEquals": {"sts:ExternalId": "secret-handshake"}}
    role = world.role(_trust({"AWS": user.arn.text}, **condition))
    world.assume(user, role, replace(TERMS, external_id="secret-handshake"))
    for wrong in (None, "guess"):
        with pytest.raises(AccessDenied):
            world.assume(user, role, replace(TERMS, external_id=wrong))


def test_conditions_on_the_request(world: _World) -> None:
    user = world.user()
    condition = {
        "IpAddress": {"aws:SourceIp": "10.0.0.0/8"},
        "StringLike": {"sts:RoleSessionName": "run-*"},
    }
    role = world.role(_trust({"AWS": user.arn.text}, **condition))
    world.assume(user, role)
    with pytest.raises(AccessDenied):
        world.assume(user, role, replace(TERMS, name="other"))


def test_tags_and_source_identity_must_be_allowed(world: _World) -> None:
    user = world.user()
    plain = world.role(_trust({"AWS": user.arn.text}), "plain")
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    condition = {"StringEquals": {"aws:RequestTag/team": "ci"}}
    tagged = _trust({"AWS": user.arn.text}, actions, **condition)
    role = world.role(tagged)
    terms = replace(TERMS, tags=(("team", "ci"),), transitive_tag_keys=("team",))
    for refused in (terms, replace(TERMS, source_identity="ann")):
        with pytest.raises(AccessDenied):
            world.assume(user, plain, refused)
    with pytest.raises(AccessDenied):
        world.assume(user, role, replace(terms, tags=(("team", "other"),)))
    made = world.assume(user, role, replace(terms, source_identity="ann"))
    assert made.packed_percent > 0
    session = world.caller(made).session
    assert session is not None
    assert (session.tags, session.transitive_tag_keys) == ({"team": "ci"}, ("team",))
    assert session.source_identity == "ann"


def test_chains(world: _World) -> None:
    """A role assumes the next: for an hour, with the transitive tags and the source identity."""
    user = world.user()
    actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    first = world.role(_trust({"AWS": user.arn.text}, actions), "first")
    second = world.role(_trust({"AWS": first.text}, actions), "second", seconds_max=43_200)
    terms = replace(
        TERMS,
        tags=(("team", "ci"), ("job", "7")),
        transitive_tag_keys=("team",),
        source_identity="ann",
    )
    caller = world.caller(world.assume(user, first, terms))
    last = world.assume(caller, second)
    assert last.session.tags == {"team": "ci"}
    assert last.session.source_identity == "ann"
    with pytest.raises(SessionRefused):
        world.assume(caller, second, replace(TERMS, seconds=3601))
    with pytest.raises(SessionDenied):
        world.assume(caller, second, replace(TERMS, source_identity="eve"))


def test_terms_that_are_not_taken(world: _World) -> None:
    user = world.user()
    role = world.role(_trust({"AWS": user.arn.text}))
    with pytest.raises(SessionRefused):
        world.assume(user, role, replace(TERMS, seconds=3601))
    with pytest.raises(MalformedPolicy):
        world.assume(user, role, replace(TERMS, policy="{}"))
    with pytest.raises(SessionRefused):
        world.assume(user, role, replace(TERMS, policy=" " * 2049))
    root = Caller(arn=Arn(ROOT), account=ACCOUNT, unique_id="AIDA0", is_root=True)
    with pytest.raises(SessionDenied):
        world.assume(root, role)


def test_a_session_is_dead_when_its_role_is(world: _World) -> None:
    """Deleted, and made again under its name: another role."""
    user = world.user()
    trust = _trust({"AWS": user.arn.text})
    role = world.role(trust)
    made = world.assume(user, role)
    world.caller(made)
    with world.database.write() as tx:
        held = identities.find_identity(tx, ACCOUNT, Kind.ROLE, "builder")
        assert held is not None
        identities.delete_identity(tx, held)
        identities.insert_identity(tx, replace(held, id="AROA-ANOTHER"))
    with pytest.raises(CredentialsUnknown):
        world.caller(made)


def test_sessions_of_a_users_own(world: _World) -> None:
    user = world.user()
    made = world.sessions.user_session(user, None, characters_min=2000)
    assert made.expires_at == NOW + timedelta(hours=12)
    assert 2000 <= len(made.session_token) <= 2010
    caller, _ = world.credentials.find(made.access_key_id, made.session_token)
    assert (caller.arn, caller.unique_id) == (user.arn, user.unique_id)
    with pytest.raises(SessionDenied):
        world.sessions.user_session(caller, None)
    assert world.sessions.account_of_key(made.access_key_id) == ACCOUNT
    for unknown in ("AKIANOBODY0000000", "ASIANOBODY"):
        with pytest.raises(AccessKeyUnknown):
            world.sessions.account_of_key(unknown)


class _Federation:
    def __init__(self, world: _World) -> None:
        self.world = world
        self.issuer = Issuer()
        issuers = Issuers({}, lambda: NOW, fetch=self._fetch)
        self.web = WebSessions(world.database, world.sessions, issuers, lambda: NOW)
        provider = OIDCProvider(
            account=ACCOUNT,
            url="issuer.example",
            client_ids=(AUDIENCE,),
            thumbprints=(),
            tags={},
            created_at=NOW,
        )
        with world.database.write() as tx:
            put_provider(tx, provider)

    def _fetch(self, url: str) -> Any:
        if url.endswith("/openid-configuration"):
            return {"issuer": ISSUER, "jwks_uri": "https://keys.example"}
        return self.issuer.jwks()


def _web_trust(subject: str) -> str:
    condition = {"StringLike": {"issuer.example:sub": subject, "issuer.example:aud": AUDIENCE}}
    return _trust({"Federated": PROVIDER}, "sts:AssumeRoleWithWebIdentity", **condition)


def test_web_identities(world: _World) -> None:
    """Who the trust policy means by the token's claims gets the role, and nobody else."""
    federation = _Federation(world)
    role = world.role(_web_trust("repo:team/*"))
    token = federation.issuer.token(NOW)
    made = federation.web.assume_role(token, role, TERMS, HERE)
    assert (made.identity.subject, made.identity.audience) == (SUBJECT, AUDIENCE)
    caller = world.caller(made.role_session)
    assert caller.arn.text == f"arn:aws:sts::{ACCOUNT}:assumed-role/builder/run-7"
    assert caller.session is not None
    assert caller.session.provider == PROVIDER
    for wrong in (
        federation.issuer.token(NOW, sub="repo:other/app"),
        federation.issuer.token(NOW, sub="repo:TEAM/app"),
    ):
        with pytest.raises(SessionDenied) as caught:
            federation.web.assume_role(wrong, role, TERMS, HERE)
        told = "Not authorized to perform sts:AssumeRoleWithWebIdentity"
        assert caught.value.reason == told


def test_a_web_identity_needs_its_own_action_and_a_role(world: _World) -> None:
    federation = _Federation(world)
    token = federation.issuer.token(NOW)
    plain = world.role(_trust({"Federated": PROVIDER}), "plain")
    nowhere = Arn(f"arn:aws:iam::{ACCOUNT}:role/nowhere")
    for role in (plain, nowhere):
        with pytest.raises(SessionDenied):
            federation.web.assume_role(token, role, TERMS, HERE)


def test_tokens_of_nobody_we_know(world: _World) -> None:
    federation = _Federation(world)
    role = world.role(_web_trust("*"))
    elsewhere = Arn(f"arn:aws:iam::{OTHER}:role/builder")
    told = {
        federation.issuer.token(NOW, aud="others"): "Incorrect token audience",
        federation.issuer.token(NOW, iss="https://evil.example"): (
            "No OpenIDConnect provider found in your account for https://evil.example"
        ),
        Issuer().token(NOW): "The ID Token provided is not a valid JWT signature.",
    }
    for token, reason in told.items():
        with pytest.raises(IdentityTokenInvalid) as caught:
            federation.web.assume_role(token, role, TERMS, HERE)
        assert caught.value.reason == reason
    with pytest.raises(IdentityTokenInvalid):
        federation.web.assume_role(federation.issuer.token(NOW), elsewhere, TERMS, HERE)


def test_a_web_identitys_tags(world: _World) -> None:
    federation = _Federation(world)
    trust = _trust({"Federated": PROVIDER}, ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"])
    tagged, plain = world.role(trust), world.role(_web_trust("*"), "plain")
    claims = {"https://aws.amazon.com/tags": {"principal_tags": {"team": ["ci"]}}}
    token = federation.issuer.token(NOW, **claims)
    made = federation.web.assume_role(token, tagged, TERMS, HERE)
    assert made.role_session.session.tags == {"team": "ci"}
    with pytest.raises(SessionDenied):
        federation.web.assume_role(token, plain, TERMS, HERE)


def test_places() -> None:
    assert read_places(None) == {}
    text = "https://a.example=/etc/a.json  https://b.example=https://c.example/?x=y"
    assert read_places(text) == {
        "https://a.example": "/etc/a.json",
        "https://b.example": "https://c.example/?x=y",
    }
