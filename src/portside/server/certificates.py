"""The certificate that a server speaks with: read at the start, and again whenever it changes.

Workers never read the files themselves: they get a copy, checked and kept in memory, so that a file
that is half written, or wrong, harms none of them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from portside.server.authority import FOLDER_NAME, AuthorityFiles, ensure_server_certificate
from portside.server.clock import now
from portside.server.pairs import (
    CertificateUnusable,
    Pair,
    check_validity,
    make_pair,
    read_file,
)
from portside.server.public_names import Names, server_names
from portside.settings import Settings

CHECK_SECONDS: Final = 2.0
"""How often the files are read; what they hold counts once it has been the same twice."""
WARNED_BEFORE_END: Final = timedelta(days=14)
_WARNED_EVERY: Final = timedelta(days=1)

TLSContext = tuple[bool, str | None, str | None, str | None, str, str | None, list[str], bool]
"""What Granian makes its acceptor of."""

_log = structlog.get_logger()


class Certificates:
    """A server's certificate, and the watch on its files.

    Raises:
        CertificateUnusable: the files hold no certificate that a server can speak with.
        OSError: the data folder's own certificate cannot be written.
    """

    def __init__(self, cert: Path, key: Path, own: tuple[AuthorityFiles, Names] | None) -> None:
        self._files = (cert, key)
        self._own = own
        self._renew()
        self._seen = self._read()
        self._pair = make_pair(*self._seen, self._files)
        check_validity(self._pair, now(), cert)
        self._kept = _keep(self._pair)
        self._loaded = self._seen
        self._refused: tuple[bytes, bytes] | str | None = None
        self._warned_at = now() - _WARNED_EVERY
        self._stopping = threading.Event()
        self._turn = threading.Lock()

    def context(self) -> TLSContext:
        """What a worker that starts now speaks with."""
        with self._turn:
            chain, key = (f"/proc/self/fd/{descriptor}" for descriptor in self._kept)
            return (True, chain, key, None, "tls1.2", None, [], False)

    def watch(self, changed: Callable[[], None]) -> None:
        """Look at the files until ``stop``, and tell when there is another certificate."""
        threading.Thread(
            target=self._watch, args=(changed,), name="certificates", daemon=True
        ).start()

    def stop(self) -> None:
        """End the watch."""
        self._stopping.set()

    def look_again(self) -> None:
        """Take what the files hold now, unless it is unusable, which is logged."""
        self._take(self._read_or_refuse())

    def _watch(self, changed: Callable[[], None]) -> None:
        while not self._stopping.wait(CHECK_SECONDS):
            self._renew_or_log()
            self._warn()
            found = self._read_or_refuse()
            # Two files are not replaced at once: what was there a moment ago may be neither pair.
            settled = found == self._seen
            self._seen = found or self._seen
            if settled and self._take(found):
                changed()

    def _renew(self) -> bool:
        return self._own is not None and ensure_server_certificate(*self._own, now())

    def _renew_or_log(self) -> None:
        try:
            if self._renew():
                _log.info("the server's own certificate was made anew", file=str(self._files[0]))
        except (CertificateUnusable, OSError) as error:
            self._refuse(str(error))

    def _read(self) -> tuple[bytes, bytes]:
        return read_file(self._files[0]), read_file(self._files[1])

    def _read_or_refuse(self) -> tuple[bytes, bytes] | None:
        try:
            return self._read()
        except CertificateUnusable as error:
            self._refuse(str(error))
            return None

    def _take(self, found: tuple[bytes, bytes] | None) -> bool:
        """Take another certificate, and whether it was one."""
        with self._turn:
            if found is None or found in (self._loaded, self._refused):
                return False
            try:
                pair = make_pair(*found, self._files)
                check_validity(pair, now(), self._files[0])
            except CertificateUnusable as error:
                self._refuse(str(error), found)
                return False
            before, self._kept = self._kept, _keep(pair)
            self._pair, self._loaded, self._refused = pair, found, None
            # Workers that are being started have copies of their own.
            for descriptor in before:
                os.close(descriptor)
        _log.info(
            "the certificate changed: workers are replaced one by one",
            sha256=pair.leaf.fingerprint(hashes.SHA256()).hex(),
            names=pair.names,
            ends_at=pair.ends_at.isoformat(),
        )
        return True

    def _refuse(self, because: str, found: tuple[bytes, bytes] | None = None) -> None:
        """Say once what is wrong, until something else is."""
        refused = found or because
        if refused != self._refused:
            self._refused = refused
            _log.error("the new certificate is refused, and the old one goes on", because=because)

    def _warn(self) -> None:
        remaining = self._pair.ends_at - now()
        if remaining < WARNED_BEFORE_END and now() - self._warned_at >= _WARNED_EVERY:
            self._warned_at = now()
            _log.warning(
                "the certificate ends soon",
                file=str(self._files[0]),
                ends_at=self._pair.ends_at.isoformat(),
            )


def open_certificates(settings: Settings) -> Certificates | None:
    """The certificate that the settings name, made first where it is the server's own.

    Raises:
        CertificateUnusable: no server can speak with it.
        OSError: the data folder cannot be written.
    """
    if settings.tls == "self-signed":
        files = authority_files(settings)
        return Certificates(files.server, files.server_key, (files, server_names(settings)))
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return Certificates(settings.tls_cert, settings.tls_key, None)


def authority_files(settings: Settings) -> AuthorityFiles:
    """Where the data folder's authority is, or would be."""
    return AuthorityFiles(settings.data / FOLDER_NAME)


def fingerprint(file: Path) -> str:
    """The SHA-256 of a certificate, as programs show it.

    Raises:
        CertificateUnusable: the file holds none.
    """
    try:
        certificate = x509.load_pem_x509_certificate(read_file(file))
    except ValueError as error:
        raise CertificateUnusable(f"{file} holds no certificate in PEM") from error
    return certificate.fingerprint(hashes.SHA256()).hex()


def _keep(pair: Pair) -> tuple[int, int]:
    """Copies in memory that workers, being forked, can open."""
    return _memory_file("certificate", pair.chain), _memory_file("key", pair.key)


def _memory_file(name: str, content: bytes) -> int:
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC)
    with os.fdopen(os.dup(descriptor), "wb") as file:
        file.write(content)
    return descriptor
