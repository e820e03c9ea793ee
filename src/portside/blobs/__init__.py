"""Bytes, named by their digests.

What a data directory holds::

    DATA/
    ├── portside.sqlite3            the metadata
    └── blobs/
        ├── uploads/<upload id>     bytes of an upload so far; locked by whoever writes
        ├── sha256/<2 hex>/<64 hex> complete blobs, shared by all repositories
        └── sha512/<2 hex>/<128 hex>

A blob appears under its digest by one rename, after its bytes are on the disk and their digest is
proven, so a file under a digest is always whole. Uploads lie on the same file system, so that the
rename copies nothing. The 512 folders are made once: no push waits for a ``mkdir`` to be durable.
Which repository has which blob is the metadata's knowledge, never this room's.
"""
