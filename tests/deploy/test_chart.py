"""The Helm chart: linted, valid by Kubernetes' schemas in each mode, and confined."""

import json
import subprocess
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.clients.tools import GO
from tests.deploy.kubernetes import VERSION, check_manifests
from tests.go_tools import ToolMissingError
from tests.live import ROOT
from tests.not_run import cannot_run

from portside.settings import SETTINGS

CHART = ROOT / "deploy" / "helm" / "portside"
OPERATORS = ("PodMonitor",)
SCALED = (
    "mode=scaled,settings.blobs=s3://blobs,autoscaling.enabled=true,networkPolicy.enabled=true",
    "secrets.database=postgresql://portside:x@db/portside,metrics.podMonitor.enabled=true",
    "ingress.enabled=true,ingress.tlsSecret=cert,secrets.blobsAccessKeyId=a",
)
CASES = {
    "embedded": (),
    "embedded with TLS": ("tls.existingSecret=cert,persistence.storageClass=fast",),
    "embedded with what is there": (
        "secrets.existingSecret=mine,persistence.existingClaim=mine,settings.region=eu-west-1",
    ),
    "scaled": SCALED,
    "scaled by a Secret": ("mode=scaled,settings.blobs=s3://blobs,secrets.existingSecret=mine",),
}
Helm = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def helm() -> Helm:
    try:
        program = GO["helm"].installed()
    except ToolMissingError as error:
        cannot_run(error)
        raise

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [program, *arguments], capture_output=True, text=True, check=False, timeout=120
        )

    return run


def _render(helm: Helm, *values: str) -> str:
    given = [part for value in values for part in ("--set", value)]
    done = helm("template", "reg", str(CHART), "--kube-version", VERSION, *given)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _documents(text: str) -> dict[tuple[str, str], Any]:
    found = [document for document in yaml.safe_load_all(text) if document]
    return {(one["kind"], one["metadata"]["name"]): one for one in found}


def test_the_chart_is_linted(helm: Helm) -> None:
    """By helm itself, where a warning is an error."""
    for values in CASES.values():
        given = [part for value in values for part in ("--set", value)]
        done = helm("lint", "--strict", str(CHART), "--kube-version", VERSION, *given)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("case", CASES)
def test_manifests_follow_kubernetes_schemas(helm: Helm, tmp_path: Path, case: str) -> None:
    """Each kind and key is one that Kubernetes knows."""
    try:
        check_manifests(_render(helm, *CASES[case]), tmp_path, OPERATORS)
    except ToolMissingError as error:
        cannot_run(error)


def test_the_schemas_do_refuse(tmp_path: Path) -> None:
    """The check that the others rely on does check."""
    wrong = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "a"},
        "spec": {"prots": []},
    }
    try:
        with pytest.raises(AssertionError, match="prots"):
            check_manifests(json.dumps(wrong), tmp_path)
    except ToolMissingError as error:
        cannot_run(error)


@pytest.mark.parametrize("case", CASES)
def test_pods_meet_the_restricted_standard(helm: Helm, case: str) -> None:
    """Kubernetes' strictest pod security standard, and a root that cannot be written."""
    documents = _documents(_render(helm, *CASES[case]))
    pods = [
        one["spec"]["template"]["spec"]
        for (kind, _), one in documents.items()
        if kind == "Deployment"
    ]
    assert len(pods) == (2 if case.startswith("scaled") else 1)
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            probes = [container[f"{name}Probe"]["httpGet"] for name in ("startup", "liveness")]
            assert {probe["path"] for probe in probes} == {"/healthz"}
            assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
            scheme = "HTTPS" if "TLS" in case else "HTTP"
            assert container["readinessProbe"]["httpGet"]["scheme"] == scheme


@pytest.mark.parametrize("case", CASES)
def test_settings_are_portsides_own(helm: Helm, case: str) -> None:
    """Each variable is a setting, and what it says is what that setting takes."""
    by_variable = {setting.variable: setting for setting in SETTINGS}
    documents = _documents(_render(helm, *CASES[case]))
    data = documents["ConfigMap", "reg-portside"]["data"]
    for name, text in data.items():
        if not name.startswith("PORTSIDE_TLS_"):  # these name files of the pod
            by_variable[name].parse(text)
        assert name in by_variable
    secret = documents.get(("Secret", "reg-portside"), {}).get("data", {})
    assert set(secret) <= set(by_variable)


def test_a_drawn_secrets_key_is_one(helm: Helm) -> None:
    """32 bytes in base64, and root credentials that the settings take."""
    data = _documents(_render(helm))["Secret", "reg-portside"]["data"]
    for setting in SETTINGS:
        if setting.variable in data:
            assert setting.parse(b64decode(data[setting.variable]).decode())
    assert len(data) == 3


def test_modes_differ_where_they_must(helm: Helm) -> None:
    """One server stops before the next starts on its volume; several never all stop."""
    embedded = _documents(_render(helm))
    server = embedded["Deployment", "reg-portside"]["spec"]
    assert (server["replicas"], server["strategy"]) == (1, {"type": "Recreate"})
    assert ("PersistentVolumeClaim", "reg-portside") in embedded
    assert ("Deployment", "reg-portside-worker") not in embedded
    scaled = _documents(_render(helm, *SCALED))
    server = scaled["Deployment", "reg-portside"]["spec"]
    assert "replicas" not in server
    assert server["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    for kind in ("HorizontalPodAutoscaler", "PodDisruptionBudget", "NetworkPolicy", "PodMonitor"):
        assert (kind, "reg-portside") in scaled
    tasks = {
        name: container["env"][0]["value"]
        for name in ("reg-portside", "reg-portside-worker")
        for container in scaled["Deployment", name]["spec"]["template"]["spec"]["containers"]
    }
    assert tasks == {"reg-portside": "false", "reg-portside-worker": "true"}


def test_values_that_cannot_be_are_refused(helm: Helm) -> None:
    """In words, before anything is installed."""
    wrong = {
        "mode=both": "mode",
        "mode=scaled": "mode scaled needs settings.blobs, such as s3://bucket",
        "mode=scaled,settings.blobs=s3://b": "mode scaled needs secrets.database",
        "settings.Region=x": "Region",
    }
    for values, told in wrong.items():
        done = helm("template", "reg", str(CHART), "--kube-version", VERSION, "--set", values)
        assert done.returncode != 0
        assert told in done.stderr
