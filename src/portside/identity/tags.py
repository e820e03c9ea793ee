"""The tags of users, roles, policies and providers (IAM user guide, "Tags for IAM resources")."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from portside.identity.quotas import check_quota
from portside.identity.refusals import TagsRefused

DUPLICATE = (
    "Duplicate tag keys found. Please note that Tag keys are case insensitive."  # IAM's sentence
)
_RESERVED = "aws:"


def merge_tags(held: Mapping[str, str], added: Sequence[tuple[str, str]]) -> dict[str, str]:
    """What is held after these tags were added; keys are the same whatever their case.

    Raises:
        TagsRefused: a key comes twice, or begins with ``aws:``.
        IAMQuotaExceeded: there would be more than fifty.
    """
    keys = {key.lower() for key, _ in added}
    if len(keys) < len(added):
        raise TagsRefused(DUPLICATE)
    if any(key.startswith(_RESERVED) for key in keys):
        raise TagsRefused("System tags cannot be added/updated/deleted by the user.")
    merged = {key: value for key, value in held.items() if key.lower() not in keys}
    merged |= dict(added)
    check_quota("TagsPerResource", len(merged))
    return merged


def without_tags(held: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    """What is held after the tags of these keys were removed, whatever their case."""
    gone = {key.lower() for key in keys}
    return {key: value for key, value in held.items() if key.lower() not in gone}
