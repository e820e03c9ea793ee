"""Resource tags of repositories (ECR user guide, "Tagging a private repository")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portside.registry.refusals import InvalidResourceTags, TooManyResourceTags

TAGS_MAX = 50
KEY_LENGTH_MAX = 128
VALUE_LENGTH_MAX = 256


def merge(current: Mapping[str, str], added: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The tags of a resource after these were put on it.

    Raises:
        InvalidResourceTags: a key or value is too long, reserved or given twice.
        TooManyResourceTags: the resource would have more than fifty.
    """
    keys = [key for key, _ in added]
    for key, value in added:
        _check(key, value)
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        raise InvalidResourceTags(f"duplicate tag keys found: {twice[0]}")
    merged = {**current, **dict(added)}
    if len(merged) > TAGS_MAX:
        raise TooManyResourceTags(len(merged))
    return merged


def _check(key: str, value: str) -> None:
    if not 1 <= len(key) <= KEY_LENGTH_MAX:
        raise InvalidResourceTags(f"tag key must have 1 to {KEY_LENGTH_MAX} characters")
    if len(value) > VALUE_LENGTH_MAX:
        raise InvalidResourceTags(f"tag value must have at most {VALUE_LENGTH_MAX} characters")
    if key.lower().startswith("aws:"):
        raise InvalidResourceTags("tag keys beginning with aws: are reserved for system use")
