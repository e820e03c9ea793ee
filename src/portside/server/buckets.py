"""Which bucket keeps the blobs, as it is set."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from portside.blobs.bucket import BucketBlobStore
from portside.blobs.locks import BlobLocks
from portside.blobs.objects import Objects
from portside.settings import Settings


def open_bucket(settings: Settings, blobs: str, locks: BlobLocks) -> BucketBlobStore:
    """The blobs of a bucket; nothing is asked of it yet."""
    seconds = settings.blob_address_seconds if settings.blob_delivery == "redirect" else None
    return BucketBlobStore(_open_objects(settings, blobs), locks, seconds)


def _open_objects(settings: Settings, blobs: str) -> Objects:
    parts = urlsplit(blobs)
    if parts.scheme == "s3":
        return _open_s3(settings, parts)
    return _open_cloud(settings, parts)


def _open_s3(settings: Settings, parts: SplitResult) -> Objects:
    # Only servers whose blobs are in a bucket pay for its libraries.
    from portside.blobs.s3 import Place, S3Objects  # noqa: PLC0415 - see above

    return S3Objects(
        Place(
            bucket=parts.netloc,
            prefix=parts.path,
            endpoint=settings.blobs_endpoint,
            public_endpoint=settings.blobs_public_endpoint,
            region=settings.blobs_region,
            access_key_id=settings.blobs_access_key_id,
            secret_access_key=settings.blobs_secret_access_key,
        )
    )


def _open_cloud(settings: Settings, parts: SplitResult) -> Objects:
    from portside.blobs import clouds  # noqa: PLC0415 - as above

    prefix, endpoint = parts.path.strip("/"), settings.blobs_endpoint
    plain_http = settings.blobs_plain_http
    if parts.scheme == "gs":
        return clouds.open_google(parts.netloc, prefix, endpoint, plain_http=plain_http)
    account = None
    if settings.blobs_access_key_id and settings.blobs_secret_access_key:
        account = (settings.blobs_access_key_id, settings.blobs_secret_access_key)
    return clouds.open_azure(parts.netloc, prefix, endpoint, account, plain_http=plain_http)
