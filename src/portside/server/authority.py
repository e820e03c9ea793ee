"""An authority of the data folder's own, and the server's certificates that it signs.

``tls/`` in the data folder holds ``authority.pem``, which clients install, ``authority.key``, and
the server's ``server.pem`` and ``server.key``. Keys are readable by their owner alone.
"""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from portside.server.pairs import CertificateUnusable, Pair, make_pair, read_file
from portside.server.public_names import Bounds, Names, bounds_for

FOLDER_NAME: Final = "tls"
AUTHORITY_LIFETIME: Final = timedelta(days=3650)
SERVER_LIFETIME: Final = timedelta(days=90)
"""Apple's systems take no more than 825 days of an authority that their user installed."""
RENEWED_BEFORE_END: Final = timedelta(days=30)
_CLOCKS_APART: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AuthorityFiles:
    """Where the files of a data folder's authority are."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The authority's certificate, which clients install."""
        return self.folder / "authority.pem"

    @property
    def authority_key(self) -> Path:
        """The authority's key."""
        return self.folder / "authority.key"

    @property
    def server(self) -> Path:
        """The server's certificate."""
        return self.folder / "server.pem"

    @property
    def server_key(self) -> Path:
        """The server's key."""
        return self.folder / "server.key"


def ensure_server_certificate(files: AuthorityFiles, names: Names, now: datetime) -> bool:
    """Have a certificate for these names that is not about to end; whether one was made now.

    The authority is made the first time, and then stays: clients have installed it.

    Raises:
        CertificateUnusable: the authority may not sign for one of the names, has ended, or its
            files are damaged.
        OSError: the folder cannot be written.
    """
    files.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _turn(files.folder):
        if not files.authority.exists():
            _make_authority(files, names, now)
        authority = _read_authority(files)
        beyond = _bounds_of(authority.leaf).beyond(names)
        if beyond:
            raise CertificateUnusable(
                f"the authority in {files.folder} may not sign for {', '.join(beyond)}: move that "
                "folder away to have another made, and install that in clients (portside trust)"
            )
        if authority.ends_at <= now:
            raise CertificateUnusable(f"the authority in {files.folder} ended: move it away")
        if _serves(files, authority, names, now):
            return False
        _make_server_certificate(files, authority, names, now)
        return True


def _serves(files: AuthorityFiles, authority: Pair, names: Names, now: datetime) -> bool:
    """Whether the certificate that is there will do."""
    try:
        pair = _read_pair(files.server, files.server_key)
        pair.leaf.verify_directly_issued_by(authority.leaf)
    except (CertificateUnusable, InvalidSignature, ValueError, TypeError):
        return False
    wanted = {*names.dns, *map(str, names.addresses)}
    due = pair.ends_at - now < RENEWED_BEFORE_END and pair.ends_at < authority.ends_at
    return not due and pair.ends_at > now and wanted <= set(pair.names)


def _make_authority(files: AuthorityFiles, names: Names, now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    # The number tells one machine's authorities apart where clients list them.
    name = _name(f"Portside on {socket.gethostname()[:30]} {x509.random_serial_number() % 10**8}")
    bounds = bounds_for(names)
    permitted: list[x509.GeneralName] = [x509.DNSName(domain) for domain in bounds.domains]
    permitted += [x509.IPAddress(network) for network in bounds.networks]
    authority = (
        _builder(name, name, key.public_key(), now, now + AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    # The key first: a certificate without one would look like an authority.
    _write(files.authority_key, _key_pem(key), 0o600)
    _write(files.authority, authority.public_bytes(serialization.Encoding.PEM), 0o644)


def _make_server_certificate(
    files: AuthorityFiles, authority: Pair, names: Names, now: datetime
) -> None:
    signing_key = serialization.load_pem_private_key(authority.key, None)
    if not isinstance(signing_key, ec.EllipticCurvePrivateKey):
        raise CertificateUnusable(f"{files.authority_key} is not the key that Portside made")
    key = ec.generate_private_key(ec.SECP256R1())
    end = min(now + SERVER_LIFETIME, authority.ends_at)
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names.dns]
    alternatives += [x509.IPAddress(address) for address in names.addresses]
    certificate = (
        _builder(_name("Portside"), authority.leaf.subject, key.public_key(), now, end)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()),
            critical=False,
        )
        .sign(signing_key, hashes.SHA256())
    )
    _write(files.server_key, _key_pem(key), 0o600)
    _write(files.server, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _read_authority(files: AuthorityFiles) -> Pair:
    return _read_pair(files.authority, files.authority_key)


def _read_pair(certificate: Path, key: Path) -> Pair:
    return make_pair(read_file(certificate), read_file(key), (certificate, key))


def _bounds_of(authority: x509.Certificate) -> Bounds:
    try:
        found = authority.extensions.get_extension_for_class(x509.NameConstraints)
    except x509.ExtensionNotFound:
        return Bounds((), ())
    permitted = found.value.permitted_subtrees or []
    return Bounds(
        tuple(each.value for each in permitted if isinstance(each, x509.DNSName)),
        tuple(
            each.value
            for each in permitted
            if isinstance(each, x509.IPAddress)
            and isinstance(each.value, IPv4Network | IPv6Network)
        ),
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_APART)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    """Put a file in its place whole and durably, never readable by more than ``mode`` says."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """One process at a time makes certificates in a folder."""
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
