"""How each program is made to trust an authority: what ``portside trust`` prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Instructions:
    """What to do for one program. ``{file}``, ``{name}`` and ``{registry}`` are filled in."""

    title: str
    text: str


INSTRUCTIONS: Final = {
    "debian": Instructions(
        "Debian, Ubuntu, Alpine (as root; most programs follow)",
        """\
cp {file} /usr/local/share/ca-certificates/{name}.crt
update-ca-certificates""",
    ),
    "rhel": Instructions(
        "Red Hat, Fedora, Amazon Linux (as root)",
        """\
cp {file} /etc/pki/ca-trust/source/anchors/{name}.crt
update-ca-trust""",
    ),
    "macos": Instructions(
        "macOS (then restart Docker Desktop)",
        """\
sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain {name}.crt""",
    ),
    "windows": Instructions(
        "Windows (as administrator; then restart Docker Desktop)",
        "certutil -addstore -f Root {name}.crt",
    ),
    "docker": Instructions(
        "Docker (as root; no restart)",
        """\
mkdir -p /etc/docker/certs.d/{registry}
cp {file} /etc/docker/certs.d/{registry}/ca.crt""",
    ),
    "containerd": Instructions(
        "containerd and Kubernetes nodes (as root; config_path must be /etc/containerd/certs.d)",
        """\
mkdir -p /etc/containerd/certs.d/{registry}
cp {file} /etc/containerd/certs.d/{registry}/ca.crt
cat > /etc/containerd/certs.d/{registry}/hosts.toml <<'TOML'
server = "https://{registry}"
[host."https://{registry}"]
  ca = "/etc/containerd/certs.d/{registry}/ca.crt"
TOML""",
    ),
    "podman": Instructions(
        "podman, buildah, skopeo, CRI-O (as root; or below ~/.config/containers/certs.d)",
        """\
mkdir -p /etc/containers/certs.d/{registry}
cp {file} /etc/containers/certs.d/{registry}/ca.crt""",
    ),
    "aws": Instructions(
        "AWS CLI, boto3 and Terraform (they trust no other authority then)",
        "export AWS_CA_BUNDLE={file}",
    ),
    "java": Instructions(
        "Java (as whoever owns the JDK)",
        """\
keytool -importcert -noprompt -cacerts -storepass changeit -alias {name} -file {file}""",
    ),
    "node": Instructions("Node.js", "export NODE_EXTRA_CA_CERTS={file}"),
    "python": Instructions(
        "Python: httpx, urllib; requests (they trust no other authority then)",
        """\
export SSL_CERT_FILE={file}
export REQUESTS_CA_BUNDLE={file}""",
    ),
}
"""By the word that ``portside trust`` takes."""
