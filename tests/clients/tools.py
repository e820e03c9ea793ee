"""Real client programs for tests: found on this machine, else installed, else reported as missing.

What gets installed, and from where, is printed before it happens: Debian packages (as root, with
apt-get), the AWS CLI v1 (PyPI, into `.tools/awscli-v1`), Go programs (into `.tools/bin`), and the
AWS SDK for JavaScript (npm, into `.tools/javascript`).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.go_tools import GoTool, ToolMissingError
from tests.live import ROOT
from tests.locks import machine_lock

AWS_V1 = ROOT / ".tools" / "awscli-v1"
AWS_V1_VERSION = "1.46.3"
AWS_V2 = Path("/usr/bin/aws")
JAVASCRIPT = ROOT / ".tools" / "javascript"
JAVASCRIPT_SOURCE = ROOT / "tests" / "clients" / "javascript"
NODE_MIN = 20
INSTALL_SECONDS_MAX = 900

# program -> the Debian packages that bring it in working order
DEBIAN = {
    "skopeo": ("skopeo",),
    "podman": ("podman", "crun"),
    "buildah": ("buildah", "crun"),
    "docker": ("docker.io",),
    "dockerd": ("docker.io", "containerd", "crun", "iptables"),
    "busybox": ("busybox-static",),
    "curl": ("curl",),
    "docker-registry": ("docker-registry",),
    "dpkg": ("dpkg",),
    "nginx": ("nginx-light",),
    "rpm": ("rpm",),
    "chromium": ("chromium", "fonts-dejavu-core"),
    "mmdebstrap": ("mmdebstrap",),
    "faketime": ("faketime", "libfaketime"),
    "docker-credential-ecr-login": ("amazon-ecr-credential-helper",),
    "update-ca-certificates": ("ca-certificates", "openssl"),
    "node": ("nodejs",),
    "systemd-analyze": ("systemd",),
}
GO = {
    "crane": GoTool("github.com/google/go-containerregistry/cmd/crane", "v0.22.1"),
    "oras": GoTool("oras.land/oras/cmd/oras", "v1.3.6"),
    "helm": GoTool("helm.sh/helm/v3/cmd/helm", "v3.22.0"),
}


class Toolbox:
    """Finds or installs each program once, and remembers what could not be had."""

    def __init__(self) -> None:
        self._found: dict[str, Path] = {}
        self._missing: dict[str, str] = {}

    def path(self, program: str) -> Path:
        """Return where `program` stands, installing it first when it must.

        Raises:
            ToolMissingError: when it cannot be had here; the message says why.
        """
        if program in self._missing:
            raise ToolMissingError(self._missing[program])
        if program not in self._found:
            try:
                self._found[program] = _finder(program)()
            except ToolMissingError as error:
                self._missing[program] = f"{program}: {error}"
                raise ToolMissingError(self._missing[program]) from error
        return self._found[program]


def _finder(program: str) -> Callable[[], Path]:
    if program == "aws-v1":
        return _aws_v1
    if program == "aws-v2":
        return _aws_v2
    if program == "javascript":
        return _javascript
    if program in GO:
        return GO[program].installed
    return lambda: _debian_program(program)


def _debian_program(program: str) -> Path:
    # What another worker installs is there only once it is configured.
    with machine_lock("apt-get"):
        found = _which(program)
        if found is None:
            install_debian(DEBIAN[program])
            found = _which(program)
    if found is None:
        raise ToolMissingError(f"Debian's {', '.join(DEBIAN[program])} brought no such program")
    return found


def _which(program: str) -> Path | None:
    # Debian keeps dockerd in /usr/sbin, which is on nobody's PATH but root's.
    found = shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    return Path(found) if found else None


def install_debian(packages: tuple[str, ...]) -> None:
    """Install Debian packages; the caller holds the lock `apt-get`.

    Raises:
        ToolMissingError: they cannot be had here.
    """
    if os.geteuid() != 0:
        raise ToolMissingError(f"not installed, and only root can: apt-get install {packages}")
    if shutil.which("apt-get") is None:
        raise ToolMissingError("not installed, and this machine has no apt-get")
    print(f"installing Debian packages: {' '.join(packages)}", file=sys.stderr, flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (
        ["update", "--quiet"],
        ["install", "--yes", "--quiet", "--no-install-recommends", *packages],
    ):
        _execute("apt-get", "--option=DPkg::Lock::Timeout=300", *arguments, environment=environment)


def _aws_v1() -> Path:
    program = AWS_V1 / "bin" / "aws"
    with machine_lock("awscli-v1"):
        if AWS_V1_VERSION not in _version(program):
            print(f"installing awscli=={AWS_V1_VERSION} from PyPI into {AWS_V1}", file=sys.stderr)
            _execute(sys.executable, "-m", "venv", "--clear", str(AWS_V1))
            pip = str(AWS_V1 / "bin" / "pip")
            _execute(pip, "install", "--quiet", "--no-input", f"awscli=={AWS_V1_VERSION}")
    return program


def _aws_v2() -> Path:
    with machine_lock("apt-get"):
        if not AWS_V2.exists():
            install_debian(("awscli",))
    version = _version(AWS_V2)
    if not version.startswith("aws-cli/2."):
        raise ToolMissingError(f"{AWS_V2} is not version 2 of the AWS CLI but {version!r}")
    return AWS_V2


def _javascript() -> Path:
    """The folder with the program of the tests and the SDK, as its lock has it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    major = _version(Path(node)).removeprefix("v").partition(".")[0] if node else ""
    if npm is None or not major.isdigit() or int(major) < NODE_MIN:
        raise ToolMissingError(f"Node.js (>= {NODE_MIN}) with npm is not installed")
    with machine_lock("javascript"):
        _install_javascript()
    return JAVASCRIPT


def _install_javascript() -> None:
    JAVASCRIPT.mkdir(parents=True, exist_ok=True)
    lock = (JAVASCRIPT_SOURCE / "package-lock.json").read_text()
    installed = JAVASCRIPT / "node_modules" / ".installed"
    if not installed.exists() or installed.read_text() != lock:
        print(f"installing the AWS SDK for JavaScript from npm into {JAVASCRIPT}", file=sys.stderr)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(JAVASCRIPT_SOURCE / name, JAVASCRIPT)
        _execute("npm", "ci", "--no-audit", "--no-fund", "--prefix", str(JAVASCRIPT))
        installed.write_text(lock)
    shutil.copy(JAVASCRIPT_SOURCE / "ecr.mjs", JAVASCRIPT)


def _version(program: Path) -> str:
    if not program.exists():
        return ""
    answer = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return answer.stdout.strip()


def _execute(program: str, *arguments: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [program, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=INSTALL_SECONDS_MAX,
    )
    if done.returncode != 0:
        end = " | ".join((done.stdout + done.stderr).strip().splitlines()[-4:])
        raise ToolMissingError(f"`{program} {' '.join(arguments)}` failed: {end}")
