"""The pipeline of a ``/v2/`` request, in order: address, caller, rights, deed, answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from portside.access.authenticate import Authenticator
from portside.access.authorize import Resource
from portside.access.callers import Caller
from portside.access.refusals import CredentialsMissing, TokenInvalid
from portside.access.tokens import GRANT_PARAMETER
from portside.distribution.audit import FAULT, Trace
from portside.distribution.calls import Call, Deeds, RegistryCall
from portside.distribution.errors import error_answer, word
from portside.distribution.paths import PATH_LENGTH_MAX, Address, Endpoint, parse_path
from portside.distribution.routes import (
    REGISTRY_TABLE,
    REPOSITORY_TABLE,
    allowed_methods,
    route_name,
)
from portside.names.accounts import RegistryId
from portside.names.arns import registry_arn, repository_arn
from portside.names.errors import Refusal
from portside.names.repositories import RepositoryName
from portside.services.audit import AuditTrail
from portside.web.answers import Answer, Send, send_answer
from portside.web.board import CLIENT_GONE, Served
from portside.web.bodies import ClientGone, Receive
from portside.web.context import RequestContext
from portside.web.throttling import Throttle

_READING = frozenset({"GET", "HEAD"})

_log = structlog.get_logger()


class DistributionFace:
    """Answers every request under ``/v2/``."""

    def __init__(
        self,
        authenticator: Authenticator,
        deeds: Deeds,
        throttle: Throttle,
        audit: AuditTrail,
        clock: Callable[[], datetime],
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._authenticator = authenticator
        self._throttle = throttle
        self._deeds = deeds

    async def __call__(self, context: RequestContext, receive: Receive, send: Send) -> Served:
        """Answer one request."""
        common = [
            (b"docker-distribution-api-version", b"registry/2.0"),
            (b"x-request-id", context.request_id.encode()),
        ]
        trace = Trace()
        try:
            answer = await self._answer(context, receive, trace)
        except ClientGone:
            return Served(route_name(trace.address, context.method), CLIENT_GONE, 0)
        except (CredentialsMissing, TokenInvalid) as refusal:
            trace.know_refusal(refusal)
            answer = _challenge(context, refusal)
        except Refusal as refusal:
            trace.know_refusal(refusal)
            answer = word(refusal)
        except Exception:  # noqa: BLE001 - a fault of ours must still be answered and logged
            _log.exception("request failed", request_id=context.request_id, path=context.path)
            trace.error = FAULT
            answer = error_answer(500, "UNKNOWN", f"internal error, request {context.request_id}")
        entry = trace.entry(context, self._clock())
        if entry is not None:
            self._audit.record(entry)
        log = _log.debug if context.method in _READING else _log.info
        log(
            "request",
            method=context.method,
            path=context.path,
            status=answer.status,
            request_id=context.request_id,
        )
        sent = await send_answer(answer, send, common, head=context.method == "HEAD")
        account = "" if trace.caller is None else trace.caller.account.text
        return Served(route_name(trace.address, context.method), answer.status, sent, account)

    async def _answer(self, context: RequestContext, receive: Receive, trace: Trace) -> Answer:
        if context.excess is not None:
            raise context.excess
        # Longer paths name nothing; those that may are remembered, so they must be short.
        address = parse_path(context.path) if len(context.path) <= PATH_LENGTH_MAX else None
        trace.address = address
        try:
            trace.caller = caller = self._authenticate(context, address)
        except TokenInvalid:
            await self._deeds.slowing.hold(context.client, None)
            raise
        if address is None:
            return error_answer(404, "UNSUPPORTED", "no such endpoint")
        if address.endpoint not in (Endpoint.BASE, Endpoint.CATALOG):
            return await self._answer_repository(context, receive, trace, caller, address)
        route = REGISTRY_TABLE.get((address.endpoint, context.method))
        if route is None:
            return _method_not_allowed(address.endpoint)
        trace.action = route.action
        self._admit(context, caller, route.action)
        call = RegistryCall(context=context, receive=receive, caller=caller, deeds=self._deeds)
        if route.action is not None:
            resource = Resource.of(registry_arn(context.registry))
            self._deeds.authorizer.authorize(caller, route.action, resource, call.look)
        return await route.handler(call)

    async def _answer_repository(
        self,
        context: RequestContext,
        receive: Receive,
        trace: Trace,
        caller: Caller,
        address: Address,
    ) -> Answer:
        route = REPOSITORY_TABLE.get((address.endpoint, context.method))
        if route is None:
            return _method_not_allowed(address.endpoint)
        trace.action = route.action
        self._admit(context, caller, route.action)
        name = RepositoryName(address.name)
        call = Call(
            context=context,
            receive=receive,
            caller=caller,
            deeds=self._deeds,
            name=name,
            reference=address.reference,
        )
        resource = Resource.of(repository_arn(context.registry, name))
        trace.resource = resource.text
        self._deeds.authorizer.authorize(caller, route.action, resource, call.look)
        return await route.handler(call)

    def _admit(self, context: RequestContext, caller: Caller, action: str | None) -> None:
        registry = RegistryId(caller.account, context.registry.region)
        self._throttle.admit(registry, action, caller.principal_arn)

    def _authenticate(self, context: RequestContext, address: Address | None) -> Caller:
        header = context.headers.get("authorization")
        reads_blob = context.method in _READING
        if header is None and address and address.endpoint is Endpoint.BLOB and reads_blob:
            grant = context.query.get(GRANT_PARAMETER)
            if grant:
                return self._authenticator.layer_grant(grant, address.name, address.reference)
        return self._authenticator.basic(header)


def _challenge(context: RequestContext, refusal: CredentialsMissing | TokenInvalid) -> Answer:
    realm = f'Basic realm="{context.base_url}/",service="ecr.amazonaws.com"'
    headers = {"www-authenticate": realm}
    if isinstance(refusal, CredentialsMissing):
        headers["content-type"] = "text/plain; charset=utf-8"
        return Answer(401, headers, b"Not Authorized\n")
    worded = word(refusal)
    return Answer(worded.status, {**worded.headers, **headers}, worded.content)


def _method_not_allowed(endpoint: Endpoint) -> Answer:
    headers = {"allow": allowed_methods(endpoint)}
    return error_answer(
        405, "UNSUPPORTED", "the method is not supported by this endpoint", headers=headers
    )
