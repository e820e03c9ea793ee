"""How this face words each refusal (distribution-spec "Error Codes"; ECR where it differs)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from portside.access import issuers, web_identity
from portside.access import refusals as access
from portside.distribution.pages import InvalidPageSize, PageTooLarge
from portside.distribution.uploads import MalformedContentRange, progress_headers
from portside.identity import refusals as identity
from portside.identity import sessions
from portside.lifecycle.documents import MalformedLifecyclePolicy
from portside.manifests import documents
from portside.names.errors import MalformedName, Refusal
from portside.policy.statements import MalformedPolicy
from portside.registry import (
    account_settings,
    backfills,
    exclusions,
    replication,
    scanning,
    scans,
    sentences,
    service_quotas,
    signing,
    templates,
    upstreams,
)
from portside.registry import documents as registry_documents
from portside.registry import lifecycles as registry_lifecycles
from portside.registry import pages as registry_pages
from portside.registry import refusals as registry
from portside.registry.throttling import Throttled
from portside.services import audit
from portside.services.console_sessions import NotSignedIn
from portside.services.leases import LeaseHeld
from portside.services.sign_in import SignInRefused
from portside.web import limits
from portside.web.answers import Answer, json_answer
from portside.web.bodies import BodyTooLarge


@dataclass(frozen=True, slots=True)
class Wording:
    """A status, a code of the specification, a message, and what goes with them."""

    status: int
    code: str
    message: str
    detail: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    repeated: tuple[str, ...] = ()
    """Digests of which each gets an error entry of its own."""


def _repository_not_found(refusal: registry.RepositoryNotFound) -> Wording:
    message = sentences.repository_not_found(refusal)
    return Wording(404, "NAME_UNKNOWN", message, {"name": refusal.repository})


def _malformed_name(refusal: MalformedName) -> Wording:
    codes = {"digest": "DIGEST_INVALID", "tag": "TAG_INVALID", "repository name": "NAME_INVALID"}
    return Wording(400, codes.get(refusal.kind, "UNSUPPORTED"), str(refusal))


def _image_not_found(refusal: registry.ImageNotFound) -> Wording:
    wanted = refusal.image.tag or refusal.image.digest
    message = f"Requested image not found: {wanted} in repository '{refusal.repository}'"
    return Wording(404, "MANIFEST_UNKNOWN", message)


def _tag_immutable(refusal: registry.ImageTagAlreadyExists) -> Wording:
    return Wording(400, "TAG_INVALID", sentences.tag_already_exists(refusal))


def _missing(refusal: registry.BlobsMissing | registry.ChildrenMissing) -> Wording:
    message = f"the manifest names content that repository '{refusal.repository}' does not have"
    return Wording(400, "MANIFEST_BLOB_UNKNOWN", message, repeated=refusal.digests)


def _blob_not_found(refusal: registry.BlobNotFound) -> Wording:
    message = f"blob unknown to repository '{refusal.repository}'"
    return Wording(404, "BLOB_UNKNOWN", message, {"digest": refusal.digest})


def _upload_not_found(refusal: registry.UploadNotFound) -> Wording:
    message = f"blob upload unknown to repository '{refusal.repository}'"
    return Wording(404, "BLOB_UPLOAD_UNKNOWN", message, {"upload": refusal.upload_id[:100]})


def _out_of_order(refusal: registry.PartOutOfOrder) -> Wording:
    headers = progress_headers(refusal.repository, refusal.upload)
    message = (
        f"the part begins at byte {refusal.first_byte}, but the upload goes on at byte "
        f"{refusal.upload.size_bytes}"
    )
    return Wording(416, "RANGE_INVALID", message, headers=headers)


def _length_mismatch(refusal: registry.PartLengthMismatch) -> Wording:
    message = (
        f"the part was announced with {refusal.announced} bytes and has {refusal.received}; "
        "nothing of it was kept"
    )
    headers = progress_headers(refusal.repository, refusal.upload)
    return Wording(400, "SIZE_INVALID", message, headers=headers)


def _digest_mismatch(refusal: registry.DigestMismatch) -> Wording:
    message = f"the uploaded content has the digest {refusal.actual}, not {refusal.expected}"
    return Wording(400, "DIGEST_INVALID", message)


def _image_digest_mismatch(refusal: registry.ImageDigestDoesNotMatch) -> Wording:
    message = f"the manifest has the digest {refusal.actual}, not {refusal.given}"
    return Wording(400, "DIGEST_INVALID", message)


def _referenced(refusal: registry.ImageReferencedByIndex) -> Wording:
    return Wording(405, "UNSUPPORTED", sentences.referenced_by_index(refusal.indexes))


def _denied(refusal: access.AccessDenied) -> Wording:
    return Wording(403, "DENIED", str(refusal))


def _too_large(refusal: BodyTooLarge | registry.BlobTooLarge) -> Wording:
    return Wording(413, "SIZE_INVALID", f"more than {refusal.limit_bytes} bytes are not accepted")


def _too_many(refusal: registry.QuotaReached) -> Wording:
    # ECR answers a push past a quota so, rather than with the 429 of the specification, which
    # tells clients to try again: no second try would get further.
    return Wording(403, "DENIED", sentences.quota_reached(refusal))


def _throttled(refusal: Throttled) -> Wording:
    headers = {"retry-after": str(math.ceil(refusal.wait_seconds))}
    return Wording(429, "TOOMANYREQUESTS", "Rate exceeded", headers=headers)


def _upstream(status: int, code: str) -> Callable[[upstreams.UpstreamRefusal], Wording]:
    return lambda refusal: Wording(
        status, code, f"the upstream registry {refusal.upstream} cannot be used: {refusal.reason}"
    )


def _store_unavailable(_refusal: registry.StoreUnavailable) -> Wording:
    headers = {"retry-after": "2"}
    return Wording(503, "UNAVAILABLE", "the blobs cannot be reached now", headers=headers)


def _plain(status: int, code: str, message: str) -> Callable[[Any], Wording]:
    return lambda _refusal: Wording(status, code, message)


def _said(status: int, code: str) -> Callable[[Any], Wording]:
    return lambda refusal: Wording(status, code, str(refusal))


ANSWERS: dict[type[Refusal], Callable[[Any], Wording]] = {
    MalformedName: _malformed_name,
    InvalidPageSize: _plain(400, "PAGINATION_NUMBER_INVALID", "n is not a whole number from 0 on"),
    # ECR's own answer, as clients that ask for more and then for less know it.
    PageTooLarge: lambda refusal: Wording(
        405,
        "UNSUPPORTED",
        "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value "
        f"less than or equal to {refusal.limit}'",
    ),
    MalformedContentRange: _plain(
        400, "SIZE_INVALID", "Content-Range must be <first>-<last> and agree with Content-Length"
    ),
    BodyTooLarge: _too_large,
    documents.MalformedManifest: _said(400, "MANIFEST_INVALID"),
    documents.Schema1Refused: _plain(
        400,
        "MANIFEST_INVALID",
        "Docker image manifest version 2, schema 1 is not supported; push the image with a client "
        "that makes schema 2 or OCI manifests",
    ),
    documents.MediaTypeMissing: _plain(
        400, "MANIFEST_INVALID", "neither Content-Type nor mediaType tells the manifest's type"
    ),
    registry.RepositoryNotFound: _repository_not_found,
    registry.ImageNotFound: _image_not_found,
    registry.ImageTagAlreadyExists: _tag_immutable,
    registry.TooManyRepositories: _too_many,
    registry.TooManyImages: _too_many,
    registry.TooManyImageTags: _too_many,
    Throttled: _throttled,
    limits.ServerBusy: lambda refusal: Wording(
        503,
        "UNAVAILABLE",
        "the server is busy",
        headers={"retry-after": str(refusal.wait_seconds)},
    ),
    registry.DatabaseUnavailable: lambda _: Wording(
        503,
        "UNAVAILABLE",
        "the database cannot be reached",
        headers={"retry-after": "1"},
    ),
    limits.HeadersTooLarge: _said(431, "UNSUPPORTED"),
    limits.BodyTooSlow: _said(408, "BLOB_UPLOAD_INVALID"),
    registry.CatalogUnsupported: _plain(
        405, "UNSUPPORTED", "ECR has no catalog; DescribeRepositories lists, or use --oci-strict"
    ),
    registry.ImageDigestDoesNotMatch: _image_digest_mismatch,
    registry.ImageReferencedByIndex: _referenced,
    registry.BlobsMissing: _missing,
    registry.ChildrenMissing: _missing,
    registry.BlobNotFound: _blob_not_found,
    registry.BlobDeletionUnsupported: _plain(
        405, "UNSUPPORTED", "blobs go with their images; --oci-strict lets clients delete them"
    ),
    registry.UploadNotFound: _upload_not_found,
    registry.UploadBusy: _plain(409, "BLOB_UPLOAD_INVALID", "another request writes this upload"),
    registry.PartOutOfOrder: _out_of_order,
    registry.PartLengthMismatch: _length_mismatch,
    registry.DigestMismatch: _digest_mismatch,
    registry.BlobTooLarge: _too_large,
    registry.StoreUnavailable: _store_unavailable,
    upstreams.UpstreamDenied: _upstream(403, "DENIED"),
    upstreams.UpstreamUnavailable: _upstream(503, "UNAVAILABLE"),
    access.AccessDenied: _denied,
    access.TokenExpired: _plain(403, "DENIED", sentences.EXPIRED),
    access.TokenInvalid: _plain(401, "UNAUTHORIZED", "Your Authorization Token is invalid."),
}

STS_ONLY: Final[tuple[type[Refusal], ...]] = (
    sessions.SessionRefused,
    sessions.SessionTagsRefused,
    sessions.SessionDenied,
    sessions.AccessKeyUnknown,
    sessions.PackedPolicyTooLarge,
    web_identity.IdentityTokenInvalid,
    web_identity.IdentityTokenExpired,
    web_identity.IdentityClaimRejected,
    issuers.IssuerUnreachable,
    SignInRefused,
)
"""Of operations that make sessions: this face has none."""

UNSAYABLE: frozenset[type[Refusal]] = frozenset(
    {
        # Only the API has operations that end in these.
        registry.RepositoryRefusal,
        registry.QuotaReached,
        registry.RepositoryAlreadyExists,
        registry.RepositoryNotEmpty,
        registry.ImageAlreadyExists,
        registry.LayerAlreadyExists,
        registry.PartTooSmall,
        registry.UploadEmpty,
        registry.InvalidMutability,
        registry_documents.RepositoryPolicyNotFound,
        registry_documents.RegistryPolicyNotFound,
        registry_documents.InvalidRepositoryPolicy,
        registry_documents.InvalidRegistryPolicy,
        registry_documents.PolicyWouldLockOut,
        account_settings.InvalidAccountSetting,
        exclusions.ExclusionAlreadyExists,
        exclusions.ExclusionNotFound,
        exclusions.TooManyExclusions,
        replication.InvalidReplicationConfiguration,
        backfills.BackfillNotFound,
        backfills.BackfillEnded,
        backfills.BackfillInProgress,
        backfills.TooManyBackfills,
        backfills.DestinationNotConfigured,
        scanning.InvalidScanningConfiguration,
        signing.InvalidSigningConfiguration,
        signing.SigningConfigurationNotFound,
        registry.InvalidResourceTags,
        registry.TooManyResourceTags,
        registry_pages.MalformedPageToken,
        MalformedLifecyclePolicy,
        registry_lifecycles.LifecyclePolicyNotFound,
        registry_lifecycles.LifecyclePreviewNotFound,
        registry_lifecycles.LifecyclePreviewInProgress,
        registry_lifecycles.LifecycleRunInProgress,
        audit.InvalidLookup,
        audit.InvalidTimeRange,
        audit.InvalidNextToken,
        service_quotas.NoSuchService,
        service_quotas.NoSuchQuota,
        service_quotas.InvalidPaginationToken,
        registry.ImageTagDoesNotMatchDigest,
        registry.StorageClassUnchangeable,
        registry.LayerArchived,
        templates.TemplateRefusal,
        templates.TemplateNotFound,
        templates.TemplateAlreadyExists,
        templates.TooManyTemplates,
        templates.InvalidTemplate,
        scans.ScanNotFound,
        scans.ScanQuotaExceeded,
        scans.ImageTypeUnsupported,
        scans.ArchivedImageNotScanned,
        # The console's own door words it.
        NotSignedIn,
        LeaseHeld,
        upstreams.RuleRefusal,
        upstreams.RuleNotFound,
        upstreams.RuleAlreadyExists,
        upstreams.TooManyRules,
        upstreams.InvalidRule,
        upstreams.UpstreamRefusal,
        upstreams.UpstreamLayerUnavailable,
        upstreams.UpstreamReferrersUnavailable,
        upstreams.UpstreamUnsupported,
        upstreams.SecretNotFound,
        upstreams.SecretForbidden,
        upstreams.SecretUnreadable,
        access.CredentialsUnknown,
        *STS_ONLY,
        MalformedPolicy,
        access.SessionExpired,
        *identity.REFUSALS,
        # Answered in plain text, as ECR does, by the face itself.
        access.CredentialsMissing,
    }
)
"""Refusals that no request of this face can end in; a test knows all others to be answered."""


def word(refusal: Refusal) -> Answer:
    """The answer to a refusal."""
    wording = find_wording(refusal)
    details = [{"digest": digest} for digest in wording.repeated] or [wording.detail]
    return error_answer(
        wording.status, wording.code, wording.message, details=details, headers=wording.headers
    )


def find_wording(refusal: Refusal) -> Wording:
    """What a refusal is answered with, before it is rendered."""
    return ANSWERS[type(refusal)](refusal)


def error_answer(
    status: int,
    code: str,
    message: str,
    *,
    details: list[Any] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An error body of the specification, with one entry for each detail."""
    errors = []
    for detail in details or [None]:
        entry = {"code": code, "message": message}
        errors.append(entry if detail is None else {**entry, "detail": detail})
    return json_answer(status, {"errors": errors}, headers)
