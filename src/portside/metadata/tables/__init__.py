"""The tables, in SQLAlchemy Core; ``migrations/versions`` makes and changes them."""

from __future__ import annotations

from portside.metadata.tables.columns import metadata
from portside.metadata.tables.configuration import pull_time_exclusions, registry_settings
from portside.metadata.tables.documents import (
    document_changes,
    registry_policies,
    repository_policies,
)
from portside.metadata.tables.identity import (
    access_keys,
    accounts,
    former_passwords,
    generations,
    identities,
    login_profiles,
    memberships,
    oidc_providers,
    roles,
    secrets,
)
from portside.metadata.tables.images import (
    blobs,
    image_blobs,
    image_children,
    images,
    manifests,
    orphan_blobs,
    repository_blobs,
    tags,
    unreferenced_blobs,
    uploads,
)
from portside.metadata.tables.lifecycles import (
    lifecycle_acts,
    lifecycle_policies,
    lifecycle_preview_results,
    lifecycle_previews,
)
from portside.metadata.tables.outbox import events, leases, reactions, tasks
from portside.metadata.tables.permissions import (
    attachments,
    inline_policies,
    managed_policies,
    policy_versions,
)
from portside.metadata.tables.registries import registries, repositories, resource_tags
from portside.metadata.tables.replication import (
    backfill_results,
    image_origins,
    image_replications,
    replication_backfills,
)
from portside.metadata.tables.scanning import layer_contents, scan_findings, scans
from portside.metadata.tables.templates import creation_templates
from portside.metadata.tables.upstreams import (
    pull_through_rules,
    upstream_checks,
    upstream_secrets,
)

__all__ = [
    "access_keys",
    "accounts",
    "attachments",
    "backfill_results",
    "blobs",
    "creation_templates",
    "document_changes",
    "events",
    "former_passwords",
    "generations",
    "identities",
    "image_blobs",
    "image_children",
    "image_origins",
    "image_replications",
    "images",
    "inline_policies",
    "layer_contents",
    "leases",
    "lifecycle_acts",
    "lifecycle_policies",
    "lifecycle_preview_results",
    "lifecycle_previews",
    "login_profiles",
    "managed_policies",
    "manifests",
    "memberships",
    "metadata",
    "oidc_providers",
    "orphan_blobs",
    "policy_versions",
    "principals",
    "pull_through_rules",
    "pull_time_exclusions",
    "reactions",
    "registries",
    "registry_policies",
    "registry_settings",
    "replication_backfills",
    "repositories",
    "repository_blobs",
    "repository_policies",
    "resource_tags",
    "roles",
    "scan_findings",
    "scans",
    "secrets",
    "tags",
    "tasks",
    "unreferenced_blobs",
    "uploads",
    "upstream_checks",
    "upstream_secrets",
]
