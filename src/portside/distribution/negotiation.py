"""Which manifest an ``Accept`` header gets."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from portside.names.media_types import DOCKER_MANIFEST, INDEXES, OCI_MANIFEST, essence


class Verdict(Enum):
    """What to do with the manifest that a tag names."""

    SERVE = "serve it"
    CHILD = "serve the child for linux/amd64"
    REFUSE = "the client could not read it"


def choose(accept: Sequence[str], media_type: str) -> Verdict:
    """Decide for the ``Accept`` header lines of a request for a tag.

    Nothing is withheld from a client that does not speak of manifests' media types. A client that
    does, and knows images but no indexes, gets an index's image for linux/amd64, as Docker's own
    registry has it; one that excludes the type gets nothing, as ECR has it.
    """
    wanted = {essence(entry) for line in accept for entry in line.split(",")}
    if media_type in wanted or "*/*" in wanted or "application/*" in wanted:
        return Verdict.SERVE
    if not any(entry.startswith("application/vnd.") for entry in wanted):
        return Verdict.SERVE
    if media_type in INDEXES and wanted & {OCI_MANIFEST, DOCKER_MANIFEST}:
        return Verdict.CHILD
    return Verdict.REFUSE
