"""A pull of what was pulled before is answered from memory, whatever policies decide it."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import Engine, event
from tests.live import LiveServer
from tests.protocol.principals import Person, allow, document, make_user, root
from tests.protocol.pushing import Registry

from portside.server.application import Application
from portside.settings import resolve
from portside.web.board import Board

LOGIN_AND_PULL = allow("ecr:GetAuthorizationToken", "ecr:BatchGetImage")
GUARD = {
    "Effect": "Deny",
    "Action": "ecr:*",
    "Resource": "arn:aws:ecr:*:*:repository/*",
    "Condition": {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
}
BY_ADDRESS = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "ecr:*",
    "Condition": {"NotIpAddress": {"aws:SourceIp": "127.0.0.0/8"}},
}


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that is sent to a database meanwhile."""
    seen: list[str] = []

    def note(*arguments: Any) -> None:
        seen.append(arguments[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


@asynccontextmanager
async def worker(server: LiveServer) -> AsyncIterator[Application]:
    """A worker over the data folder of a server that has stopped."""
    application = Application(resolve({"data": str(server.data)}, server.env).settings, Board(1))
    incoming: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    outgoing: asyncio.Queue[dict[str, str]] = asyncio.Queue()
    life = asyncio.create_task(application({"type": "lifespan"}, incoming.get, outgoing.put))
    await incoming.put({"type": "lifespan.startup"})
    await outgoing.get()
    yield application
    await incoming.put({"type": "lifespan.shutdown"})
    await life


def push(owner: Person, name: str) -> None:
    owner.client().create_repository(repositoryName=name, tags=[{"Key": "team", "Value": "devs"}])
    with owner.http() as http:
        Registry(http, name).push("latest", b"layer")


@pytest.fixture(scope="module")
def pulled() -> Iterator[tuple[LiveServer, str, str, str]]:
    """A stopped server with two images, and the password of a user who may pull them.

    The first repository has no policy; the second one's looks at the client's address.
    """
    with LiveServer() as server:
        owner = root(server)
        names = [f"hot/{uuid4().hex}" for _ in range(2)]
        for name in names:
            push(owner, name)
        owner.client().set_repository_policy(
            repositoryName=names[1], policyText=document(BY_ADDRESS)
        )
        user = make_user(owner, "puller", LOGIN_AND_PULL, GUARD)
        iam = owner.client("iam")
        iam.tag_user(UserName="puller", Tags=[{"Key": "team", "Value": "devs"}])
        iam.put_user_permissions_boundary(
            UserName="puller",
            PermissionsBoundary="arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryFullAccess",
        )
        password = user.password()
        server.stop()
        yield server, names[0], names[1], password


@pytest.mark.parametrize("which", [1, 2])
def test_a_hit_sends_nothing_to_the_database(
    pulled: tuple[LiveServer, str, str, str], which: int
) -> None:
    """With policies, a boundary, tags and conditions, also such as look at each request anew."""
    server, password = pulled[0], pulled[3]
    path = f"/v2/{pulled[which]}/manifests/latest"

    async def run() -> tuple[list[str], list[int], list[str]]:
        async with worker(server) as application:
            transport = httpx.ASGITransport(application, client=("127.0.0.1", 4711))
            async with httpx.AsyncClient(
                transport=transport, base_url="http://localhost", auth=("AWS", password)
            ) as client:
                with statements() as first:
                    statuses = [(await client.get(path)).status_code]
                with statements() as others:
                    statuses += [(await client.get(path)).status_code for _ in range(20)]
        return first, statuses, others

    first, statuses, others = asyncio.run(run())
    assert statuses == [200] * 21
    assert first, "the first pull is no hit: it shows that statements are seen here"
    assert others == []


def test_a_hit_is_still_refused_to_others(pulled: tuple[LiveServer, str, str, str]) -> None:
    """What is remembered for one address is not for another."""
    server, password = pulled[0], pulled[3]

    async def run() -> list[int]:
        async with worker(server) as application:
            return [await ask(application, address) for address in ("127.0.0.1", "192.0.2.7")]

    async def ask(application: Application, address: str) -> int:
        transport = httpx.ASGITransport(application, client=(address, 4711))
        async with httpx.AsyncClient(
            transport=transport, base_url="http://localhost", auth=("AWS", password)
        ) as client:
            return (await client.get(f"/v2/{pulled[2]}/manifests/latest")).status_code

    assert asyncio.run(run()) == [200, 403]
