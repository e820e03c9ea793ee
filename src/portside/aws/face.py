"""The pipeline of an AWS API request, in order: signature, operation, parameters, rights, deed."""

from __future__ import annotations

import asyncio
from collections.abc import Container
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from portside.access.callers import Caller
from portside.access.credentials import Credentials
from portside.access.refusals import CredentialsUnknown
from portside.aws import sigv4
from portside.aws.audit import Trace
from portside.aws.calls import Call, Deeds, Operation, UnsignedCall, UnsignedOperation, authorize
from portside.aws.claims import Claim
from portside.aws.cloudtrail.operations import OPERATIONS as CLOUDTRAIL
from portside.aws.ecr.operations import OPERATIONS as ECR
from portside.aws.errors import word
from portside.aws.iam.operations import OPERATIONS as IAM
from portside.aws.protocol import json11, query
from portside.aws.protocol.errors import AWSError
from portside.aws.protocol.models import find_operation, load_service
from portside.aws.protocol.validation import validate
from portside.aws.servicequotas.operations import OPERATIONS as SERVICEQUOTAS
from portside.aws.sigv4 import Failure, NotAuthenticated, SignedRequest
from portside.aws.sts.operations import OPERATIONS as STS
from portside.aws.sts.operations import UNSIGNED as STS_UNSIGNED
from portside.identity.credentials import KeyUse
from portside.names.accounts import Region, RegistryId
from portside.names.errors import MalformedName, Refusal
from portside.services.audit import AuditTrail, redact
from portside.web import bodies
from portside.web.answers import Answer, Send, send_answer
from portside.web.board import CLIENT_GONE, Served
from portside.web.bodies import ClientGone, Receive
from portside.web.context import RequestContext
from portside.web.throttling import Throttle

BODY_BYTES_MAX: Final = 48 * 1024 * 1024
"""Room for a layer part of 20 MiB, which base64 makes a third larger, and for larger ones."""

SERVICES: Final[dict[str, dict[str, Operation]]] = {
    "cloudtrail": {operation.name: operation for operation in CLOUDTRAIL},
    "ecr": {operation.name: operation for operation in ECR},
    "iam": {operation.name: operation for operation in IAM},
    "servicequotas": {operation.name: operation for operation in SERVICEQUOTAS},
    "sts": {operation.name: operation for operation in STS},
}

UNSIGNED: Final = {operation.name: operation for operation in STS_UNSIGNED}

_log = structlog.get_logger()

# IAM is one for all regions: clients sign for its home, or for a region of this name.
_GLOBAL: Final = "aws-global"
_HOME: Final = Region("us-east-1")

# What the two protocols call the failures of a signature (JSON: 400; Query: 403).
_FAILURE_CODES: Final = {
    Failure.MISSING: ("MissingAuthenticationTokenException", "MissingAuthenticationToken"),
    Failure.INCOMPLETE: ("IncompleteSignatureException", "IncompleteSignature"),
    Failure.MISMATCH: ("InvalidSignatureException", "SignatureDoesNotMatch"),
}
QUERY_CODES: Final = {
    "UnrecognizedClientException": ("InvalidClientTokenId", 403),
    "AccessDeniedException": ("AccessDenied", 403),
    "ExpiredTokenException": ("ExpiredToken", 403),
    "ValidationException": ("ValidationError", 400),
    "InvalidParameterException": ("ValidationError", 400),
    "ExpiredIdentityTokenException": ("ExpiredTokenException", 400),
    "UnknownOperationException": ("InvalidAction", 400),
    "ThrottlingException": ("Throttling", 400),
    "ServerException": ("InternalFailure", 500),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wire:
    """A request as its protocol has it."""

    signed: SignedRequest
    is_query: bool
    operation: str
    form: dict[str, str] = field(default_factory=dict)


class AWSFace:
    """Answers ``POST /`` and presigned ``GET /``: one endpoint, the signature names the service."""

    def __init__(
        self, deeds: Deeds, credentials: Credentials, throttle: Throttle, audit: AuditTrail
    ) -> None:
        self._deeds = deeds
        self._audit = audit
        self._throttle = throttle
        self._credentials = credentials

    async def __call__(self, context: RequestContext, receive: Receive, send: Send) -> Served:
        """Answer one request."""
        common = [(b"x-amzn-requestid", context.request_id.encode())]
        is_query = _is_query(context)
        trace = Trace()
        error: AWSError | None = None
        try:
            answer = await self._answer(context, receive, trace, is_query=is_query)
        except ClientGone:
            return Served(_route_name(trace), CLIENT_GONE, 0)
        except (Refusal, AWSError, NotAuthenticated) as refused:
            error = _error(refused, is_query=is_query)
            answer = _render_error(error, context, is_query=is_query)
        except Exception:  # noqa: BLE001 - a fault of ours must still be answered and logged
            _log.exception("request failed", request_id=context.request_id)
            error = AWSError("ServerException", "Internal error", status=500)
            answer = _render_error(error, context, is_query=is_query)
        entry = trace.entry(context, self._deeds.clock(), error)
        if entry is not None:
            self._audit.record(entry)
        _log.info(
            "call",
            target=context.headers.get("x-amz-target") or trace.event or "query",
            status=answer.status,
            request_id=context.request_id,
        )
        sent = await send_answer(answer, send, common)
        account = "" if trace.caller is None else trace.caller.account.text
        return Served(_route_name(trace), answer.status, sent, account)

    async def _answer(
        self, context: RequestContext, receive: Receive, trace: Trace, *, is_query: bool
    ) -> Answer:
        if context.excess is not None:
            raise context.excess
        announced = context.headers.get("content-length")
        body = await bodies.read(receive, BODY_BYTES_MAX, announced)
        wire = _read_wire(context, body, is_query=is_query)
        unsigned = UNSIGNED.get(wire.operation) if is_query else None
        if unsigned is not None:
            return await self._answer_unsigned(context, wire, trace, unsigned)
        claim = sigv4.parse_claim(wire.signed)
        trace.service, trace.region = claim.service, claim.region
        trace.event = wire.operation.rpartition(".")[2]
        trace.claimed = {"accessKeyId": claim.access_key_id}
        trace.caller = caller = await self._authenticate(context, wire, claim)
        self._note_use(caller, claim)
        operation = _find(claim.service, wire)
        registry = RegistryId(caller.account, _region(claim.region))
        action = f"{claim.service}:{operation.name}"
        self._throttle.admit(registry, action, caller.principal_arn)
        model = find_operation(claim.service, operation.name)
        if model is None:
            raise LookupError(operation.name)
        params = (
            query.parse_request(model, wire.form) if is_query else json11.parse_request(model, body)
        )
        validate(model, params)
        call = Call(
            context=context,
            caller=caller,
            region=registry.region,
            params=params,
            deeds=self._deeds,
        )
        trace.know_call(call, operation)
        authorize(call, operation)
        result = await operation.handler(call)
        trace.know_answer(result)
        if is_query:
            content = query.render_response(model, result, context.request_id)
            return Answer(200, {"content-type": query.CONTENT_TYPE}, content)
        content = json11.render_response(model, result)
        return Answer(200, {"content-type": json11.CONTENT_TYPE}, content)

    async def _authenticate(self, context: RequestContext, wire: _Wire, claim: Claim) -> Caller:
        try:
            caller, secret = self._credentials.find(claim.access_key_id, claim.session_token)
            await asyncio.to_thread(sigv4.verify, wire.signed, claim, secret, self._deeds.clock())
        except (CredentialsUnknown, NotAuthenticated):
            await self._deeds.slowing.hold(context.client, claim.access_key_id)
            raise
        return caller

    def _note_use(self, caller: Caller, claim: Claim) -> None:
        use = KeyUse(at=self._deeds.clock(), region=claim.region, service=claim.service)
        if caller.session is None:
            self._deeds.iam.key_uses.note(claim.access_key_id, use)
        elif caller.session.role_arn is not None:
            self._deeds.iam.key_uses.note_role(caller.unique_id, use)

    async def _answer_unsigned(
        self, context: RequestContext, wire: _Wire, trace: Trace, operation: UnsignedOperation
    ) -> Answer:
        model = find_operation("sts", operation.name)
        if model is None:
            raise LookupError(operation.name)
        trace.know_unsigned("sts", operation.name, context.registry.region.text)
        self._throttle.admit(context.registry, f"sts:{operation.name}", None)
        params = query.parse_request(model, wire.form)
        validate(model, params)
        trace.parameters = redact(params)
        result = await operation.handler(
            UnsignedCall(context=context, params=params, deeds=self._deeds)
        )
        trace.know_answer(result)
        content = query.render_response(model, result, context.request_id)
        return Answer(200, {"content-type": query.CONTENT_TYPE}, content)


def _route_name(trace: Trace) -> str:
    """The operation that is counted; whatever names none of ours has one name."""
    table: Container[str] = SERVICES.get(trace.service, ())
    known = trace.event in table or (trace.service == "sts" and trace.event in UNSIGNED)
    return f"{trace.service}:{trace.event}" if known else "other"


def _is_query(context: RequestContext) -> bool:
    if "x-amz-target" in context.headers:
        return False
    return "json" not in (context.headers.get("content-type") or "")


def _read_wire(context: RequestContext, body: bytes, *, is_query: bool) -> _Wire:
    scope = context.scope
    raw_path = scope.get("raw_path") or context.path.encode()
    signed = SignedRequest(
        method=context.method,
        raw_path=raw_path.decode("latin-1").partition("?")[0],
        query_string=scope["query_string"].decode("latin-1"),
        headers=tuple(context.headers),
        body=body,
    )
    if is_query:
        # A presigned request carries in its query what others have in their body.
        form = query.parse_form(scope["query_string"]) | query.parse_form(body)
        return _Wire(signed=signed, is_query=True, operation=form.get("Action", ""), form=form)
    target = context.headers.get("x-amz-target") or ""
    return _Wire(signed=signed, is_query=False, operation=target)


def _find(service: str, wire: _Wire) -> Operation:
    table = SERVICES.get(service)
    if table is None:
        raise AWSError(
            "UnknownOperationException", f"The service '{service}' is not offered here", status=404
        )
    name = wire.operation
    if not wire.is_query:
        prefix, _, name = wire.operation.rpartition(".")
        known = str(load_service(service).metadata.get("targetPrefix"))
        # AWS's JavaScript SDK writes the last word of CloudTrail's prefix only.
        if prefix not in {known, known.rpartition(".")[2]}:
            name = ""
    operation = table.get(name)
    if operation is None:
        shown = name[:100] or wire.operation[:100]
        raise AWSError("UnknownOperationException", f"The operation '{shown}' is not known")
    return operation


def _region(text: str) -> Region:
    if text == _GLOBAL:
        return _HOME
    try:
        return Region(text)
    except MalformedName as error:
        raise NotAuthenticated(
            Failure.MISMATCH, f"Credential should be scoped to a valid region, not '{text[:40]}'."
        ) from error


def _error(refused: Exception, *, is_query: bool) -> AWSError:
    if isinstance(refused, NotAuthenticated):
        code = _FAILURE_CODES[refused.failure][is_query]
        return AWSError(code, refused.message, status=403 if is_query else 400)
    error = refused if isinstance(refused, AWSError) else word(_as_refusal(refused))
    if is_query and error.code in QUERY_CODES:
        code, status = QUERY_CODES[error.code]
        return AWSError(code, error.message, status=status)
    return error


def _as_refusal(refused: Exception) -> Refusal:
    if isinstance(refused, Refusal):
        return refused
    raise refused


def _render_error(error: AWSError, context: RequestContext, *, is_query: bool) -> Answer:
    again = {} if error.retry_seconds is None else {"retry-after": str(error.retry_seconds)}
    if is_query:
        content: Any = query.render_error(error, context.request_id)
        return Answer(error.status, {"content-type": query.CONTENT_TYPE, **again}, content)
    headers = {"content-type": json11.CONTENT_TYPE, **again}
    return Answer(error.status, headers, json11.render_error(error))
