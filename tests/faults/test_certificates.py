"""Certificates that change under a running server: taken soon unless wrong, unseen by clients."""

import os
import shutil
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from tests.conformance.certificates import make_tls_files
from tests.live import LiveServer, TLSFiles
from tests.protocol.pushing import digest_of

from portside.server.authority import AuthorityFiles, ensure_server_certificate
from portside.server.public_names import Names

TAKEN_SECONDS_MAX = 60.0
REPOSITORY = "certificates"


@pytest.fixture
def files(tmp_path: Path) -> TLSFiles:
    return make_tls_files(tmp_path / "first")


@pytest.fixture
def live(files: TLSFiles) -> Iterator[LiveServer]:
    with LiveServer("--workers", "2", tls=files) as server:
        yield server


def _served(live: LiveServer, version: ssl.TLSVersion | None = None) -> int:
    """The serial number of the certificate that a new connection sees."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version is not None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", live.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        seen = secure.getpeercert(binary_form=True)
    assert seen is not None
    return x509.load_der_x509_certificate(seen).serial_number


def _serial(certificate: Path) -> int:
    return x509.load_pem_x509_certificates(certificate.read_bytes())[0].serial_number


def _until_served(live: LiveServer, serial: int) -> None:
    """Return when every one of ten new connections sees this certificate."""
    end = time.monotonic() + TAKEN_SECONDS_MAX
    while {_retried(live) for _ in range(10)} != {serial}:
        assert time.monotonic() < end, f"not taken in time\n{live.log_tail()}"
        time.sleep(0.2)


def _retried(live: LiveServer) -> int:
    try:
        return _served(live)
    except OSError:
        return _served(live)


def _until_logged(live: LiveServer, text: str) -> None:
    end = time.monotonic() + TAKEN_SECONDS_MAX
    while text not in live.log.read_text():
        assert time.monotonic() < end, f"no {text!r} in the log\n{live.log_tail()}"
        time.sleep(0.1)


def _replace(files: TLSFiles, new: TLSFiles) -> None:
    shutil.copy(new.certificate, files.certificate)
    shutil.copy(new.key, files.key)


class Client(threading.Thread):
    """Asks without a pause, each request at most three times, until it is told to stop."""

    def __init__(self, live: LiveServer) -> None:
        super().__init__()
        self._live = live
        self._stopped = threading.Event()
        self.failures: list[str] = []
        self.answer_count = 0

    def run(self) -> None:
        while not self._stopped.is_set():
            errors = []
            for _ in range(3):
                try:
                    answer = httpx.get(f"{self._live.url}/healthz", verify=False, timeout=20)  # noqa: S501 - who serves is the other tests' question
                    assert answer.status_code == 200
                    self.answer_count += 1
                    break
                except httpx.TransportError as error:
                    errors.append(repr(error))
            else:
                self.failures += errors

    def stop(self) -> None:
        self._stopped.set()
        self.join()


def test_a_new_certificate_is_taken_and_no_client_notices(
    live: LiveServer, files: TLSFiles, tmp_path: Path
) -> None:
    """Not the one that retries, nor the one whose long upload had begun before."""
    new = make_tls_files(tmp_path / "second")
    live.client("ecr").create_repository(repositoryName=REPOSITORY)
    auth = live.auth()
    content = b"0123456789" * 1000
    going_on = threading.Event()

    def slowly() -> Iterator[bytes]:
        yield content[:5000]
        assert going_on.wait(2 * TAKEN_SECONDS_MAX)
        yield content[5000:]

    def upload(status: list[int]) -> None:
        with httpx.Client(verify=False, auth=auth, timeout=120) as client:  # noqa: S501 - as above
            began = client.post(f"{live.url}/v2/{REPOSITORY}/blobs/uploads/")
            place = httpx.URL(live.url).join(began.headers["location"])
            status.append(client.patch(place, content=slowly()).status_code)
            done = client.put(place.copy_merge_params({"digest": digest_of(content)}))
            status.append(done.status_code)

    statuses: list[int] = []
    uploading = threading.Thread(target=upload, args=(statuses,))
    uploading.start()
    clients = [Client(live) for _ in range(2)]
    for client in clients:
        client.start()
    _replace(files, new)
    _until_served(live, _serial(new.certificate))
    going_on.set()
    uploading.join()
    for client in clients:
        client.stop()
    assert statuses == [202, 201]
    assert [client.failures for client in clients] == [[], []]
    assert min(client.answer_count for client in clients) > 10


def test_a_wrong_certificate_is_refused_loudly_and_the_old_one_goes_on(
    live: LiveServer, files: TLSFiles, tmp_path: Path
) -> None:
    """Also when the operator asks for it with SIGHUP, and when workers start meanwhile."""
    first = _serial(files.certificate)
    files.key.write_text("-----BEGIN PRIVATE KEY-----\nhalf a k")
    _until_logged(live, "the new certificate is refused, and the old one goes on")
    assert "holds no private key in PEM" in live.log.read_text()
    os.kill(live.pid, signal.SIGHUP)
    time.sleep(1)
    _until_served(live, first)
    new = make_tls_files(tmp_path / "second")
    _replace(files, new)
    _until_served(live, _serial(new.certificate))


def test_sighup_takes_a_certificate_at_once(
    live: LiveServer, files: TLSFiles, tmp_path: Path
) -> None:
    """The signal of `systemctl reload`; a server without TLS replaces its workers too."""
    new = make_tls_files(tmp_path / "second")
    _replace(files, new)
    os.kill(live.pid, signal.SIGHUP)
    _until_served(live, _serial(new.certificate))
    assert live.stop() == 0


def test_old_protocols_are_refused(live: LiveServer, files: TLSFiles) -> None:
    """TLS 1.2 and 1.3 are spoken, and nothing older."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        assert _served(live, version) == _serial(files.certificate)
    with (
        pytest.warns(DeprecationWarning, match="TLSv1_1"),
        pytest.raises(OSError, match=r"(?i)alert|unexpected"),
    ):
        _served(live, ssl.TLSVersion.TLSv1_1)


def test_a_wrong_certificate_at_the_start_is_one_line(files: TLSFiles, tmp_path: Path) -> None:
    """A server that nobody could speak with does not start."""
    others = make_tls_files(tmp_path / "second")
    shutil.copy(others.key, files.key)
    server = LiveServer(tls=files)
    with pytest.raises(Exception, match=r"portside: .*is not the key of the first certificate"):
        server.start()
    server.close()


def test_a_self_signed_certificate_is_renewed_while_serving() -> None:
    """Before its end, under the same authority, so that clients go on believing."""
    with LiveServer("--workers", "1", self_signed=True) as live:
        folder = AuthorityFiles(live.data / "tls")
        authority = folder.authority.read_bytes()
        folder.server.unlink()
        old = Names(("localhost",), ())
        ensure_server_certificate(folder, old, datetime.now(UTC) - timedelta(days=70))
        due = _serial(folder.server)
        _until_logged(live, "the server's own certificate was made anew")
        assert folder.authority.read_bytes() == authority
        assert _serial(folder.server) != due
        _until_served(live, _serial(folder.server))
        with httpx.Client(verify=ssl.create_default_context(cafile=folder.authority)) as client:
            assert client.get(f"{live.url}/healthz").status_code == 200
