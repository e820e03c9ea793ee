"""The operations of Service Quotas: a table."""

from __future__ import annotations

from typing import Final

from portside.aws.calls import Operation, everything
from portside.aws.servicequotas.quotas import get_service_quota, list_service_quotas

OPERATIONS: Final = (
    Operation(
        name="ListServiceQuotas",
        action="servicequotas:ListServiceQuotas",
        resource=everything,
        handler=list_service_quotas,
    ),
    Operation(
        name="GetServiceQuota",
        action="servicequotas:GetServiceQuota",
        resource=everything,
        handler=get_service_quota,
    ),
)
