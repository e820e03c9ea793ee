"""Pairs of certificate and key: what is taken, and what each wrong one is told."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, rsa
from tests.conformance.certificates import make_tls_files

from portside.server.pairs import CertificateUnusable, check_validity, make_pair, read_file

FILES = (Path("cert.pem"), Path("key.pem"))


def _pem(key: object, password: bytes | None = None, form: str = "PKCS8") -> bytes:
    formats = serialization.PrivateFormat
    encryption = (
        serialization.BestAvailableEncryption(password)
        if password
        else serialization.NoEncryption()
    )
    made = key.private_bytes(  # type: ignore[attr-defined]  # any private key
        serialization.Encoding.PEM, getattr(formats, form), encryption
    )
    return bytes(made)


def test_a_pair_is_taken_with_its_names_and_end(tmp_path: Path) -> None:
    """What a server needs of it is there, the key in one form whatever it was in."""
    files = make_tls_files(tmp_path)
    key = serialization.load_pem_private_key(files.key.read_bytes(), None)
    traditional = _pem(key, form="TraditionalOpenSSL")
    pair = make_pair(files.certificate.read_bytes(), traditional, FILES)
    assert pair.names == ["localhost", "127.0.0.1"]
    assert pair.key == _pem(key)
    assert pair.ends_at > datetime.now(UTC)
    check_validity(pair, datetime.now(UTC), FILES[0])


def test_a_chain_is_kept_whole(tmp_path: Path) -> None:
    """Intermediate authorities are sent too."""
    files = make_tls_files(tmp_path)
    chain = files.certificate.read_bytes() + files.authority.read_bytes()
    pair = make_pair(b"some words before\n" + chain, files.key.read_bytes(), FILES)
    assert pair.chain == chain


def test_each_wrong_pair_says_what_is_wrong(tmp_path: Path) -> None:
    """One line, with the file's name."""
    files, others = make_tls_files(tmp_path / "a"), make_tls_files(tmp_path / "b")
    chain, key = files.certificate.read_bytes(), files.key.read_bytes()
    short = rsa.generate_private_key(65537, 1024)  # noqa: S505 - what must be refused
    wrong = [
        (b"no pem", key, "cert.pem holds no certificates in PEM"),
        (chain[:200], key, "cert.pem holds no certificates in PEM"),
        (chain, b"", "key.pem holds no private key in PEM"),
        (chain, chain, "key.pem holds no private key in PEM"),
        (chain, others.key.read_bytes(), "key.pem is not the key of the first certificate in cert"),
        (chain, _pem(ec.generate_private_key(ec.SECP256R1()), b"x"), "key in key.pem is encrypted"),
        (chain, _pem(short), "must be RSA of at least 2048 bits"),
        (chain, _pem(ec.generate_private_key(ec.SECP224R1())), "ECDSA on P-256, P-384 or P-521"),
        (chain, _pem(dsa.generate_private_key(2048)), "or Ed25519"),
        (chain, _pem(ed25519.Ed25519PrivateKey.generate()), "is not the key of the first"),
        (chain, _pem(rsa.generate_private_key(65537, 2048)), "is not the key of the first"),
    ]
    for certificate, private, told in wrong:
        with pytest.raises(CertificateUnusable) as caught:
            make_pair(certificate, private, FILES)
        assert told in str(caught.value)
        assert "\n" not in str(caught.value)


def test_a_pair_counts_only_in_its_time(tmp_path: Path) -> None:
    """An ended one, and one of tomorrow, would be refused by every client."""
    files = make_tls_files(tmp_path)
    pair = make_pair(files.certificate.read_bytes(), files.key.read_bytes(), FILES)
    with pytest.raises(CertificateUnusable, match=r"the certificate in cert\.pem ended at 2"):
        check_validity(pair, pair.ends_at, FILES[0])
    early = pair.leaf.not_valid_before_utc - timedelta(seconds=1)
    with pytest.raises(CertificateUnusable, match="is not valid before 2"):
        check_validity(pair, early, FILES[0])


def test_files_that_cannot_be_certificates(tmp_path: Path) -> None:
    """A file that is gone, or too large, is told and not read to its end."""
    with pytest.raises(CertificateUnusable, match=r"gone cannot be read: No such file"):
        read_file(tmp_path / "gone")
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(1 << 21)
    with pytest.raises(CertificateUnusable, match="large is larger than 1048576 bytes"):
        read_file(large)
