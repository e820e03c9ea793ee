"""A registry's limits as quotas of ``ecr`` (ECR user guide, "Amazon ECR service quotas").

Shown is what holds here: the numbers of this server, and rates only where the operator set some.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from portside.names.errors import Refusal
from portside.registry.quotas import Quotas
from portside.registry.throttling import Rate, find_rate
from portside.registry.upstreams import RULES_MAX

SERVICE_CODE: Final = "ecr"
SERVICE_NAME: Final = "Amazon Elastic Container Registry (Amazon ECR)"

_RATES: Final = {
    "L-B9173138": "BatchCheckLayerAvailability",
    "L-16E70933": "BatchGetImage",
    "L-44194860": "CompleteLayerUpload",
    "L-55A41110": "GetAuthorizationToken",
    "L-A60A366D": "GetDownloadUrlForLayer",
    "L-95B28F8D": "InitiateLayerUpload",
    "L-AD52DFB2": "PutImage",
    "L-A1670B10": "UploadLayerPart",
}


class NoSuchService(Refusal):
    """Quotas of a service that is not ECR."""


class NoSuchQuota(Refusal):
    """ECR has no quota of this code here."""


class InvalidPaginationToken(Refusal):
    """A token that no page of quotas gave out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceQuota:
    """A limit, under the code and the name that AWS has for it."""

    code: str
    name: str
    value: float
    description: str
    adjustable: bool = True
    per_second: bool = False


def service_quotas(quotas: Quotas, rates: Sequence[Rate]) -> tuple[ServiceQuota, ...]:
    """The quotas of every registry of a server."""
    counts = (
        ServiceQuota(
            code="L-CFEB8E8D",
            name="Registered repositories",
            value=quotas.repositories_per_registry,
            description="The maximum number of repositories of an account in a region.",
        ),
        ServiceQuota(
            code="L-03A36CE1",
            name="Images per repository",
            value=quotas.images_per_repository,
            description="The maximum number of images of a repository.",
        ),
        ServiceQuota(
            # AWS gives out no code of this one in its documents: it is Portside's own.
            code="L-7A6501A6",
            name="Tags per image",
            value=quotas.tags_per_image,
            description="The maximum number of tags of an image.",
        ),
        ServiceQuota(
            code="L-6EF7FC96",
            name="Pull through cache rules per registry",
            value=RULES_MAX,
            description="The maximum number of pull-through cache rules.",
            adjustable=False,
        ),
    )
    return (*counts, *_rates(rates))


def _rates(rates: Sequence[Rate]) -> list[ServiceQuota]:
    found = {code: find_rate(rates, f"ecr:{name}") for code, name in _RATES.items()}
    return [
        ServiceQuota(
            code=code,
            name=f"Rate of {_RATES[code]} requests",
            value=rate.per_second,
            description=f"The maximum number of {_RATES[code]} requests per second.",
            per_second=True,
        )
        for code, rate in found.items()
        if rate is not None
    ]
