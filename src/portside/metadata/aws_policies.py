"""The managed policies of AWS that speak of container registries or of everything: data.

Each file of ``aws_managed/`` is one policy, with the text that AWS publishes (AWS managed policy
reference guide). Their unique ids are made of their names, as AWS does not publish those.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from portside.identity.policies import ManagedPolicy, PolicyVersion


@lru_cache(maxsize=1)
def aws_policies() -> Mapping[str, tuple[ManagedPolicy, PolicyVersion]]:
    """AWS's own policies, each with its current version, by ARN; read once."""
    folder = files("portside.metadata").joinpath("aws_managed")
    named = (
        (file.name.removesuffix(".json"), json.loads(file.read_text(encoding="utf-8")))
        for file in folder.iterdir()
    )
    read = (_read(name, held) for name, held in sorted(named))
    return MappingProxyType({policy.arn.text: (policy, version) for policy, version in read})


def _read(name: str, held: dict[str, Any]) -> tuple[ManagedPolicy, PolicyVersion]:
    number = int(held["version"].removeprefix("v"))
    created, updated = (datetime.fromisoformat(held[key]) for key in ("created", "updated"))
    digest = base64.b32encode(hashlib.sha256(name.encode()).digest()).decode()
    policy = ManagedPolicy(
        id="ANPA" + digest[:17],
        account=None,
        name=name,
        path=held["path"],
        description=None,
        default_version=number,
        newest_version=number,
        created_at=created,
        updated_at=updated,
        tags={},
    )
    text = json.dumps(held["document"], indent=4)
    return policy, PolicyVersion(number=number, document=text, created_at=updated)
