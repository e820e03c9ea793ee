"""What one node is told, all others know; what is begun on one goes on on another."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from botocore.exceptions import ClientError
from tests.live import LiveServer
from tests.protocol.principals import allow, document, make_user, root
from tests.protocol.pushing import Registry, digest_of, error_codes, manifest_of
from tests.scale.cluster import Cluster


@pytest.fixture
def name(cluster: Cluster) -> str:
    cluster.start_nodes()
    made = f"scale/{uuid4().hex}"
    cluster.client("ecr").create_repository(repositoryName=made)
    return made


def seen_everywhere(cluster: Cluster, changed: Callable[[LiveServer], bool]) -> None:
    """No node that is asked later than the bound after an acknowledgement answers as before it."""
    acknowledged = time.monotonic()
    late = list(cluster.nodes)
    while late:
        asked = time.monotonic()
        if changed(late[0]):
            late.pop(0)
        else:
            assert asked - acknowledged <= cluster.stores.bound_seconds


def test_an_upload_goes_on_on_any_node(cluster: Cluster, name: str) -> None:
    """Each of its requests on another node; the last gets the digest of all."""
    pieces = [bytes([number]) * 70_000 for number in range(5)]
    clients = [cluster.http(node) for node in cluster.nodes]
    location = Registry(clients[0], name).start()
    for number, piece in enumerate(pieces):
        answer = clients[(number + 1) % 3].patch(location, content=piece)
        assert answer.status_code == 202, answer.text
        status = clients[(number + 2) % 3].get(location)
        assert status.headers["range"] == f"0-{(number + 1) * 70_000 - 1}"
    whole = b"".join(pieces)
    done = clients[0].put(location, params={"digest": digest_of(whole)})
    assert done.status_code == 201, done.text
    for client in clients:
        assert client.get(f"/v2/{name}/blobs/{digest_of(whole)}").content == whole


def test_layers_by_the_api_go_on_on_any_node(cluster: Cluster, name: str) -> None:
    ecr = [cluster.client("ecr", node) for node in cluster.nodes]
    upload = ecr[0].initiate_layer_upload(repositoryName=name)
    piece = b"p" * int(upload["partSize"])
    for number in range(2):
        ecr[number + 1].upload_layer_part(
            repositoryName=name,
            uploadId=upload["uploadId"],
            partFirstByte=number * len(piece),
            partLastByte=(number + 1) * len(piece) - 1,
            layerPartBlob=piece,
        )
    whole = digest_of(piece + piece)
    done = ecr[0].complete_layer_upload(
        repositoryName=name, uploadId=upload["uploadId"], layerDigests=[whole]
    )
    assert done["layerDigest"] == whole


def test_a_policy_is_seen_everywhere(cluster: Cluster, name: str) -> None:
    """A pull that every node has answered from memory is refused by all as soon as one is told."""
    owner = root(cluster.nodes[0])
    user_name = f"u{uuid4().hex}"
    user = make_user(owner, user_name, allow("ecr:*"))
    Registry(cluster.http(), name).push("one", b"layer")
    path = f"/v2/{name}/manifests/one"
    auth = ("AWS", user.password())

    def status(node: LiveServer) -> int:
        return httpx.get(node.url + path, auth=auth).status_code

    for node in cluster.nodes:
        assert [status(node), status(node)] == [200, 200]
    refusing = document({"Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"})
    cluster.client("ecr", cluster.nodes[1]).set_repository_policy(
        repositoryName=name, policyText=refusing
    )
    seen_everywhere(cluster, lambda node: status(node) == 403)
    cluster.client("ecr", cluster.nodes[2]).delete_repository_policy(repositoryName=name)
    seen_everywhere(cluster, lambda node: status(node) == 200)
    owner.client("iam").delete_user_policy(UserName=user_name, PolicyName="rights")
    seen_everywhere(cluster, lambda node: status(node) == 403)


def test_a_deletion_is_seen_everywhere(cluster: Cluster, name: str) -> None:
    """Of a tag, of an image, and of a repository."""
    body = Registry(cluster.http(), name).push("one", b"layer")
    Registry(cluster.http(), name).put_manifest("two", body)
    clients = {node.port: cluster.http(node) for node in cluster.nodes}

    def statuses(node: LiveServer) -> list[int]:
        digest = digest_of(body)
        paths = [f"/v2/{name}/manifests/{one}" for one in ("one", "two", digest)]
        return [clients[node.port].get(path).status_code for path in paths]

    assert [statuses(node) for node in cluster.nodes] == [[200] * 3] * 3
    ecr = cluster.client("ecr", cluster.nodes[0])
    ecr.batch_delete_image(repositoryName=name, imageIds=[{"imageTag": "one"}])
    seen_everywhere(cluster, lambda node: statuses(node) == [404, 200, 200])
    ecr.batch_delete_image(repositoryName=name, imageIds=[{"imageDigest": digest_of(body)}])
    seen_everywhere(cluster, lambda node: statuses(node) == [404, 404, 404])
    ecr.delete_repository(repositoryName=name)
    path = f"/v2/{name}/tags/list"
    seen_everywhere(cluster, lambda node: clients[node.port].get(path).status_code == 404)


def test_immutability_is_seen_everywhere(cluster: Cluster, name: str) -> None:
    """No node moves a tag that has become immutable, however often it did before."""
    clients = {node.port: Registry(cluster.http(node), name) for node in cluster.nodes}
    for client in clients.values():
        client.push("fixed", uuid4().bytes)
    cluster.client("ecr", cluster.nodes[2]).put_image_tag_mutability(
        repositoryName=name, imageTagMutability="IMMUTABLE"
    )

    def refuses(node: LiveServer) -> bool:
        config = uuid4().bytes
        clients[node.port].put_blob(config)
        answer = clients[node.port].put_manifest("fixed", manifest_of(config))
        return answer.status_code == 400 and error_codes(answer) == ["TAG_INVALID"]

    seen_everywhere(cluster, refuses)


def test_a_revoked_key_is_revoked_everywhere(cluster: Cluster) -> None:
    """For calls that it signs, and for tokens that were got with it."""
    owner = root(cluster.nodes[0])
    name = f"u{uuid4().hex}"
    user = make_user(owner, name, allow("ecr:*"))
    auth = ("AWS", user.password())
    clients = {
        node.port: cluster.client(
            "ecr",
            node,
            aws_access_key_id=user.key_id,
            aws_secret_access_key=user.secret,
        )
        for node in cluster.nodes
    }

    def answered(node: LiveServer) -> tuple[bool, int]:
        try:
            clients[node.port].describe_registry()
        except ClientError:
            signed = False
        else:
            signed = True
        return signed, httpx.get(f"{node.url}/v2/", auth=auth).status_code

    assert [answered(node) for node in cluster.nodes] == [(True, 200)] * 3
    iam: Any = cluster.client("iam", cluster.nodes[1])
    iam.update_access_key(UserName=name, AccessKeyId=user.key_id, Status="Inactive")
    seen_everywhere(cluster, lambda node: answered(node) == (False, 401))


def events_told(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_each_event_is_delivered_once(cluster: Cluster, name: str, told: Path) -> None:
    """Two workers share the work, and nobody dies: nothing comes twice."""
    for number in range(6):
        Registry(cluster.http(cluster.nodes[number % 3]), name).push(f"t{number}", b"layer")

    def mine() -> list[str]:
        details = [event["detail"] for event in events_told(told)]
        return [one["image-tag"] for one in details if one["repository-name"] == name]

    end = time.monotonic() + 20
    while len(mine()) < 6 and time.monotonic() < end:
        time.sleep(0.1)
    time.sleep(1)
    assert mine() == [f"t{number}" for number in range(6)]


def test_schedules_run_once(cluster: Cluster) -> None:
    """One that is due each second runs once a second, however many workers there are."""

    def runs() -> float:
        label = 'portside_task_runs_total{outcome="done",task="apply-lifecycle-policies"} '
        texts = [httpx.get(f"{worker.url}/metrics").text for worker in cluster.workers]
        lines = [line for text in texts for line in text.splitlines() if line.startswith(label)]
        return sum(float(line.removeprefix(label)) for line in lines)

    before, began = runs(), time.monotonic()
    time.sleep(5)
    ran, seconds = runs() - before, time.monotonic() - began
    assert 1 <= ran <= seconds + 1
