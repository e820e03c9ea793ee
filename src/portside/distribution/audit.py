"""What a request to ``/v2/`` leaves in the audit trail: the ECR event that it amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portside.access.callers import Caller
from portside.access.refusals import AccessDenied, CredentialsMissing
from portside.distribution.errors import find_wording
from portside.distribution.paths import Address, Endpoint
from portside.names.errors import Refusal
from portside.services.audit import Entry
from portside.web.context import RequestContext

FAULT = ("InternalFailure", "internal error")
_TOKEN_EVENT = "UseAuthorizationToken"  # noqa: S105 - the name of an event
_ACCESS_DENIED = "AccessDenied"
"""CloudTrail's code for denials, whatever the protocol calls them."""


@dataclass(slots=True)
class Trace:
    """What has become known of a request by the time that it is answered or refused."""

    caller: Caller | None = None
    action: str | None = None
    address: Address | None = None
    resource: str | None = None
    error: tuple[str, str] | None = None

    def know_refusal(self, refusal: Refusal) -> None:
        """Note why the request is refused; asking without credentials is how clients begin."""
        if isinstance(refusal, CredentialsMissing):
            return
        wording = find_wording(refusal)
        code = _ACCESS_DENIED if isinstance(refusal, AccessDenied) else wording.code
        self.error = (code, wording.message)

    def entry(self, context: RequestContext, at: datetime) -> Entry | None:
        """The entry, or ``None`` of a request that named nobody, or was not looked at."""
        unasked = self.action is None and self.error is None
        if unasked or context.excess is not None:
            return None
        registry = context.registry
        return Entry(
            at=at,
            request_id=context.request_id,
            source_ip=context.client or "",
            user_agent=context.headers.get("user-agent") or "",
            service="ecr",
            event=_TOKEN_EVENT if self.action is None else self.action[4:],
            region=registry.region.text,
            account=registry.account.text,
            caller=self.caller,
            resource=self.resource,
            parameters=None if self.address is None else _parameters(self.address),
            error=self.error,
        )


def _parameters(address: Address) -> dict[str, Any] | None:
    """The parameters that ECR's own operation would have had."""
    found: dict[str, Any] = {"repositoryName": address.name}
    reference = address.reference
    if address.endpoint is Endpoint.MANIFEST:
        kind = "imageDigest" if ":" in reference else "imageTag"
        found["imageIds"] = [{kind: reference}]
    elif address.endpoint is Endpoint.UPLOAD:
        found["uploadId"] = reference
    elif reference:
        found["layerDigest"] = reference
    return found if address.name else None
