"""Running a scanner's program: no shell, bounded in time and output, nothing left behind."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from portside.services.scanning.scanners import ScanFailed

WORDS_LENGTH_MAX: Final = 600
"""How much of a program's last words a scan's description repeats."""
_PIECE_BYTES: Final = 65_536
_WORDS_BYTES_MAX: Final = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What a program may take: seconds, and bytes of output."""

    seconds: float = 1800.0
    output_bytes: int = 256 * 1024 * 1024


def run(command: Sequence[str], environment: Mapping[str, str], allowance: Allowance) -> bytes:
    """What a program writes to its output.

    Raises:
        ScanFailed: it cannot be run, fails, or takes more than it is allowed.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the operator names the program, and no shell is there
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # A group of its own: whatever it starts is ended with it.
            start_new_session=True,
        )
    except OSError as error:
        raise ScanFailed(f"{command[0]} cannot be run: {error.strerror}") from error
    ends_at = time.monotonic() + allowance.seconds
    with process:
        try:
            output, words = _Reading(process, allowance, ends_at).gather()
            code = process.wait(max(ends_at - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired as error:
            raise ScanFailed(_late(command[0], allowance)) from error
        finally:
            _end(process)
    if code:
        raise ScanFailed(f"{command[0]} ended with status {code}: {_last(words)}")
    return output


def _late(program: str, allowance: Allowance) -> str:
    return f"{program} was not done within {allowance.seconds:g} seconds"


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _last(words: bytes) -> str:
    text = words.decode(errors="replace").strip()
    return text[-WORDS_LENGTH_MAX:] or "it said nothing"


class _Reading:
    """Reads a process's output and its words at once, so that neither stops it."""

    def __init__(
        self, process: subprocess.Popen[bytes], allowance: Allowance, ends_at: float
    ) -> None:
        self._process = process
        self._allowance = allowance
        self._ends_at = ends_at
        self._output = bytearray()
        self._words = bytearray()

    def gather(self) -> tuple[bytes, bytes]:
        with selectors.DefaultSelector() as selector:
            for stream in (self._process.stdout, self._process.stderr):
                if stream is not None:
                    selector.register(stream, selectors.EVENT_READ)
            while selector.get_map():
                left = self._ends_at - time.monotonic()
                ready = selector.select(max(left, 0.0))
                if left <= 0 or not ready:
                    raise ScanFailed(_late(str(self._program), self._allowance))
                for key, _ in ready:
                    piece = os.read(key.fd, _PIECE_BYTES)
                    if piece:
                        self._take(key.fileobj, piece)
                    else:
                        selector.unregister(key.fileobj)
        return bytes(self._output), bytes(self._words)

    @property
    def _program(self) -> str:
        command = self._process.args
        return str(command[0]) if isinstance(command, (list, tuple)) else str(command)

    def _take(self, stream: object, piece: bytes) -> None:
        if stream is self._process.stdout:
            self._output += piece
            if len(self._output) > self._allowance.output_bytes:
                limit = self._allowance.output_bytes
                raise ScanFailed(f"{self._program} wrote more than {limit} bytes")
        else:
            self._words += piece
            # What a program says last tells why it failed.
            del self._words[:-_WORDS_BYTES_MAX]
