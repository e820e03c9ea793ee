"""Many clients at once: no update is lost, no session is torn."""

from concurrent.futures import ThreadPoolExecutor

import httpx
from tests.live import LiveServer
from tests.protocol.pushing import OCI_MANIFEST, Registry, digest_of, manifest_of

NAME = "faults/concurrency"


def test_concurrent_pushes_of_one_tag_leave_one_whole_image() -> None:
    with LiveServer("--workers", "2") as live:
        live.client("ecr").create_repository(repositoryName=NAME)
        auth = live.auth()
        bodies = [manifest_of(b"{}", annotations={"n": str(n)}) for n in range(40)]
        with httpx.Client(base_url=live.url, auth=auth) as http:
            Registry(http, NAME).put_blob(b"{}")

        def push(body: bytes) -> int:
            with httpx.Client(base_url=live.url, auth=auth, timeout=60) as http:
                path, headers = f"/v2/{NAME}/manifests/tag", {"content-type": OCI_MANIFEST}
                return http.put(path, content=body, headers=headers).status_code

        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(push, bodies)) == {201}
        images = live.client("ecr").describe_images(repositoryName=NAME)["imageDetails"]
        assert len(images) == len(bodies)
        assert sum("imageTags" in image for image in images) == 1


def test_an_immutable_tag_is_given_once_whoever_races() -> None:
    with LiveServer("--workers", "2") as live:
        live.client("ecr").create_repository(repositoryName=NAME, imageTagMutability="IMMUTABLE")
        auth = live.auth()
        with httpx.Client(base_url=live.url, auth=auth) as http:
            Registry(http, NAME).put_blob(b"{}")

        def push(n: int) -> int:
            body = manifest_of(b"{}", annotations={"n": str(n)})
            with httpx.Client(base_url=live.url, auth=auth, timeout=60) as http:
                path, headers = f"/v2/{NAME}/manifests/once", {"content-type": OCI_MANIFEST}
                return http.put(path, content=body, headers=headers).status_code

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(push, range(24)))
        assert sorted(answers) == [201] + [400] * 23


def test_concurrent_parts_of_one_upload_never_mix(server: LiveServer) -> None:
    server.client("ecr").create_repository(repositoryName=NAME)
    auth = server.auth()
    with httpx.Client(base_url=server.url, auth=auth) as http:
        location = Registry(http, NAME).start()

    def append(n: int) -> tuple[int, bytes]:
        part = bytes([n]) * 200_000
        headers = {"content-range": "0-199999"}
        with httpx.Client(base_url=server.url, auth=auth, timeout=60) as http:
            return http.patch(location, content=part, headers=headers).status_code, part

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(append, range(12)))
    (winner,) = [part for status, part in answers if status == 202]
    assert {status for status, _ in answers} == {202, 416}
    with httpx.Client(base_url=server.url, auth=auth) as http:
        assert http.put(f"{location}?digest={digest_of(winner)}").status_code == 201
