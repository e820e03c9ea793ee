"""The data folder's own authority: made once, bounded to its names; what it signs is renewed."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.x509 import verification

from portside.server.authority import AuthorityFiles, ensure_server_certificate
from portside.server.certificates import Certificates
from portside.server.pairs import CertificateUnusable
from portside.server.public_names import Bounds, Names, bounds_for, server_names
from portside.settings import Settings, resolve

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NAMES = Names(("localhost", "registry.example.com", "*.dkr.ecr.us-east-1.example.com"), ())


def _settings(**flags: str) -> Settings:
    return resolve(flags, {}).settings


def _leaf(files: AuthorityFiles) -> x509.Certificate:
    return x509.load_pem_x509_certificate(files.server.read_bytes())


def test_the_authority_is_made_once_and_its_certificates_are_renewed(tmp_path: Path) -> None:
    """Clients install the authority once; what it signs is made anew 30 days before its end."""
    files = AuthorityFiles(tmp_path / "tls")
    assert ensure_server_certificate(files, NAMES, NOW)
    authority, first = files.authority.read_bytes(), _leaf(files)
    assert not ensure_server_certificate(files, NAMES, NOW + 59 * DAY)
    assert ensure_server_certificate(files, NAMES, NOW + 61 * DAY)
    assert files.authority.read_bytes() == authority
    assert _leaf(files).not_valid_after_utc - first.not_valid_after_utc == 61 * DAY
    assert _leaf(files).serial_number != first.serial_number


def test_keys_are_their_owners_alone(tmp_path: Path) -> None:
    """Nobody else on the machine reads a key, or lists the folder."""
    files = AuthorityFiles(tmp_path / "tls")
    ensure_server_certificate(files, NAMES, NOW)
    modes = {path.name: path.stat().st_mode & 0o777 for path in files.folder.iterdir()}
    assert (modes["authority.key"], modes["server.key"], modes["lock"]) == (0o600, 0o600, 0o600)
    assert files.folder.stat().st_mode & 0o777 == 0o700
    assert set(modes) == {"authority.key", "authority.pem", "server.key", "server.pem", "lock"}


@pytest.mark.parametrize("damage", ["gone", "another key", "garbage", "another authority's"])
def test_a_damaged_certificate_is_made_anew(tmp_path: Path, damage: str) -> None:
    """As after a crash between the key's and the certificate's writing."""
    files = AuthorityFiles(tmp_path / "tls")
    others = AuthorityFiles(tmp_path / "other")
    ensure_server_certificate(files, NAMES, NOW)
    ensure_server_certificate(others, NAMES, NOW)
    if damage == "gone":
        files.server_key.unlink()
    elif damage == "garbage":
        files.server.write_text("garbage")
    else:
        files.server_key.write_bytes(others.server_key.read_bytes())
    if damage == "another authority's":
        files.server.write_bytes(others.server.read_bytes())
    assert ensure_server_certificate(files, NAMES, NOW)
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    _leaf(files).verify_directly_issued_by(authority)
    assert not ensure_server_certificate(files, NAMES, NOW)


def test_clients_believe_it_for_its_names_and_no_others(tmp_path: Path) -> None:
    """Also where another certificate of the same authority would say otherwise."""
    files = AuthorityFiles(tmp_path / "tls")
    ensure_server_certificate(files, NAMES, NOW)
    authority = x509.load_pem_x509_certificate(files.authority.read_bytes())
    store = verification.Store([authority])
    builder = verification.PolicyBuilder().store(store).time(NOW + DAY)
    for name in ("registry.example.com", "123456789012.dkr.ecr.us-east-1.example.com"):
        verifier = builder.build_server_verifier(x509.DNSName(name))
        assert len(verifier.verify(_leaf(files), [])) == 2
    verifier = builder.build_server_verifier(x509.DNSName("example.org"))
    with pytest.raises(verification.VerificationError):
        verifier.verify(_leaf(files), [])


def test_an_authority_does_not_sign_beyond_its_bounds(tmp_path: Path) -> None:
    """A name below one that it is for is within; any other needs another authority, and says so."""
    files = AuthorityFiles(tmp_path / "tls")
    ensure_server_certificate(files, NAMES, NOW)
    assert ensure_server_certificate(files, Names(("eu.registry.example.com",), ()), NOW)
    with pytest.raises(CertificateUnusable, match=r"may not sign for other\.example\.com: move"):
        ensure_server_certificate(files, Names(("other.example.com",), ()), NOW)
    with pytest.raises(CertificateUnusable, match="ended: move it away"):
        ensure_server_certificate(files, NAMES, NOW + 3651 * DAY)


def test_near_the_authoritys_end_its_certificates_end_with_it(tmp_path: Path) -> None:
    """None outlives what it hangs on, and none is made anew each time for that."""
    files = AuthorityFiles(tmp_path / "tls")
    ensure_server_certificate(files, NAMES, NOW)
    late = NOW + 3640 * DAY
    assert ensure_server_certificate(files, NAMES, late)
    assert _leaf(files).not_valid_after_utc == NOW + 3650 * DAY
    assert not ensure_server_certificate(files, NAMES, late + DAY)


def test_two_servers_that_start_at_once_share_one_authority(tmp_path: Path) -> None:
    """Whoever comes second takes what the first has made."""
    files = AuthorityFiles(tmp_path / "tls")
    made: list[bool] = []
    threads = [
        Thread(target=lambda: made.append(ensure_server_certificate(files, NAMES, NOW)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [False] * 7 + [True]


def test_names_of_a_server() -> None:
    """This machine's, those that were set, the address it listens on, and the suffix's."""
    names = server_names(_settings(host="10.1.2.3", tls_names="R.example.com,::5"))
    assert {"localhost", socket.gethostname().lower(), "r.example.com"} == set(names.dns)
    assert [str(address) for address in names.addresses] == ["127.0.0.1", "::1", "::5", "10.1.2.3"]
    everywhere = server_names(_settings(host="0.0.0.0"))  # noqa: S104 - what is tested
    assert [str(address) for address in everywhere.addresses] == ["127.0.0.1", "::1"]


def test_names_of_a_suffix() -> None:
    """Every account's registry; in AWS's own domain the APIs that its programs look for, too."""
    own = server_names(_settings(suffix="example.com", region="eu-west-1")).dns
    assert set(own) >= {"*.dkr.ecr.eu-west-1.example.com", "example.com"}
    aws = server_names(_settings(suffix="amazonaws.com", region="eu-west-1")).dns
    assert set(aws) >= {
        "*.dkr.ecr.eu-west-1.amazonaws.com",
        "api.ecr.eu-west-1.amazonaws.com",
        "ecr.eu-west-1.amazonaws.com",
        "sts.eu-west-1.amazonaws.com",
        "sts.amazonaws.com",
        "iam.amazonaws.com",
    }
    assert "amazonaws.com" not in bounds_for(Names(aws, ())).domains
    china = server_names(_settings(suffix="amazonaws.com.cn", region="cn-north-1")).dns
    assert "iam.cn-north-1.amazonaws.com.cn" in china


def test_bounds() -> None:
    """A name is within if a domain is its own or above it; similar letters are not."""
    bounds = Bounds(("example.com",), ())
    assert bounds.beyond(Names(("example.com", "a.example.com", "*.example.com"), ())) == []
    assert bounds.beyond(Names(("anexample.com", "com"), ())) == ["anexample.com", "com"]


def test_what_workers_speak_with_survives_the_files(tmp_path: Path) -> None:
    """They open a copy in memory, so a file that is gone or wrong harms none of them."""
    files = AuthorityFiles(tmp_path / "tls")
    ensure_server_certificate(files, NAMES, datetime.now(UTC))
    certificates = Certificates(files.server, files.server_key, None)
    files.server_key.write_text("garbage")
    files.server.unlink()
    certificates.look_again()
    _, chain, key, *_ = certificates.context()
    assert chain is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
