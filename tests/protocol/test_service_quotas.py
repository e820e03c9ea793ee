"""Service Quotas: the limits of this server, as boto3 lists them."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.live import LiveServer
from tests.protocol.identity import client_of, fresh

REPOSITORIES = "L-CFEB8E8D"


def refused(client: Any, operation: str, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**params)
    return str(caught.value.response["Error"]["Code"])


def test_the_limits_of_this_server() -> None:
    """What the operator set, rates too, and that is what holds."""
    options = ("--images-per-repository-max=7", "--throttle=ecr:PutImage=10:20,ecr:*=500")
    with LiveServer(*options) as own:
        quotas = own.client("service-quotas")
        (page,) = quotas.get_paginator("list_service_quotas").paginate(ServiceCode="ecr")
        values = {one["QuotaName"]: one["Value"] for one in page["Quotas"]}
        assert values["Images per repository"] == 7
        assert values["Registered repositories"] == 1000
        assert values["Rate of PutImage requests"] == 10
        assert values["Rate of BatchGetImage requests"] == 500
        one = quotas.get_service_quota(ServiceCode="ecr", QuotaCode="L-AD52DFB2")["Quota"]
        assert one["Period"] == {"PeriodValue": 1, "PeriodUnit": "SECOND"}


def test_pages_and_one_quota(server: LiveServer) -> None:
    quotas = server.client("service-quotas")
    whole = quotas.list_service_quotas(ServiceCode="ecr")["Quotas"]
    pages = quotas.get_paginator("list_service_quotas").paginate(
        ServiceCode="ecr", PaginationConfig={"PageSize": 3}
    )
    sizes, found = [], []
    for page in pages:
        sizes.append(len(page["Quotas"]))
        found += page["Quotas"]
    assert (sizes, found) == ([3, 1], whole)
    one = quotas.get_service_quota(ServiceCode="ecr", QuotaCode=REPOSITORIES)["Quota"]
    assert one in whole
    assert one["QuotaArn"] == f"arn:aws:servicequotas:us-east-1:123456789012:ecr/{REPOSITORIES}"
    assert one["ServiceName"] == "Amazon Elastic Container Registry (Amazon ECR)"
    listed = quotas.list_service_quotas(ServiceCode="ecr", QuotaCode=REPOSITORIES)["Quotas"]
    assert listed == [one]
    level = quotas.list_service_quotas(ServiceCode="ecr", QuotaAppliedAtLevel="RESOURCE")
    assert level["Quotas"] == []


def test_refusals(server: LiveServer) -> None:
    quotas = server.client("service-quotas")
    assert refused(quotas, "list_service_quotas", ServiceCode="ec2") == "NoSuchResourceException"
    unknown = {"ServiceCode": "ecr", "QuotaCode": "L-00000000"}
    assert refused(quotas, "get_service_quota", **unknown) == "NoSuchResourceException"
    assert refused(quotas, "list_service_quotas", ServiceCode="ecr", MaxResults=101) == (
        "ValidationException"
    )
    assert refused(quotas, "list_service_quotas", ServiceCode="ecr", NextToken="AAAA") == (
        "InvalidPaginationTokenException"
    )


def test_a_user_needs_the_action(server: LiveServer) -> None:
    iam, user = server.client("iam"), fresh("counter")
    iam.create_user(UserName=user)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = client_of(server, key, "service-quotas")
    assert refused(own, "list_service_quotas", ServiceCode="ecr") == "AccessDeniedException"
