"""Which file a path of the console means."""

from pathlib import Path

import pytest

from portside.console.files import NOT_BUILT, SAFE, ConsoleFiles


@pytest.fixture
def files(tmp_path: Path) -> ConsoleFiles:
    (tmp_path / "secret.txt").write_text("secret")
    app = tmp_path / "app"
    (app / "assets").mkdir(parents=True)
    (app / "index.html").write_text("<html>")
    (app / "assets" / "main-abc.js").write_text("1")
    return ConsoleFiles(app)


def test_screens_are_the_one_page_and_never_kept(files: ConsoleFiles) -> None:
    for path in ("/console/", "/console/index.html", "/console/repositories/view"):
        answer = files.answer(path)
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/html"
        assert answer.headers["cache-control"] == "no-cache"


def test_assets_are_kept_for_ever(files: ConsoleFiles) -> None:
    answer = files.answer("/console/assets/main-abc.js")
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-length"] == "1"
    assert files.answer("/console/assets/old.js").status == 404


@pytest.mark.parametrize(
    "path", ["/console/../secret.txt", "/console/assets/../../secret.txt", "/console//etc/passwd"]
)
def test_no_path_leads_out(files: ConsoleFiles, path: str) -> None:
    answer = files.answer(path)
    assert answer.status == 404 or answer.headers["content-type"] == "text/html"


def test_every_answer_of_a_file_is_guarded(files: ConsoleFiles) -> None:
    for path in ("/console/", "/console/assets/main-abc.js"):
        assert SAFE.items() <= files.answer(path).headers.items()
    assert "unsafe-inline" not in SAFE["content-security-policy"].partition("style-src")[0]


def test_an_installation_without_a_console_says_how_to_get_it(tmp_path: Path) -> None:
    files = ConsoleFiles(tmp_path / "nothing")
    assert not files.are_built
    answer = files.answer("/console/")
    assert answer.status == 503
    assert answer.content == NOT_BUILT
