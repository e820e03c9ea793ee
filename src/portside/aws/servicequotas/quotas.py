"""The limits of a registry (Service Quotas ListServiceQuotas, GetServiceQuota)."""

from __future__ import annotations

from typing import Any, Final

from portside.aws.calls import Call
from portside.registry.pages import MalformedPageToken, parse_token, render_token
from portside.registry.service_quotas import (
    SERVICE_CODE,
    SERVICE_NAME,
    InvalidPaginationToken,
    NoSuchQuota,
    NoSuchService,
    ServiceQuota,
)

PAGE_MAX: Final = 100
_LISTING: Final = "ListServiceQuotas"


async def list_service_quotas(call: Call) -> dict[str, Any]:
    """Show the quotas of ECR that hold here, by pages; of no other service."""
    params = call.params
    quotas = _quotas(call)
    if "QuotaCode" in params:
        quotas = [quota for quota in quotas if quota.code == params["QuotaCode"]]
    if params.get("QuotaAppliedAtLevel") == "RESOURCE":
        quotas = []
    start = _start(params.get("NextToken"))
    end = start + params.get("MaxResults", PAGE_MAX)
    answer: dict[str, Any] = {"Quotas": [_show(call, quota) for quota in quotas[start:end]]}
    if end < len(quotas):
        answer["NextToken"] = render_token(_LISTING, end)
    return answer


async def get_service_quota(call: Call) -> dict[str, Any]:
    """Show one quota of ECR.

    Raises:
        NoSuchQuota: there is none of this code.
    """
    code = call.params["QuotaCode"]
    for quota in _quotas(call):
        if quota.code == code:
            return {"Quota": _show(call, quota)}
    raise NoSuchQuota


def _start(token: str | None) -> int:
    try:
        position = parse_token(_LISTING, token, int)
    except MalformedPageToken as error:
        raise InvalidPaginationToken from error
    return int(position[0]) if position else 0


def _quotas(call: Call) -> list[ServiceQuota]:
    if call.params["ServiceCode"] != SERVICE_CODE:
        raise NoSuchService
    return list(call.deeds.quotas)


def _show(call: Call, quota: ServiceQuota) -> dict[str, Any]:
    where = f"{call.region.text}:{call.caller.account.text}"
    shown: dict[str, Any] = {
        "ServiceCode": SERVICE_CODE,
        "ServiceName": SERVICE_NAME,
        "QuotaArn": f"arn:aws:servicequotas:{where}:{SERVICE_CODE}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Description": quota.description,
        "Value": float(quota.value),
        "Unit": "None",
        "Adjustable": quota.adjustable,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }
    if quota.per_second:
        shown["Period"] = {"PeriodValue": 1, "PeriodUnit": "SECOND"}
    return shown
