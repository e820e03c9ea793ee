"""Bytes put into a live server's store behind its back, whichever store it has."""

from pathlib import Path

from tests.protocol.pushing import digest_of
from tests.stores import s3


class Stray:
    """A blob that no row tells of, as a crash leaves one."""

    def __init__(self, data: Path, content: bytes) -> None:
        digest = digest_of(content).removeprefix("sha256:")
        self._key = f"blobs/sha256/{digest[:2]}/{digest}"
        self._data = data
        if s3.wanted():
            where = {"Bucket": s3.BUCKET, "Key": f"{s3.prefix_of(data)}/{self._key}"}
            s3.session_server().client().put_object(**where, Body=content)
        else:
            (data / self._key).write_bytes(content)

    def is_there(self) -> bool:
        """Whether it has not been collected."""
        if s3.wanted():
            key = f"{s3.prefix_of(self._data)}/{self._key}"
            return s3.session_server().keys(key) == [key]
        return (self._data / self._key).exists()
