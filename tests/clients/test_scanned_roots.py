"""Images whose roots real package managers made, pushed by real clients and scanned."""

import json
import os
import shutil
import sqlite3
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from tests.clients.shells import Shell
from tests.go_tools import ToolMissingError
from tests.live import LiveServer
from tests.not_run import cannot_run
from tests.protocol.test_scans import scanned, vulndb

Need = Callable[[str], Path]
Pair = tuple[str, str, str]

ROOT_SECONDS_MAX = 400
LOGIN = (
    "aws ecr get-login-password --region $REGION"
    " | buildah login --username AWS --password-stdin $REGISTRY"
)
EXPECTED_LANGUAGES = {
    ("CVE-2020-28493", "jinja2", "2.11.2"),
    ("CVE-2021-33503", "urllib3", "1.26.4"),
    ("CVE-2021-44906", "minimist", "1.2.5"),
    ("CVE-2021-44228", "org.apache.logging.log4j:log4j-core", "2.14.1"),
    ("CVE-2021-45046", "org.apache.logging.log4j:log4j-core", "2.14.1"),
    ("CVE-2021-38561", "golang.org/x/text", "v0.3.5"),
}
# Beside the sample: public records, by the tracker's and OSV's own forms.
TRACKER = {
    "coreutils": {
        "CVE-2016-2781": {
            "description": "chroot in GNU coreutils lets a session escape to the parent session.",
            "scope": "local",
            "releases": {
                "bookworm": {"status": "open", "urgency": "low", "repositories": {}},
                "trixie": {"status": "open", "urgency": "low", "repositories": {}},
            },
        }
    },
    "util-linux": {
        "CVE-2022-0563": {
            "description": "chfn and chsh read files by libreadline's environment variable.",
            "scope": "local",
            "releases": {
                "bookworm": {"status": "open", "urgency": "unimportant", "repositories": {}},
            },
        }
    },
    "glibc": {
        "CVE-2023-4911": {
            "description": "Looney Tunables: a buffer overflow in ld.so.",
            "scope": "local",
            "releases": {
                "bookworm": {
                    "status": "resolved",
                    "fixed_version": "2.36-9+deb12u3",
                    "urgency": "high",
                    "repositories": {},
                },
            },
        }
    },
}
OPEN = {"coreutils": "CVE-2016-2781", "util-linux": "CVE-2022-0563"}
GO_RECORD = {
    "id": "GO-2021-0113",
    "aliases": ["CVE-2021-38561"],
    "modified": "2024-05-20T16:03:47Z",
    "summary": "Out-of-bounds read in golang.org/x/text/language",
    "affected": [
        {
            "package": {"ecosystem": "Go", "name": "golang.org/x/text"},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "0.3.7"}]}],
        }
    ],
}


@pytest.fixture(scope="module")
def advised(server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> LiveServer:
    """The server with the sample's advisories and those above."""
    folder = tmp_path_factory.mktemp("feeds")
    (folder / "tracker.json").write_text(json.dumps(TRACKER))
    (folder / "go.json").write_text(json.dumps(GO_RECORD))
    vulndb(server, "import", "--sample")
    vulndb(server, "import", str(folder / "tracker.json"), str(folder / "go.json"))
    return server


@pytest.fixture
def buildah(shell: Shell, need: Need, advised: LiveServer) -> Iterator[Shell]:
    """A shell that is logged in with buildah."""
    del advised
    need("buildah")
    shell.run(LOGIN)
    yield shell
    shell.run("buildah rm --all && buildah rmi --all --force")


def push(shell: Shell, ecr: Any, name: str, *layers: Path) -> None:
    """Build an image with a layer for each folder, push it, and ask for its scan."""
    ecr.create_repository(repositoryName=name)
    base = "scratch"
    for position, layer in enumerate(layers):
        made = f"localhost/{name}:{position}"
        shell.run(
            f"container=$(buildah from --pull=never {base}) && buildah add $container {layer} /"
            f" && buildah commit $container {made}"
        )
        base = made
    shell.run(f"buildah push {base} docker://$REGISTRY/{name}:v1")
    ecr.start_image_scan(repositoryName=name, imageId={"imageTag": "v1"})


def found(server: LiveServer, name: str) -> set[Pair]:
    """Each finding's weakness, package and version."""
    findings = scanned(server, name, "v1")["imageScanFindings"]["findings"]
    return {
        (finding["name"], attributes["package_name"], attributes["package_version"])
        for finding in findings
        for attributes in [{one["key"]: one["value"] for one in finding["attributes"]}]
    }


def put(root: Path, path: str, content: str | bytes) -> None:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content.encode() if isinstance(content, str) else content)


def deb(folder: Path, name: str, version: str, source: str) -> Path:
    """A package of this name and version, made by dpkg."""
    tree = folder / f"{name}-{version}"
    put(
        tree,
        "DEBIAN/control",
        f"Package: {name}\nVersion: {version}\nArchitecture: amd64\nSource: {source}\n"
        "Maintainer: Tests <tests@example.com>\nDescription: a test\n",
    )
    put(tree, f"usr/share/doc/{name}/copyright", "none")
    built = folder / f"{name}_{version}.deb"
    subprocess.run(["dpkg-deb", "--build", tree, built], capture_output=True, check=True)
    return built


def debian_root(folder: Path, *packages: Path) -> Path:
    """A root into which dpkg itself installed packages."""
    root = folder / "root"
    for name in ("info", "updates", "triggers"):
        (root / "var/lib/dpkg" / name).mkdir(parents=True)
    put(root, "var/lib/dpkg/status", "")
    for package in packages:
        subprocess.run(
            ["dpkg", f"--root={root}", "--force-depends", "--install", package],
            capture_output=True,
            check=True,
        )
    return root


def let_age(root: Path) -> None:
    """Give each file a time of its own second.

    buildah's plain storage finds what a layer changed by size and time in whole seconds: of two
    databases of one length, written within one second, it would drop the second.
    """
    later = time.time() + 60
    for path in root.rglob("*"):
        os.utime(path, (later, later), follow_symlinks=False)


def test_a_root_that_dpkg_made(
    buildah: Shell, ecr: Any, need: Need, server: LiveServer, tmp_path: Path
) -> None:
    """Of packages at their vulnerable versions, found by source; of mended ones, nothing."""
    need("dpkg")
    root = debian_root(
        tmp_path,
        deb(tmp_path, "libssl1.1", "1.1.1k-1", "openssl"),
        deb(tmp_path, "openssl", "1.1.1k-1+deb11u1", "openssl"),
    )
    put(root, "etc/os-release", 'ID=debian\nVERSION_ID="11"\nVERSION_CODENAME=bullseye\n')
    push(buildah, ecr, "roots/dpkg", root)
    assert found(server, "roots/dpkg") == {("CVE-2021-3711", "libssl1.1", "1.1.1k-1")}


def test_an_upgrade_in_a_later_layer(
    buildah: Shell, ecr: Any, need: Need, server: LiveServer, tmp_path: Path
) -> None:
    """The last layer to change the database decides what is installed."""
    need("dpkg")
    root = debian_root(tmp_path, deb(tmp_path, "sudo", "1.8.27-1+deb10u2", "sudo"))
    put(root, "usr/lib/os-release", 'ID=debian\nVERSION_ID="10"\nVERSION_CODENAME=buster\n')
    push(buildah, ecr, "roots/before", root)
    assert found(server, "roots/before") == {("CVE-2021-3156", "sudo", "1.8.27-1+deb10u2")}
    (tmp_path / "later").mkdir()
    later = debian_root(tmp_path / "later", deb(tmp_path, "sudo", "1.8.27-1+deb10u3", "sudo"))
    let_age(later)
    push(buildah, ecr, "roots/after", root, later)
    assert found(server, "roots/after") == set()


def test_this_machine(
    buildah: Shell, ecr: Any, need: Need, server: LiveServer, tmp_path: Path
) -> None:
    """A whole system's database: what the tracker has open is found, what it has mended is not."""
    need("dpkg")
    release = Path("/etc/os-release").read_text()
    if "VERSION_CODENAME=bookworm" not in release:
        cannot_run(ToolMissingError("the advisories of this test are of Debian 12"))
    put(tmp_path / "root", "etc/os-release", release)
    put(tmp_path / "root", "var/lib/dpkg/status", Path("/var/lib/dpkg/status").read_bytes())
    push(buildah, ecr, "roots/machine", tmp_path / "root")
    assert found(server, "roots/machine") == open_in(Path("/var/lib/dpkg"))


def open_in(database: Path) -> set[Pair]:
    """What the tracker above has open for the packages of a database, by what dpkg reads there."""
    show = ["dpkg-query", f"--admindir={database}", "--show", "--showformat"]
    fields = "${source:Package} ${binary:Package} ${Version}\\n"
    rows = subprocess.run([*show, fields], capture_output=True, text=True, check=True).stdout
    return {
        (OPEN[source], package.partition(":")[0], version)
        for source, package, version in map(str.split, rows.splitlines())
        if source in OPEN
    }


def test_a_root_from_debians_archive(
    buildah: Shell, ecr: Any, need: Need, server: LiveServer, tmp_path: Path
) -> None:
    """The smallest Debian there is, installed by its own tools: every binary package of a source
    with an open weakness is found, with versions that differ from the source's, and no other.
    """
    need("dpkg")
    root = tmp_path / "root"
    command = [str(need("mmdebstrap")), "--variant=essential", "--mode=root"]
    command += [f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "locale", "man")]
    subprocess.run(
        [*command, "bookworm", str(root)], capture_output=True, check=True, timeout=ROOT_SECONDS_MAX
    )
    expected = open_in(root / "var/lib/dpkg")
    assert {"coreutils", "bsdutils", "libuuid1"} <= {package for _, package, _ in expected}
    push(buildah, ecr, "roots/debian", root)
    assert found(server, "roots/debian") == expected


def test_a_distroless_root(
    buildah: Shell, ecr: Any, need: Need, server: LiveServer, tmp_path: Path
) -> None:
    """Each package's own file below `status.d`, with no dpkg and no shell."""
    need("dpkg")
    package = deb(tmp_path, "libssl1.1", "1.1.1k-1", "openssl")
    shown = subprocess.run(["dpkg-deb", "--field", package], capture_output=True, check=True)
    root = tmp_path / "root"
    put(root, "var/lib/dpkg/status.d/libssl1", shown.stdout)
    put(root, "etc/os-release", 'ID=debian\nVERSION_ID="11"\n')
    push(buildah, ecr, "roots/distroless", root)
    assert found(server, "roots/distroless") == {("CVE-2021-3711", "libssl1.1", "1.1.1k-1")}


def test_an_alpine_root(buildah: Shell, ecr: Any, server: LiveServer, tmp_path: Path) -> None:
    """apk's database, by hand: nothing on Debian writes it."""
    # Beside the folder of the shell's user: buildah would add its own storage while it writes it.
    root = tmp_path / "root"
    put(root, "etc/os-release", "ID=alpine\nVERSION_ID=3.14.0\n")
    stanza = "C:Q1\nP:{name}\nV:2.12.5-r1\nA:x86_64\no:apk-tools\n\n"
    installed = stanza.format(name="apk-tools") + stanza.format(name="apk-tools-doc")
    put(root, "lib/apk/db/installed", installed)
    push(buildah, ecr, "roots/alpine", root)
    assert found(server, "roots/alpine") == {
        ("CVE-2021-36159", "apk-tools", "2.12.5-r1"),
        ("CVE-2021-36159", "apk-tools-doc", "2.12.5-r1"),
    }


def test_a_root_that_rpm_made(
    buildah: Shell, ecr: Any, need: Need, server: LiveServer, tmp_path: Path
) -> None:
    """RPM's own database, as it writes it today (SQLite)."""
    need("rpm")
    spec = tmp_path / "polkit.spec"
    spec.write_text(
        "Name: polkit\nVersion: 0.115\nRelease: 12.el8\nSummary: s\nLicense: l\n"
        "BuildArch: noarch\n%description\nd\n%files\n"
    )
    built = ["rpmbuild", "-bb", "--define", f"_topdir {tmp_path / 'build'}", str(spec)]
    subprocess.run(built, capture_output=True, check=True)
    package = next((tmp_path / "build" / "RPMS").rglob("*.rpm"))
    root = tmp_path / "root"
    database = root / "usr/lib/sysimage/rpm"
    install = ["rpm", "--dbpath", str(database), "-i", "--nodeps", "--justdb", "--noscripts"]
    subprocess.run([*install, str(package)], capture_output=True, check=True)
    with closing(sqlite3.connect(database / "rpmdb.sqlite")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    put(root, "etc/os-release", 'ID="rhel"\nVERSION_ID="8.5"\n')
    push(buildah, ecr, "roots/rpm", root)
    assert found(server, "roots/rpm") == {("CVE-2021-4034", "polkit", "0.115-12.el8")}


def test_packages_of_languages(
    buildah: Shell, ecr: Any, server: LiveServer, tmp_path: Path
) -> None:
    """What pip, npm and Go's own toolchain install and build, and an archive within another."""
    root = tmp_path / "root"
    install_python(root / "usr/lib/python3/site-packages")
    install_node(root / "srv/app")
    build_go(tmp_path / "go", root / "usr/bin/tool")
    put(root, "opt/app.war", nested_jar())
    push(buildah, ecr, "roots/languages", root)
    assert found(server, "roots/languages") == EXPECTED_LANGUAGES


def install_python(target: Path) -> None:
    command = ["python3", "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
    command += ["--disable-pip-version-check", "--target", str(target)]
    command += ["Jinja2==2.11.2", "urllib3==1.26.4"]
    subprocess.run(command, capture_output=True, check=True, timeout=300)


def install_node(folder: Path) -> None:
    if shutil.which("npm") is None:
        cannot_run(ToolMissingError("npm is not installed"))
    folder.mkdir(parents=True)
    command = ["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--silent"]
    subprocess.run([*command, "minimist@1.2.5"], capture_output=True, check=True, timeout=300)


def build_go(source: Path, program: Path) -> None:
    if shutil.which("go") is None:
        cannot_run(ToolMissingError("Go is not installed"))
    put(source, "go.mod", "module example.com/tool\n\ngo 1.20\n")
    put(
        source,
        "main.go",
        'package main\n\nimport "golang.org/x/text/language"\n\n'
        "func main() { println(language.English.String()) }\n",
    )
    for arguments in (["get", "golang.org/x/text@v0.3.5"], ["build", "-o", str(program)]):
        subprocess.run(["go", *arguments], cwd=source, capture_output=True, check=True, timeout=600)


def nested_jar() -> bytes:
    """A web archive with log4j-core in it; what names an archive is Maven's own file within."""
    inner, outer = BytesIO(), BytesIO()
    with zipfile.ZipFile(inner, "w") as jar:
        jar.writestr(
            "META-INF/maven/org.apache.logging.log4j/log4j-core/pom.properties",
            "version=2.14.1\ngroupId=org.apache.logging.log4j\nartifactId=log4j-core\n",
        )
    with zipfile.ZipFile(outer, "w") as war:
        war.writestr("WEB-INF/lib/log4j-core-2.14.1.jar", inner.getvalue())
    return outer.getvalue()
