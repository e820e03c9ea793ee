"""Our orders of versions beside dpkg's and RPM's own, on generated pairs."""

import random
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from portside.vulnerabilities.finders import rpm as finder
from portside.vulnerabilities.versions import dpkg, rpm

PAIRS = 10_000

Need = Callable[[str], Path]


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _pairs(make: Callable[[], str], endings: str) -> list[tuple[str, str]]:
    """Half of the pairs differ in their last character only: those are the hard ones."""
    pairs = []
    for number in range(PAIRS):
        first = make()
        near = first[:-1] + random.choice(endings)
        pairs.append((first, make() if number % 2 else near))
    return pairs


def _text(alphabet: str, most: int) -> str:
    return "".join(random.choice(alphabet) for _ in range(random.randint(1, most)))


def test_debian_versions(need: Need) -> None:
    """dpkg itself says of each pair what we say."""
    program = need("dpkg")
    random.seed(5)

    def make() -> str:
        version = random.choice(["", "1:", "0:"]) + random.choice("0123") + _text("0019.+~ab", 6)
        return version + ("-" + _text("012.+~ab", 4) if random.random() < 0.6 else "")

    pairs = _pairs(make, "0~a.+1")
    # One shell for all: it only says where dpkg does not agree.
    relations = {-1: "lt", 0: "eq", 1: "gt"}
    script = "\n".join(
        f"{program} --compare-versions '{first}' "
        f"{relations[_sign(dpkg.compare(first, second))]} '{second}' || echo '{first} {second}'"
        for first, second in pairs
    )
    done = subprocess.run(["bash"], input=script, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert done.stderr == ""


def test_rpm_versions(need: Need, tmp_path: Path) -> None:
    """RPM itself says of each pair what we say."""
    program = need("rpm")
    random.seed(6)
    pairs = _pairs(lambda: random.choice("0123ab") + _text("0019.+~^ab_", 7), "0~a.^1")
    listed = tmp_path / "pairs"
    listed.write_text("".join(f"{first} {second}\n" for first, second in pairs))
    lua = (
        f'for line in io.lines("{listed}") do local a,b=line:match("(%S+) (%S+)"); '
        'print(rpm.vercmp(a,b) .. "\\n") end'
    )
    done = subprocess.run(
        [program, "--eval", f"%{{lua:{lua}}}"], capture_output=True, text=True, check=True
    )
    theirs = [int(word) for word in done.stdout.split()]
    ours = [_sign(rpm.compare_segments(first, second)) for first, second in pairs]
    assert len(theirs) == PAIRS
    assert [pair for pair, x, y in zip(pairs, theirs, ours, strict=True) if x != y] == []


def test_the_database_of_rpm(need: Need, tmp_path: Path) -> None:
    """The database that RPM writes is read (Debian's RPM writes SQLite, and no other form)."""
    need("rpm")
    spec = tmp_path / "thing.spec"
    spec.write_text(
        "Name: thing\nVersion: 1.2\nRelease: 3\nEpoch: 4\nSummary: s\nLicense: l\n"
        "BuildArch: noarch\n%description\nd\n%files\n"
    )
    built = ["rpmbuild", "-bb", "--define", f"_topdir {tmp_path}", str(spec)]
    subprocess.run(built, capture_output=True, check=True)
    package = next((tmp_path / "RPMS").rglob("*.rpm"))
    folder = tmp_path / "database"
    install = ["rpm", "--dbpath", str(folder), "-i", "--nodeps", "--justdb", "--noscripts"]
    subprocess.run([*install, str(package)], capture_output=True, check=True)
    # A write-ahead log may hold it all: images are built of databases that were closed.
    with closing(sqlite3.connect(folder / "rpmdb.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = (folder / "rpmdb.sqlite").read_bytes()
    (found,) = finder.read("var/lib/rpm/rpmdb.sqlite", content)
    assert (found.name, found.version, found.source_name) == ("thing", "4:1.2-3", "thing")
