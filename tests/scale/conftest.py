"""The cluster that the tests of this folder share."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.go_tools import ToolMissingError
from tests.not_run import cannot_run
from tests.scale.cluster import Cluster
from tests.scale.sharing import PostgreSQLAndS3


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file to which both workers tell events."""
    return tmp_path_factory.mktemp("told") / "events.jsonl"


@pytest.fixture(scope="session")
def cluster(told: Path) -> Iterator[Cluster]:
    stores = PostgreSQLAndS3()
    arguments = ("--event-file", str(told), "--lifecycle-interval", "1")
    try:
        with Cluster(stores, *arguments) as made:
            yield made
    except ToolMissingError as error:
        cannot_run(error)
    finally:
        stores.close()
