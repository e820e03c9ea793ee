"""The composition root: the only place where objects meet."""

from __future__ import annotations

from portside.server.audit import read_audit
from portside.server.preparation import configure_registry, prepare
from portside.server.records import policy_history
from portside.server.serving import serve

__all__ = ["configure_registry", "policy_history", "prepare", "read_audit", "serve"]
