"""Bytes, named by their digests.

What a data directory holds::

    DATA/
    ├── portside.sqlite3            the metadata
    └── blobs/
        ├── locks                   no bytes, only locks on blobs that are made or removed
        ├── uploads/<upload id>     bytes of an upload so far; locked by whoever writes
        ├── sha256/<2 hex>/<64 hex> complete blobs, shared by all repositories
        └── sha512/<2 hex>/<128 hex>

What a bucket holds, under the prefix that is set::

    uploads/<upload id>/<first byte>-<random>   8 MiB of an upload, the last piece less
    blobs/sha256/<2 hex>/<64 hex>               complete blobs
    check                                       written to see whether the bucket can be

In a folder a blob appears under its digest by one rename, after its bytes are on the disk and their
digest is proven, so a file under a digest is always whole. Uploads lie on the same file system, so
that the rename copies nothing. The 512 folders are made once: no push waits for a ``mkdir`` to be
durable. In a bucket it appears by one copy that the store makes itself; the pieces of an upload
never change once they are there, and which of them count is recorded in the metadata.
Which repository has which blob is the metadata's knowledge, never this room's.
"""
