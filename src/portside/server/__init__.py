"""The composition root: the only place where objects meet."""

from __future__ import annotations

from portside.server.audit import read_audit
from portside.server.certificates import authority_files, fingerprint, open_certificates
from portside.server.credentials import RootKeyIsASetting, rotate_root, rotate_secrets_key
from portside.server.explanations import Asked, explain
from portside.server.pairs import CertificateUnusable
from portside.server.preparation import configure_registry, prepare
from portside.server.public_names import host_names
from portside.server.records import create_account, delete_policy, list_accounts, policy_history
from portside.server.serving import serve, work
from portside.server.upstreams import upstream_secrets

__all__ = [
    "Asked",
    "CertificateUnusable",
    "RootKeyIsASetting",
    "authority_files",
    "configure_registry",
    "create_account",
    "delete_policy",
    "explain",
    "fingerprint",
    "host_names",
    "list_accounts",
    "open_certificates",
    "policy_history",
    "prepare",
    "read_audit",
    "rotate_root",
    "rotate_secrets_key",
    "serve",
    "upstream_secrets",
    "work",
]
