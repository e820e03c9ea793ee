"""Ports for servers under test, which no other test worker and no outgoing connection takes."""

import random
import socket

from tests.locks import claim

# Below what Linux gives to outgoing connections (32768 and up): there, a port that was free a
# moment ago may be anybody's by the time a server listens on it, or starts again.
FIRST, LAST = 20_000, 31_999
TRIES_MAX = 500
_held: dict[int, int] = {}


def claim_port() -> int:
    """Return a TCP port of 127.0.0.1 that nobody listens on, kept for this process alone.

    Raises:
        OSError: when no port is free.
    """
    for _ in range(TRIES_MAX):
        port = random.randint(FIRST, LAST)
        if port in _held:
            continue
        held = claim(f"port-{port}")
        if held is None:
            continue
        # Kept until this process ends: a server may come back to its port.
        _held[port] = held
        if _is_free(port):
            return port
    raise OSError(f"no port of {FIRST}-{LAST} is free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
