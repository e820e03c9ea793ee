"""What a call to the AWS APIs leaves in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from portside.access.callers import Caller
from portside.aws.calls import Call, Operation
from portside.aws.protocol.errors import AWSError
from portside.services.audit import Entry, is_read_only, redact
from portside.web.context import RequestContext

_EVENT_LENGTH_MAX: Final = 128
_CODES: Final = {"AccessDeniedException": "AccessDenied"}
"""CloudTrail's codes where they are not the protocol's."""


@dataclass(slots=True)
class Trace:
    """What has become known of a call by the time that it is answered or refused."""

    service: str = ""
    event: str = ""
    region: str = ""
    claimed: dict[str, str] | None = None
    """Whom the request named, before that was proven."""
    caller: Caller | None = None
    resource: str | None = None
    parameters: dict[str, Any] | None = None
    answer: dict[str, Any] | None = None

    def know_call(self, call: Call, operation: Operation) -> None:
        """Note what the call is to do, before it may be refused."""
        self.parameters = redact(call.params)
        found = operation.resource(call)
        self.resource = (found[0] if isinstance(found, tuple) else found).text

    def know_unsigned(self, service: str, event: str, region: str) -> None:
        """Note an operation that proves its caller otherwise than by a signature."""
        self.service, self.event, self.region = service, event, region
        self.claimed = {"type": "WebIdentityUser"}

    def know_answer(self, result: dict[str, Any]) -> None:
        """Note what came of a call that changed something, or made a session."""
        if self.service == "sts" or not is_read_only(self.event):
            self.answer = redact(result)
        if "SubjectFromWebIdentityToken" in result:
            subject, issuer = result["SubjectFromWebIdentityToken"], result["Provider"]
            self.claimed = {
                "type": "WebIdentityUser",
                "principalId": f"{issuer}:{result['Audience']}:{subject}",
                "userName": subject,
                "identityProvider": issuer,
            }

    def entry(self, context: RequestContext, at: datetime, error: AWSError | None) -> Entry | None:
        """The entry, or ``None`` of a request that named nobody."""
        if self.caller is None and self.claimed is None:
            return None
        account = self.caller.account if self.caller else context.registry.account
        return Entry(
            at=at,
            request_id=context.request_id,
            source_ip=context.client or "",
            user_agent=context.headers.get("user-agent") or "",
            service=self.service,
            event=self.event[:_EVENT_LENGTH_MAX],
            region=self.region,
            account=account.text,
            caller=self.caller,
            claimed=self.claimed,
            resource=self.resource,
            parameters=self.parameters,
            answer=self.answer,
            error=(_CODES.get(error.code, error.code), error.message) if error else None,
        )
