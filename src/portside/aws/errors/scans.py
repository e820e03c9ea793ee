"""How refusals of scans are worded."""

from __future__ import annotations

from portside.aws.errors.wording import Answers, Wording
from portside.registry import scans


def _not_found(refusal: scans.ScanNotFound) -> Wording:
    digest, tag = refusal.digest or "null", refusal.tag or "null"
    return "ScanNotFoundException", (
        f"Image scan does not exist for the image with '{{imageDigest:'{digest}', "
        f"imageTag:'{tag}'}}' in the repository with name '{refusal.repository}' in the registry "
        f"with id '{refusal.registry.account}'"
    )


def _unsupported(refusal: scans.ImageTypeUnsupported) -> Wording:
    return "UnsupportedImageTypeException", (
        f"The image with digest '{refusal.digest}' in the repository with name "
        f"'{refusal.repository}' in the registry with id '{refusal.registry.account}' is of a "
        "type that cannot be scanned"
    )


def _archived(refusal: scans.ArchivedImageNotScanned) -> Wording:
    return "ImageArchivedException", (
        f"The image with digest '{refusal.digest}' in the repository with name "
        f"'{refusal.repository}' in the registry with id '{refusal.registry.account}' is archived"
    )


ANSWERS: Answers = {
    scans.ScanNotFound: _not_found,
    scans.ScanQuotaExceeded: lambda _: (
        "LimitExceededException",
        "The scan quota per image has been exceeded. Wait and try again.",
    ),
    scans.ImageTypeUnsupported: _unsupported,
    scans.ArchivedImageNotScanned: _archived,
}
