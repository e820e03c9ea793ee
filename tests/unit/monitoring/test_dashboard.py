"""The alert rules and the dashboard ask for metrics that there are, by labels that they have."""

import json
import re
from pathlib import Path

import yaml

from portside.monitoring.families import DURATION, FAMILIES

FOLDER = Path(__file__).resolve().parents[3] / "deploy" / "monitoring"
NAMES = {family.name for family in FAMILIES} | {f"{DURATION.name}_bucket"}
LABELS = {label for family in FAMILIES for label in family.labels} | {"instance", "le", "job"}


def check(expression: str) -> None:
    assert set(re.findall(r"portside_\w+", expression)) <= NAMES, expression
    grouped = re.findall(r"by \(([^)]*)\)", expression)
    asked = {label.strip() for group in grouped for label in group.split(",")}
    assert asked | set(re.findall(r"(\w+)=", expression)) <= LABELS, expression


def test_alert_rules() -> None:
    document = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))
    rules = [rule for group in document["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) > 0
    for rule in rules:
        check(rule["expr"])
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in ("critical", "warning")


def test_dashboard() -> None:
    document = json.loads((FOLDER / "grafana-dashboard.json").read_text(encoding="utf-8"))
    panels = document["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels) > 0
    for panel in panels:
        for target in panel["targets"]:
            check(target["expr"])
