"""A bucket that speaks the S3 API, through botocore.

Its client has what joining by the store itself takes (UploadPartCopy), which obstore has not.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Any, Final

import botocore.session
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from portside.blobs.circuit import Circuit
from portside.blobs.objects import READ_BYTES, Listed, ObjectMissing
from portside.registry.refusals import StoreUnavailable

CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 60
ATTEMPTS: Final = 3
COPIES_AT_ONCE: Final = 8
CONNECTIONS_MAX: Final = 48
DELETED_AT_ONCE: Final = 1000
_TYPE: Final = "application/octet-stream"
_MISSING: Final = frozenset({"NoSuchKey", "404", "NotFound"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which bucket, and how it is reached.

    Without keys the usual places are looked at (AWS's variables, profiles, the instance's role).
    ``public_endpoint`` is where clients reach the bucket, if elsewhere than this server does.
    """

    bucket: str
    prefix: str
    endpoint: str | None = None
    public_endpoint: str | None = None
    region: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = None


class S3Objects:
    """The objects under a prefix of a bucket. See :class:`Objects`."""

    def __init__(self, where: Place) -> None:
        self._where = where
        self._prefix = f"{where.prefix.strip('/')}/" if where.prefix.strip("/") else ""
        self._circuit = Circuit(monotonic)
        self._copying = ThreadPoolExecutor(COPIES_AT_ONCE, thread_name_prefix="copies")
        self._clients = _Clients(where)

    def put(self, key: str, content: bytes) -> None:
        """See :meth:`Objects.put`."""
        with self._asking("put"):
            self._client().put_object(**self._named(key), Body=content, ContentType=_TYPE)

    def read(self, key: str, first: int, last: int) -> Iterator[bytes]:
        """See :meth:`Objects.read`."""
        with self._asking("get"):
            wanted = f"bytes={first}-{last}"
            body = self._client().get_object(**self._named(key), Range=wanted)["Body"]
        try:
            while piece := self._next(body):
                yield piece
        finally:
            body.close()

    def _next(self, body: Any) -> bytes:
        with self._asking("get"):
            piece: bytes = body.read(READ_BYTES)
            return piece

    def size(self, key: str) -> int | None:
        """See :meth:`Objects.size`."""
        try:
            with self._asking("head"):
                return int(self._client().head_object(**self._named(key))["ContentLength"])
        except ObjectMissing:
            return None

    def delete(self, keys: Sequence[str]) -> None:
        """See :meth:`Objects.delete`."""
        if len(keys) == 1:
            # The request for one needs no checksum, which some stores do not know.
            with self._asking("delete"), suppress(ObjectMissing):
                self._client().delete_object(**self._named(keys[0]))
            return
        for start in range(0, len(keys), DELETED_AT_ONCE):
            named = [{"Key": self._prefix + key} for key in keys[start : start + DELETED_AT_ONCE]]
            with self._asking("delete"):
                answer = self._client().delete_objects(
                    Bucket=self._where.bucket, Delete={"Objects": named, "Quiet": True}
                )
            if answer.get("Errors"):
                raise StoreUnavailable(f"delete: {answer['Errors'][0].get('Code')}")

    def join(self, key: str, sources: Sequence[str], end: bytes, size_bytes: int) -> None:
        """See :meth:`Objects.join`."""
        if len(sources) == 1 and not end:
            with self._asking("copy"):
                self._client().copy_object(
                    **self._named(key),
                    CopySource=self._named(sources[0]),
                    ContentType=_TYPE,
                    MetadataDirective="REPLACE",
                )
            return
        with self._asking("join"):
            begun = self._client().create_multipart_upload(**self._named(key), ContentType=_TYPE)
        target = {**self._named(key), "UploadId": begun["UploadId"]}
        try:
            parts = self._copy_parts(target, sources)
            if end:
                parts.append(self._put_part(target, len(parts) + 1, end))
            with self._asking("join"):
                self._client().complete_multipart_upload(**target, MultipartUpload={"Parts": parts})
        except BaseException:
            with suppress(StoreUnavailable, ObjectMissing), self._asking("abort"):
                self._client().abort_multipart_upload(**target)
            raise
        if self.size(key) != size_bytes:
            raise StoreUnavailable(f"join: the object has not the {size_bytes} bytes of its parts")

    def _copy_parts(self, target: dict[str, Any], sources: Sequence[str]) -> list[dict[str, Any]]:
        def copy(number: int, source: str) -> dict[str, Any]:
            with self._asking("copy"):
                copied = self._client().upload_part_copy(
                    **target, PartNumber=number, CopySource=self._named(source)
                )
            return {"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]}

        return list(self._copying.map(copy, range(1, len(sources) + 1), sources))

    def _put_part(self, target: dict[str, Any], number: int, content: bytes) -> dict[str, Any]:
        with self._asking("put"):
            put = self._client().upload_part(**target, PartNumber=number, Body=content)
        return {"PartNumber": number, "ETag": put["ETag"]}

    def list(self, beginning: str) -> Iterator[Listed]:
        """See :meth:`Objects.list`."""
        pages = self._pages("list_objects_v2", beginning)
        for page in pages:
            for found in page.get("Contents", ()):
                yield Listed(found["Key"].removeprefix(self._prefix), found["LastModified"])

    def abort_unfinished(self, before: datetime) -> int:
        """See :meth:`Objects.abort_unfinished`."""
        count = 0
        for page in self._pages("list_multipart_uploads", "blobs/"):
            for found in page.get("Uploads", ()):
                if found["Initiated"] <= before:
                    with self._asking("abort"), suppress(ObjectMissing):
                        self._client().abort_multipart_upload(
                            Bucket=self._where.bucket, Key=found["Key"], UploadId=found["UploadId"]
                        )
                    count += 1
        return count

    def _pages(self, operation: str, beginning: str) -> Iterator[Any]:
        with self._asking("list"):
            paginator = self._client().get_paginator(operation)
            pages = iter(
                paginator.paginate(Bucket=self._where.bucket, Prefix=self._prefix + beginning)
            )
        while True:
            with self._asking("list"):
                page = next(pages, None)
            if page is None:
                return
            yield page

    def close(self) -> None:
        """See :meth:`Objects.close`."""
        self._copying.shutdown()
        self._clients.close()

    def sign(self, key: str, seconds: int) -> str | None:
        """See :meth:`Objects.sign`."""
        try:
            url: str = self._clients.public().generate_presigned_url(
                "get_object", Params=self._named(key), ExpiresIn=seconds
            )
        except BotoCoreError as error:
            raise StoreUnavailable(f"sign: {type(error).__name__}") from error
        return url

    def _client(self) -> Any:
        return self._clients.own()

    def _named(self, key: str) -> dict[str, str]:
        return {"Bucket": self._where.bucket, "Key": self._prefix + key}

    @contextmanager
    def _asking(self, what: str) -> Iterator[None]:
        self._circuit.enter()
        try:
            yield
        except ClientError as error:
            raise self._understood(what, error) from error
        except BotoCoreError as error:
            # Its message may hold an address; its kind tells enough.
            reason = f"{what}: {type(error).__name__}"
            self._circuit.failed(reason)
            raise StoreUnavailable(reason) from error
        self._circuit.worked()

    def _understood(self, what: str, error: ClientError) -> Exception:
        code = str(error.response.get("Error", {}).get("Code"))
        if code in _MISSING:
            self._circuit.worked()
            return ObjectMissing(what)
        reason = f"{what}: {code}"
        self._circuit.failed(reason)
        return StoreUnavailable(reason)


class _Clients:
    """Made when first needed: each process has its own, and commands that need none wait for none.

    A client may be used by several threads, but not made by several.
    """

    def __init__(self, where: Place) -> None:
        self._where = where
        self._lock = threading.Lock()
        self._made: dict[str | None, Any] = {}

    def own(self) -> Any:
        """The client for this server's own requests."""
        return self._get(self._where.endpoint)

    def public(self) -> Any:
        """The client that signs addresses for others."""
        return self._get(self._where.public_endpoint or self._where.endpoint)

    def close(self) -> None:
        """Close all; another is made if one is needed again."""
        with self._lock:
            made, self._made = self._made, {}
        for client in made.values():
            client.close()

    def _get(self, endpoint: str | None) -> Any:
        made = self._made.get(endpoint)
        if made is None:
            with self._lock:
                if endpoint not in self._made:
                    self._made[endpoint] = self._make(endpoint)
                made = self._made[endpoint]
        return made

    def _make(self, endpoint: str | None) -> Any:
        session = botocore.session.Session()
        region = self._where.region or session.get_config_variable("region") or "us-east-1"
        config = Config(
            signature_version="s3v4",
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            max_pool_connections=CONNECTIONS_MAX,
            # What is sent is signed with its SHA-256, which every store checks; the checksums
            # beside it are AWS's own, which not every store knows.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path"},
        )
        return session.create_client(
            "s3",
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=self._where.access_key_id,
            aws_secret_access_key=self._where.secret_access_key,
            config=config,
        )
