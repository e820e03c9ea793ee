"""Nodes are restarted and killed under load: clients that try again notice nothing."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import pytest
from tests.protocol.pushing import Registry, digest_of
from tests.scale.cluster import Cluster
from tests.scale.retrying import Ledger, RetryingClient, check_nothing_lost

CLIENTS = 3


@pytest.fixture
def name(cluster: Cluster) -> str:
    cluster.start_nodes()
    made = f"scale/{uuid4().hex}"
    cluster.client("ecr").create_repository(repositoryName=made)
    return made


@contextmanager
def load(cluster: Cluster, name: str) -> Iterator[list[Ledger]]:
    """Clients that push and pull while the block runs; their ledgers are whole after it."""
    auth = cluster.nodes[0].auth()
    clients = [RetryingClient(cluster.url, auth, name, seed) for seed in range(CLIENTS)]
    stop = threading.Event()
    with ThreadPoolExecutor(CLIENTS) as pool:
        running = [pool.submit(client.run, stop) for client in clients]
        try:
            time.sleep(0.5)
            ledgers = [client.ledger for client in clients]
            yield ledgers
            go_on(ledgers)
        finally:
            stop.set()
        for one in running:
            one.result(120)


def go_on(ledgers: list[Ledger]) -> None:
    """Return when every client has pushed once more."""
    before = [len(ledger.tags) for ledger in ledgers]
    end = time.monotonic() + 60
    while any(len(one.tags) <= was for one, was in zip(ledgers, before, strict=True)):
        assert time.monotonic() < end, "a client does not get on"
        time.sleep(0.05)


def check_ledgers(cluster: Cluster, name: str, ledgers: list[Ledger]) -> None:
    """All of what anybody was told is there; each client's on another node."""
    assert all(ledger.tags for ledger in ledgers)
    for node, ledger in zip(cluster.nodes, ledgers, strict=True):
        check_nothing_lost(cluster.http(node), name, ledger)


def test_a_rolling_restart(cluster: Cluster, name: str) -> None:
    """Each node in turn is stopped as an operator does, and started again."""
    with load(cluster, name) as ledgers:
        for node in cluster.nodes:
            assert node.stop() == 0
            time.sleep(0.3)
            node.start()
    check_ledgers(cluster, name, ledgers)


def test_nodes_are_killed(cluster: Cluster, name: str) -> None:
    """kill -9 of each in turn, and of each worker."""
    with load(cluster, name) as ledgers:
        for node in cluster.nodes:
            node.kill()
            time.sleep(0.5)
            node.start()
        for worker in cluster.workers:
            worker.kill()
    cluster.workers.clear()
    cluster.start_workers()
    check_ledgers(cluster, name, ledgers)


def test_an_upload_outlives_its_node(cluster: Cluster, name: str) -> None:
    """What a killed node acknowledged of it, another goes on from."""
    first, second = cluster.nodes[0], cluster.nodes[1]
    client, other = cluster.http(first), cluster.http(second)
    location = Registry(client, name).start()
    assert client.patch(location, content=b"x" * 100_000).status_code == 202
    first.kill()
    try:
        assert other.get(location).headers["range"] == "0-99999"
        whole = b"x" * 100_000 + b"y" * 1000
        done = other.put(location, params={"digest": digest_of(whole)}, content=b"y" * 1000)
        assert done.status_code == 201, done.text
    finally:
        first.start()


def test_postgresql_restarts(cluster: Cluster, name: str) -> None:
    """Stopped as its operator does, and ended as by a crash: what was acknowledged is there."""
    with load(cluster, name) as ledgers:
        for end in (cluster.stores.database.stop, cluster.stores.database.kill):
            end()
            time.sleep(0.3)
            cluster.stores.database.start()
            time.sleep(1.5)
    check_ledgers(cluster, name, ledgers)
    for worker in cluster.workers:
        worker.wait_until_ready()
