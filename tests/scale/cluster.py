"""Three server nodes and two workers behind nginx, on stores that they share."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, Self

import httpx
from tests.live import LiveServer
from tests.live_worker import LiveWorker
from tests.scale.proxy import Proxy
from tests.scale.sharing import PostgreSQLAndS3

NODES = 3
WORKERS = 2
NODE_ARGUMENTS = (
    *("--workers=1", "--no-tasks", "--trusted-proxies=127.0.0.1"),
    # Shorter than tests wait for a node's end.
    "--drain-seconds=20",
)


class Cluster:
    """Starts all of it on entry and ends it on exit; nodes can be stopped, killed and started."""

    def __init__(self, stores: PostgreSQLAndS3, *worker_arguments: str) -> None:
        self._ending = ExitStack()
        self._worker_arguments = worker_arguments
        self.stores = stores
        self.nodes = [stores.node(*NODE_ARGUMENTS) for _ in range(NODES)]
        self.workers: list[LiveWorker] = []
        self.proxy: Proxy

    @property
    def url(self) -> str:
        """The one address that clients know."""
        return self.proxy.url

    def client(self, service: str, node: LiveServer | None = None, **options: Any) -> Any:
        """A boto3 client of all nodes, or of one."""
        url = {} if node else {"endpoint_url": self.url}
        return (node or self.nodes[0]).client(service, **(url | options))

    def http(self, node: LiveServer | None = None) -> httpx.Client:
        """A client of ``/v2/`` of all nodes, or of one, as the root user."""
        url = node.url if node else self.url
        made = httpx.Client(base_url=url, auth=self.nodes[0].auth(), timeout=30)
        return self._ending.enter_context(made)

    def start_nodes(self) -> None:
        """Start the nodes that do not run: a test that failed may have left some so."""
        for node in self.nodes:
            if not node.running:
                node.kill()
                node.start()

    def start_workers(self) -> None:
        """Start the workers that are to be."""
        for _ in range(WORKERS):
            worker = self.stores.worker(self.nodes[0], *self._worker_arguments)
            self.workers.append(self._ending.enter_context(worker))
        for worker in self.workers:
            worker.wait_until_ready()

    def __enter__(self) -> Self:
        try:
            for node in self.nodes:
                self._ending.callback(node.close)
            # The first makes what is shared.
            self.nodes[0].start()
            with ThreadPoolExecutor(NODES) as pool:
                others = [pool.submit(node.start) for node in self.nodes[1:]]
                self.start_workers()
                for other in others:
                    other.result()
            self.proxy = Proxy([node.port for node in self.nodes])
            self._ending.callback(self.proxy.close)
            self.proxy.wait_until_ready()
        except BaseException:
            self._ending.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.close()
