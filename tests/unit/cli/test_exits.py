"""How commands end when a store is not to be had."""

from pathlib import Path

import pytest

from portside.cli.exits import UNUSABLE, data_folder
from portside.registry.refusals import DatabaseUnavailable, StoreUnavailable
from portside.settings import resolve


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PermissionError(13, "Permission denied"), "the data folder"),
        (StoreUnavailable("timed out"), "the store of the blobs cannot be used: timed out"),
        (DatabaseUnavailable("gone"), "the database cannot be used: gone"),
    ],
)
def test_a_store_that_cannot_be_used(
    error: Exception, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line that says which, and status 1; no traceback."""
    settings = resolve({"data": str(tmp_path)}, {}).settings
    with pytest.raises(SystemExit) as ended, data_folder(settings):
        raise error
    assert ended.value.code == UNUSABLE
    assert capsys.readouterr().err.startswith(f"portside: {told}")
