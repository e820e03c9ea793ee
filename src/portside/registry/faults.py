"""What can be wrong with what a registry keeps, how bad it is, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

FINDINGS_MAX: Final = 10_000
"""How many findings are kept one by one; the rest is only counted."""


class Fault(StrEnum):
    """A kind of fault."""

    BLOB_GONE = "blob-gone"
    BLOB_CORRUPT = "blob-corrupt"
    BLOB_UNREADABLE = "blob-unreadable"
    BLOB_UNKNOWN = "blob-unknown"
    LAYER_MISSING = "layer-missing"
    CHILD_MISSING = "child-missing"
    MANIFEST_GONE = "manifest-gone"
    MANIFEST_CORRUPT = "manifest-corrupt"
    NAMED_WRONG = "named-wrong"
    TAG_DANGLING = "tag-dangling"
    TAGGED_WRONG = "tagged-wrong"
    COUNT_WRONG = "count-wrong"
    UPLOAD_GONE = "upload-gone"
    STAGED_UNKNOWN = "staged-unknown"


MEANINGS: Final = {
    Fault.BLOB_GONE: "a blob's bytes are not in the store",
    Fault.BLOB_CORRUPT: "a blob's bytes have another digest or size",
    Fault.BLOB_UNREADABLE: "a blob's bytes cannot be read",
    Fault.BLOB_UNKNOWN: "bytes that no row knows of, as a crash leaves them",
    Fault.LAYER_MISSING: "an image names a blob that its repository does not have",
    Fault.CHILD_MISSING: "an index names an image that its repository does not have",
    Fault.MANIFEST_GONE: "an image has no manifest",
    Fault.MANIFEST_CORRUPT: "a manifest has another digest, or cannot be parsed",
    Fault.NAMED_WRONG: "what is noted of an image's blobs and children is not what it names",
    Fault.TAG_DANGLING: "a tag names no image of its repository",
    Fault.TAGGED_WRONG: "an image is noted as tagged and is not, or the other way round",
    Fault.COUNT_WRONG: "a count of images or repositories is not right",
    Fault.UPLOAD_GONE: "an open upload has no bytes",
    Fault.STAGED_UNKNOWN: "bytes of an upload that is not known, as a crash leaves them",
}

_HARMLESS: Final = {Fault.BLOB_UNKNOWN, Fault.STAGED_UNKNOWN, Fault.UPLOAD_GONE}
"""They take room, or cost a client one more try; nothing that was acknowledged is lost."""


class Outcome(StrEnum):
    """What became of a fault."""

    FOUND = "found"
    MENDED = "mended"
    SET_ASIDE = "set-aside"
    """The registry answers that it is not there, and wrong bytes lie in quarantine: whoever pushes
    it again heals it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One fault: of what, in which repository if it is one's, and what became of it."""

    fault: Fault
    subject: str
    """A digest, a tag, the id of an upload, or a repository's name."""
    repository: str | None = None
    detail: str = ""
    outcome: Outcome = Outcome.FOUND

    @property
    def is_wrong(self) -> bool:
        """Whether somebody may miss something now."""
        return self.fault not in _HARMLESS and self.outcome is not Outcome.MENDED


class Findings:
    """What was found, in order; counted whole, kept up to a bound."""

    def __init__(self, limit: int = FINDINGS_MAX) -> None:
        self._limit = limit
        self._kept: list[Finding] = []
        self._counts: Counter[tuple[Fault, Outcome]] = Counter()
        self._wrong_count = 0

    def add(self, finding: Finding) -> None:
        """Take in one more."""
        if len(self._kept) < self._limit:
            self._kept.append(finding)
        self._counts[(finding.fault, finding.outcome)] += 1
        self._wrong_count += finding.is_wrong

    def __iter__(self) -> Iterator[Finding]:
        """Those that are kept."""
        return iter(self._kept)

    @property
    def counts(self) -> dict[tuple[Fault, Outcome], int]:
        """How many there are of each kind and outcome, all of them."""
        return dict(self._counts)

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(self._counts.values())

    @property
    def wrong_count(self) -> int:
        """How many of them are wrong still."""
        return self._wrong_count
