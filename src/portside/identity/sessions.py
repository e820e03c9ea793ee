"""What a session may be asked with (STS AssumeRole, AssumeRoleWithWebIdentity, GetSessionToken)."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from portside.names.errors import Refusal

SECONDS_DEFAULT: Final = 3600
CHAINED_SECONDS_MAX: Final = 3600
"""STS AssumeRole: "Role chaining limits your … role session to a maximum of one hour"."""
USER_SECONDS_DEFAULT: Final = 43_200
ROOT_SECONDS_MAX: Final = 3600
POLICY_CHARACTERS_MAX: Final = 2048
POLICY_ARNS_MAX: Final = 10
PACKED_BYTES_MAX: Final = 3072
"""What policies and tags may take in a session token, compressed; AWS does not tell its own."""


@dataclass(eq=False)
class SessionRefused(Refusal):
    """A parameter that STS does not take, in its sentence (``ValidationError``)."""

    reason: str


@dataclass(eq=False)
class SessionTagsRefused(Refusal):
    """Session tags that STS does not take, in its sentence (``InvalidParameterValue``)."""

    reason: str


@dataclass(eq=False)
class SessionDenied(Refusal):
    """A session that nobody's policies could allow, in STS's sentence (``AccessDenied``)."""

    reason: str


@dataclass(eq=False)
class AccessKeyUnknown(Refusal):
    """Asked for the account of an access key that is not there."""


@dataclass(eq=False)
class PackedPolicyTooLarge(Refusal):
    """Policies and tags together are too large for a session token."""

    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTerms:
    """What was asked for."""

    name: str
    seconds: int | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    external_id: str | None = None
    token_characters_min: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTags:
    """A session's tags, and which of them go on to the next role of a chain."""

    tags: Mapping[str, str] = field(default_factory=dict)
    transitive: tuple[str, ...] = ()


def role_seconds(wanted: int | None, seconds_max: int, *, chained: bool) -> int:
    """How long a role's session lasts.

    Raises:
        SessionRefused: longer than the role, or a chain of roles, lets it.
    """
    if chained and wanted is not None and wanted > CHAINED_SECONDS_MAX:
        raise SessionRefused(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by "
            "role chaining."
        )
    seconds = SECONDS_DEFAULT if wanted is None else wanted
    if seconds > seconds_max:
        raise SessionRefused(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
        )
    return seconds


def user_seconds(wanted: int | None, *, is_root: bool) -> int:
    """How long a user's own session lasts; a root user's never more than an hour."""
    seconds = USER_SECONDS_DEFAULT if wanted is None else wanted
    return min(seconds, ROOT_SECONDS_MAX) if is_root else seconds


def check_policies(policy: str | None, arns: Sequence[str]) -> None:
    """Hold session policies to their number and length.

    Raises:
        SessionRefused: too many, or too long together.
    """
    if len(arns) > POLICY_ARNS_MAX:
        raise _too_long("policyArns", POLICY_ARNS_MAX)
    if len(policy or "") + sum(map(len, arns)) > POLICY_CHARACTERS_MAX:
        raise _too_long("policy", POLICY_CHARACTERS_MAX)


def merge_session_tags(
    inherited: SessionTags, added: Sequence[tuple[str, str]], transitive: Sequence[str]
) -> SessionTags:
    """The tags of a new session: those that a chain brings, and those asked for.

    Raises:
        SessionTagsRefused: a key comes twice whatever its case, begins with ``aws:``, or is one
            that the chain brings; a transitive key has no tag.
    """
    carried = {key: inherited.tags[key] for key in inherited.transitive if key in inherited.tags}
    keys = [key.lower() for key, _ in added]
    if len(set(keys)) < len(keys):
        raise SessionTagsRefused(
            "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        )
    if any(key.startswith("aws:") for key in keys):
        raise SessionTagsRefused("Tag keys must not begin with 'aws:'.")
    if {key.lower() for key in carried} & set(keys):
        raise SessionTagsRefused(
            "One of the specified tag keys can't be set because it conflicts with a transitive tag "
            "key from the calling session."
        )
    if not {key.lower() for key in transitive} <= set(keys):
        raise SessionTagsRefused(
            "The specified transitive tag key must be included in the requested tags."
        )
    onward = {key.lower() for key in transitive}
    return SessionTags(
        tags={**carried, **dict(added)},
        transitive=(*carried, *(key for key, _ in added if key.lower() in onward)),
    )


def packed_percent(policy: str | None, arns: Sequence[str], tags: Mapping[str, str]) -> int:
    """How much of the room in a session token these take, in percent, rounded up.

    Raises:
        PackedPolicyTooLarge: more than there is.
    """
    if not policy and not arns and not tags:
        return 0
    plain = json.dumps([policy or "", *arns, dict(tags)], ensure_ascii=False).encode()
    percent = -(-len(zlib.compress(plain, 9)) * 100 // PACKED_BYTES_MAX)
    if percent > 100:
        raise PackedPolicyTooLarge(percent)
    return percent


def _too_long(path: str, limit: int) -> SessionRefused:
    return SessionRefused(
        f"1 validation error detected: Value at '{path}' failed to satisfy constraint: Member must "
        f"have length less than or equal to {limit}"
    )
