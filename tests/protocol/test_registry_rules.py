"""Whose rules a registry follows can be set for it alone, beside the running server."""

import subprocess

import httpx
from tests.live import PORTSIDE, LiveServer, clean_environment
from tests.protocol.pushing import Registry, manifest_of

NAME = "rules/app"


def configure(live: LiveServer, rules: str) -> None:
    command = [str(PORTSIDE), "registry", "configure", "--rules", rules, "--data", str(live.data)]
    done = subprocess.run(
        command, env=clean_environment(**live.env), capture_output=True, text=True, check=True
    )
    assert done.stdout == f"registry 123456789012 in us-east-1 follows: {rules}\n"


def test_rules_of_one_registry() -> None:
    with LiveServer() as live, httpx.Client(base_url=live.url, auth=live.auth()) as http:
        live.client("ecr").create_repository(repositoryName=NAME)
        repo = Registry(http, NAME)
        digest = repo.put_blob(b"layer")
        sparse = manifest_of(b"{}", b"absent")
        for rules, catalog, push, delete in (
            ("ecr", 405, 400, 405),
            ("oci", 200, 201, 202),
            ("default", 405, 201, 405),
        ):
            configure(live, rules)
            assert http.get("/v2/_catalog").status_code == catalog
            # Under the default rules the image is there already, so nothing is missing.
            assert repo.put_manifest("sparse", sparse).status_code == push
            assert repo.request("DELETE", f"blobs/{digest}").status_code == delete
            repo.put_blob(b"layer")


def test_the_database_is_private_whatever_the_folder_is() -> None:
    with LiveServer() as live:
        live.stop()
        for path in live.data.glob("portside.sqlite3*"):
            if not path.name.endswith("migrating"):
                assert path.stat().st_mode & 0o077 == 0, path
        live.start()
