"""Access keys, login profiles and OpenID Connect providers as IAM shows them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from portside.identity.refusals import InputRefused
from portside.names.accounts import AccountId
from portside.names.arns import Arn


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """When an access key was last used, and where."""

    at: datetime
    region: str
    service: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKeyRecord:
    """An access key without its secret."""

    id: str
    active: bool
    created_at: datetime
    last_use: KeyUse | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccessKey:
    """An access key just made: the one time that its secret is shown."""

    id: str
    secret: str = field(repr=False)
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginProfile:
    """That a user may sign in with a password, of which only the hash is kept."""

    password_hash: str = field(repr=False)
    reset_required: bool
    created_at: datetime
    changed_at: datetime
    last_used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OIDCProvider:
    """An issuer of identity tokens that an account trusts. ``url`` has no scheme, as in AWS."""

    account: AccountId
    url: str
    client_ids: tuple[str, ...]
    thumbprints: tuple[str, ...]
    tags: Mapping[str, str]
    created_at: datetime

    @property
    def arn(self) -> Arn:
        """Its ARN."""
        return provider_arn(self.account, self.url)


_SCHEME: Final = "https://"
_URL: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?")


def provider_arn(account: AccountId, url: str) -> Arn:
    """The ARN of a provider by its URL without scheme."""
    return Arn(f"arn:aws:iam::{account}:oidc-provider/{url}")


def parse_provider_url(url: str) -> str:
    """An issuer's URL without its scheme.

    Raises:
        InputRefused: it is not ``https``, or has a query, a fragment or what no URL has.
    """
    rest = url.removeprefix(_SCHEME)
    if rest == url or not _URL.fullmatch(rest):
        raise InputRefused("Invalid Open ID Connect Provider URL")
    return rest.rstrip("/")
