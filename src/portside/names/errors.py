"""The base of every refusal: bad input, missing things, denied actions."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not a fault of ours
    """Something that the caller asked for and does not get.

    Subclasses are frozen facts (which repository, which tag); each face has one table that turns
    them into its own words, so no message is written here.
    """


class MalformedName(Refusal):
    """A string that is not what its type promises (digest, tag, repository name, ARN …)."""

    def __init__(self, kind: str, value: str, rule: str) -> None:
        super().__init__(f"{kind} `{value[:300]}` is malformed: {rule}")
        self.kind = kind
        self.value = value
        self.rule = rule
