"""Certificates with their keys, read from files and refused where no server can use them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

FILE_BYTES_MAX: Final = 1 << 20
RSA_BITS_MIN: Final = 2048
_CURVES: Final = ("secp256r1", "secp384r1", "secp521r1")


class CertificateUnusable(Exception):  # noqa: N818 - named for what it tells
    """No server can speak with this certificate; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A chain of certificates, the server's first, and its private key, both as PEM."""

    chain: bytes
    key: bytes
    leaf: x509.Certificate

    @property
    def ends_at(self) -> datetime:
        """When clients no longer believe it."""
        return self.leaf.not_valid_after_utc

    @property
    def names(self) -> list[str]:
        """The names and addresses that it is for."""
        try:
            found = self.leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except x509.ExtensionNotFound:
            return []
        names = found.value
        addresses = names.get_values_for_type(x509.IPAddress)
        return [*names.get_values_for_type(x509.DNSName), *map(str, addresses)]


def read_file(path: Path) -> bytes:
    """What a file of certificates or of a key holds.

    Raises:
        CertificateUnusable: it cannot be read, or is far too large to be one.
    """
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise CertificateUnusable(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > FILE_BYTES_MAX:
        raise CertificateUnusable(f"{path} is larger than {FILE_BYTES_MAX} bytes")
    return content


def make_pair(chain: bytes, key: bytes, files: tuple[Path, Path]) -> Pair:
    """The pair that two files' contents are; ``files`` names them in refusals.

    Raises:
        CertificateUnusable: they are not PEM, do not belong together, or the key is none that
            today's clients accept.
    """
    certificates = _read_chain(chain, files[0])
    private = _read_key(key, files[1])
    leaf = certificates[0]
    if _public_bytes(leaf.public_key()) != _public_bytes(private.public_key()):
        raise CertificateUnusable(
            f"{files[1]} is not the key of the first certificate in {files[0]}"
        )
    return Pair(
        b"".join(each.public_bytes(serialization.Encoding.PEM) for each in certificates),
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
        leaf,
    )


def check_validity(pair: Pair, now: datetime, file: Path) -> None:
    """Refuse a certificate that clients would not believe now.

    Raises:
        CertificateUnusable: it has ended, or has not begun.
    """
    if pair.ends_at <= now:
        raise CertificateUnusable(f"the certificate in {file} ended at {pair.ends_at.isoformat()}")
    begins_at = pair.leaf.not_valid_before_utc
    if begins_at > now:
        raise CertificateUnusable(
            f"the certificate in {file} is not valid before {begins_at.isoformat()}"
        )


def _read_chain(text: bytes, file: Path) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(text)
    except ValueError as error:
        raise CertificateUnusable(f"{file} holds no certificates in PEM") from error


_PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def _read_key(text: bytes, file: Path) -> _PrivateKey:
    try:
        key = serialization.load_pem_private_key(text, None)
    except TypeError as error:
        raise CertificateUnusable(
            f"the key in {file} is encrypted: Portside needs one without a passphrase"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise CertificateUnusable(f"{file} holds no private key in PEM") from error
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= RSA_BITS_MIN:
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return key
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    raise CertificateUnusable(
        f"the key in {file} must be RSA of at least {RSA_BITS_MIN} bits, ECDSA on P-256, P-384 or "
        "P-521, or Ed25519"
    )


def _public_bytes(key: object) -> bytes:
    if not hasattr(key, "public_bytes"):
        return b""
    return bytes(
        key.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
