"""OpenID Connect providers: the issuers of identity tokens that an account trusts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from portside.identity.credentials import OIDCProvider
from portside.identity.quotas import check_quota
from portside.identity.refusals import EntityAlreadyExists, NoSuchEntity, Thing
from portside.identity.tags import merge_tags, without_tags
from portside.metadata import providers
from portside.metadata.database import Database, Transaction
from portside.names.accounts import AccountId


class Providers:
    """The OpenID Connect providers of every account."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def create(
        self,
        account: AccountId,
        url: str,
        client_ids: Sequence[str],
        thumbprints: Sequence[str],
        tags: Sequence[tuple[str, str]],
    ) -> OIDCProvider:
        """Trust an issuer (IAM CreateOpenIDConnectProvider). ``url`` has no scheme.

        Raises:
            EntityAlreadyExists: the account has one of this URL.
            IAMQuotaExceeded: the account has as many as it may, or a list is too long.
            TagsRefused: a tag is not taken.
        """
        made = OIDCProvider(
            account=account,
            url=url,
            client_ids=tuple(dict.fromkeys(client_ids)),
            thumbprints=tuple(dict.fromkeys(thumbprints)),
            tags=merge_tags({}, tags),
            created_at=self._clock().replace(microsecond=0),
        )
        _check(made)
        with self._database.write() as tx:
            if providers.find_provider(tx, made.arn.text) is not None:
                raise EntityAlreadyExists(Thing.PROVIDER, url)
            count = len(providers.list_providers(tx, account))
            check_quota("OpenIdConnectProvidersPerAccount", count + 1)
            providers.put_provider(tx, made)
        return made

    def get(self, account: AccountId, arn: str) -> OIDCProvider:
        """The provider of this ARN.

        Raises:
            NoSuchEntity: the account has none.
        """
        with self._database.read() as tx:
            return _require(tx, account, arn)

    def list(self, account: AccountId) -> list[OIDCProvider]:
        """The account's providers, by URL."""
        with self._database.read() as tx:
            return providers.list_providers(tx, account)

    def delete(self, account: AccountId, arn: str) -> None:
        """Trust an issuer no more; nothing where there is none, as in AWS."""
        with self._database.write() as tx:
            _require(tx, account, arn)
            providers.delete_provider(tx, arn)

    def add_client_id(self, account: AccountId, arn: str, client_id: str) -> None:
        """Take tokens for another audience; again changes nothing. Refuses as :meth:`get`."""

        def change(held: OIDCProvider) -> OIDCProvider:
            ids = dict.fromkeys((*held.client_ids, client_id))
            return replace(held, client_ids=tuple(ids))

        self._change(account, arn, change)

    def remove_client_id(self, account: AccountId, arn: str, client_id: str) -> None:
        """Take tokens for an audience no more; again changes nothing. Refuses as :meth:`get`."""

        def change(held: OIDCProvider) -> OIDCProvider:
            return replace(
                held,
                client_ids=tuple(held_id for held_id in held.client_ids if held_id != client_id),
            )

        self._change(account, arn, change)

    def put_thumbprints(self, account: AccountId, arn: str, thumbprints: Sequence[str]) -> None:
        """Set the certificates' thumbprints, all of them; refuses as :meth:`get`."""
        self._change(account, arn, lambda held: replace(held, thumbprints=tuple(thumbprints)))

    def tag(self, account: AccountId, arn: str, added: Sequence[tuple[str, str]]) -> None:
        """Put tags on a provider; refuses as :meth:`create` and :meth:`get`."""
        self._change(account, arn, lambda held: replace(held, tags=merge_tags(held.tags, added)))

    def untag(self, account: AccountId, arn: str, keys: Iterable[str]) -> None:
        """Take tags off a provider; refuses as :meth:`get`."""
        self._change(account, arn, lambda held: replace(held, tags=without_tags(held.tags, keys)))

    def _change(
        self, account: AccountId, arn: str, change: Callable[[OIDCProvider], OIDCProvider]
    ) -> None:
        with self._database.write() as tx:
            changed = change(_require(tx, account, arn))
            _check(changed)
            providers.put_provider(tx, changed)


def _check(provider: OIDCProvider) -> None:
    check_quota("ClientIdsPerOpenIdConnectProvider", len(provider.client_ids))
    check_quota("ThumbprintsPerOpenIdConnectProvider", len(provider.thumbprints))


def _require(tx: Transaction, account: AccountId, arn: str) -> OIDCProvider:
    found = providers.find_provider(tx, arn)
    if found is None or found.account != account:
        raise NoSuchEntity(Thing.PROVIDER, arn)
    return found
