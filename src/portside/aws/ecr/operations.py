"""The operations of the ECR API with the actions that they need: a table."""

from __future__ import annotations

from typing import Final

from portside.aws.calls import (
    Handler,
    Needs,
    Operation,
    ResourceOf,
    everything,
    named_repository,
    nothing_else,
    whole_registry,
)
from portside.aws.ecr import (
    account_settings,
    authorization,
    backfills,
    exclusions,
    images,
    layers,
    lifecycles,
    passing,
    policies,
    referrers,
    replication,
    repositories,
    resource_tags,
    scanning_configuration,
    scans,
    signing,
    templates,
    upstreams,
)


def _row(
    name: str, resource: ResourceOf, handler: Handler, also: Needs = nothing_else
) -> Operation:
    return Operation(name=name, action=f"ecr:{name}", resource=resource, handler=handler, also=also)


OPERATIONS: Final = (
    _row("GetAuthorizationToken", everything, authorization.get_authorization_token),
    _row(
        "CreateRepository",
        named_repository,
        repositories.create_repository,
        also=repositories.tagging,
    ),
    _row(
        "DescribeRepositories",
        repositories.described_repositories,
        repositories.describe_repositories,
    ),
    _row("DeleteRepository", named_repository, repositories.delete_repository),
    _row("StartImageScan", named_repository, scans.start_image_scan),
    _row("DescribeImageScanFindings", named_repository, scans.describe_image_scan_findings),
    _row("PutImageTagMutability", named_repository, repositories.put_image_tag_mutability),
    _row("SetRepositoryPolicy", named_repository, policies.set_repository_policy),
    _row("GetRepositoryPolicy", named_repository, policies.get_repository_policy),
    _row("DeleteRepositoryPolicy", named_repository, policies.delete_repository_policy),
    _row("PutRegistryPolicy", everything, policies.put_registry_policy),
    _row("GetRegistryPolicy", everything, policies.get_registry_policy),
    _row("DeleteRegistryPolicy", everything, policies.delete_registry_policy),
    _row("DescribeRegistry", everything, replication.describe_registry),
    _row(
        "DescribeImageReplicationStatus",
        named_repository,
        replication.describe_image_replication_status,
    ),
    _row("StartReplicationBackfill", whole_registry, backfills.start_replication_backfill),
    _row("StopReplicationBackfill", whole_registry, backfills.stop_replication_backfill),
    _row("ListReplicationBackfills", whole_registry, backfills.list_replication_backfills),
    _row(
        "DescribeReplicationBackfillResults",
        whole_registry,
        backfills.describe_replication_backfill_results,
    ),
    _row("PutReplicationConfiguration", everything, replication.put_replication_configuration),
    _row(
        "PutRegistryScanningConfiguration",
        everything,
        scanning_configuration.put_registry_scanning_configuration,
    ),
    _row(
        "GetRegistryScanningConfiguration",
        everything,
        scanning_configuration.get_registry_scanning_configuration,
    ),
    _row(
        "BatchGetRepositoryScanningConfiguration",
        repositories.described_repositories,
        scanning_configuration.batch_get_repository_scanning_configuration,
    ),
    _row(
        "PutImageScanningConfiguration",
        named_repository,
        scanning_configuration.put_image_scanning_configuration,
    ),
    _row("GetAccountSetting", everything, account_settings.get_account_setting),
    _row("PutAccountSetting", everything, account_settings.put_account_setting),
    _row("PutSigningConfiguration", everything, signing.put_signing_configuration),
    _row("GetSigningConfiguration", everything, signing.get_signing_configuration),
    _row("DeleteSigningConfiguration", everything, signing.delete_signing_configuration),
    _row("DescribeImageSigningStatus", named_repository, signing.describe_image_signing_status),
    _row("RegisterPullTimeUpdateExclusion", everything, exclusions.register_exclusion),
    _row("DeregisterPullTimeUpdateExclusion", everything, exclusions.deregister_exclusion),
    _row("ListPullTimeUpdateExclusions", everything, exclusions.list_exclusions),
    _row("PutLifecyclePolicy", named_repository, lifecycles.put_lifecycle_policy),
    _row("GetLifecyclePolicy", named_repository, lifecycles.get_lifecycle_policy),
    _row("DeleteLifecyclePolicy", named_repository, lifecycles.delete_lifecycle_policy),
    _row(
        "StartLifecyclePolicyPreview",
        named_repository,
        lifecycles.start_lifecycle_policy_preview,
    ),
    _row("GetLifecyclePolicyPreview", named_repository, lifecycles.get_lifecycle_policy_preview),
    _row("TagResource", resource_tags.tagged_resource, resource_tags.tag_resource),
    _row("UntagResource", resource_tags.tagged_resource, resource_tags.untag_resource),
    _row(
        "ListTagsForResource",
        resource_tags.tagged_resource,
        resource_tags.list_tags_for_resource,
    ),
    _row("ListImages", named_repository, images.list_images),
    _row("DescribeImages", named_repository, images.describe_images),
    _row("BatchGetImage", named_repository, images.batch_get_image),
    _row("PutImage", named_repository, images.put_image),
    # botocore's model: "must have the ecr:BatchGetImage permission".
    Operation(
        name="ListImageReferrers",
        action="ecr:BatchGetImage",
        resource=named_repository,
        handler=referrers.list_image_referrers,
    ),
    _row("UpdateImageStorageClass", named_repository, images.update_image_storage_class),
    _row("BatchDeleteImage", named_repository, images.batch_delete_image),
    _row("BatchCheckLayerAvailability", named_repository, layers.batch_check_layer_availability),
    _row("InitiateLayerUpload", named_repository, layers.initiate_layer_upload),
    _row("UploadLayerPart", named_repository, layers.upload_layer_part),
    _row("CompleteLayerUpload", named_repository, layers.complete_layer_upload),
    _row("GetDownloadUrlForLayer", named_repository, layers.get_download_url_for_layer),
    _row(
        "CreateRepositoryCreationTemplate",
        whole_registry,
        templates.create_template,
        also=passing.passing_role,
    ),
    _row("DescribeRepositoryCreationTemplates", whole_registry, templates.describe_templates),
    _row(
        "UpdateRepositoryCreationTemplate",
        whole_registry,
        templates.update_template,
        also=passing.passing_role,
    ),
    _row("DeleteRepositoryCreationTemplate", whole_registry, templates.delete_template),
    _row(
        "CreatePullThroughCacheRule",
        whole_registry,
        upstreams.create_rule,
        also=passing.passing_role,
    ),
    _row("DescribePullThroughCacheRules", whole_registry, upstreams.describe_rules),
    _row(
        "UpdatePullThroughCacheRule",
        whole_registry,
        upstreams.update_rule,
        also=passing.passing_role,
    ),
    _row("ValidatePullThroughCacheRule", whole_registry, upstreams.validate_rule),
    _row("DeletePullThroughCacheRule", whole_registry, upstreams.delete_rule),
)
