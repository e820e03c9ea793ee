"""The pipeline of a request for the console: a file, or the session of who signs in."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final

import structlog

from portside.access.refusals import CredentialsUnknown
from portside.console.audit import sign_in_refused, signed_in
from portside.console.files import PREFIX, SAFE, ConsoleFiles
from portside.names.errors import MalformedName, Refusal
from portside.registry.refusals import DatabaseUnavailable
from portside.registry.throttling import Throttled
from portside.services.audit import AuditTrail
from portside.services.console_sessions import ConsoleSession, ConsoleSessions, NotSignedIn
from portside.services.sign_in import SignInRefused
from portside.web import bodies
from portside.web.answers import Answer, Send, json_answer, send_answer
from portside.web.board import CLIENT_GONE, Served
from portside.web.bodies import BodyTooLarge, ClientGone, Receive
from portside.web.context import RequestContext
from portside.web.limits import BodyTooSlow, HeadersTooLarge, ServerBusy

SESSION: Final = "/console/session"
COOKIE: Final = "portside_console"
GUARD: Final = "x-portside-console"
"""A header that no page of another site can send without asking first, which is never allowed."""
BODY_BYTES_MAX: Final = 16 * 1024
_SESSION_METHODS: Final = frozenset({"GET", "POST", "DELETE"})
_READING: Final = frozenset({"GET", "HEAD"})

_log = structlog.get_logger()


class ConsoleFace:
    """Answers everything under ``/console/``."""

    def __init__(
        self,
        files: ConsoleFiles,
        sessions: ConsoleSessions,
        audit: AuditTrail,
        clock: Callable[[], datetime],
    ) -> None:
        self._audit = audit
        self._files = files
        self._sessions = sessions
        self._clock = clock

    async def __call__(self, context: RequestContext, receive: Receive, send: Send) -> Served:
        """Answer one request."""
        common = [(b"x-request-id", context.request_id.encode())]
        try:
            answer = await self._answer(context, receive)
        except ClientGone:
            return Served(_route_name(context), CLIENT_GONE, 0)
        except Refusal as refusal:
            answer = _refused(refusal)
        except Exception:  # noqa: BLE001 - a fault of ours must still be answered and logged
            _log.exception("request failed", request_id=context.request_id, path=context.path)
            answer = _error(500, "InternalFailure", f"internal error, {context.request_id}")
        sent = await send_answer(answer, send, common, head=context.method == "HEAD")
        return Served(_route_name(context), answer.status, sent)

    async def _answer(self, context: RequestContext, receive: Receive) -> Answer:
        if context.excess is not None:
            raise context.excess
        if context.path == SESSION:
            return await self._session(context, receive)
        if context.method not in _READING:
            return Answer(405, {"allow": "GET, HEAD"})
        if not context.path.startswith(PREFIX):
            return Answer(308, {"location": PREFIX})
        return self._files.answer(context.path)

    async def _session(self, context: RequestContext, receive: Receive) -> Answer:
        if GUARD not in context.headers:
            return _error(403, "Forbidden", f"the header {GUARD} is missing")
        if context.method == "DELETE":
            return Answer(204, {"set-cookie": _cookie(context, "", 0), **SAFE})
        if context.method == "GET":
            session = await self._sessions.renew(_read_cookie(context))
            return self._show(context, session)
        if context.method != "POST":
            return Answer(405, {"allow": "GET, POST, DELETE"})
        body = await bodies.read(receive, BODY_BYTES_MAX, context.headers.get("content-length"))
        return await self._enter(context, _read_document(body))

    async def _enter(self, context: RequestContext, given: dict[str, str]) -> Answer:
        try:
            session = await self._sign_in(context, given)
        except Refusal as refusal:
            told = _wording(refusal)[1:]
            self._audit.record(sign_in_refused(context, self._clock(), given, told))
            raise
        self._audit.record(signed_in(context, self._clock(), session))
        return self._show(context, session)

    async def _sign_in(self, context: RequestContext, given: dict[str, str]) -> ConsoleSession:
        source = context.client
        if given.get("kind") == "keys":
            return await self._sessions.with_keys(
                given.get("accessKeyId", ""), given.get("secretAccessKey", ""), source
            )
        return await self._sessions.with_password(
            given.get("account", ""), given.get("user", ""), given.get("password", ""), source
        )

    def _show(self, context: RequestContext, session: ConsoleSession) -> Answer:
        credentials, caller = session.credentials, session.caller
        document = {
            "accessKeyId": credentials.access_key_id,
            "secretAccessKey": credentials.secret_access_key,
            "sessionToken": credentials.session_token,
            "expiration": credentials.expires_at.isoformat(),
            "account": caller.account.text,
            "arn": caller.arn.text,
            "region": context.registry.region.text,
            "resetRequired": session.reset_required,
        }
        lifetime = int((session.cookie_expires_at - self._clock()).total_seconds())
        headers = {
            "set-cookie": _cookie(context, session.cookie, lifetime),
            "cache-control": "no-store",
            **SAFE,
        }
        return json_answer(200, document, headers)


def _read_document(body: bytes) -> dict[str, str]:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return {}
    return {name: value for name, value in document.items() if isinstance(value, str)}


def _read_cookie(context: RequestContext) -> str:
    try:
        found = SimpleCookie(context.headers.get("cookie") or "").get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _cookie(context: RequestContext, value: str, lifetime_seconds: int) -> str:
    secure = "; Secure" if context.scheme == "https" else ""
    return (
        f"{COOKIE}={value}; Path={SESSION}; Max-Age={max(0, lifetime_seconds)}; HttpOnly; "
        f"SameSite=Strict{secure}"
    )


def _route_name(context: RequestContext) -> str:
    if context.path != SESSION:
        return "files"
    return f"{context.method} session" if context.method in _SESSION_METHODS else "other"


def _refused(refusal: Refusal) -> Answer:
    answer = _error(*_wording(refusal))
    if isinstance(refusal, ServerBusy):
        again = {"retry-after": str(refusal.wait_seconds)}
        return Answer(answer.status, {**answer.headers, **again}, answer.content)
    return answer


def _wording(refusal: Refusal) -> tuple[int, str, str]:
    if isinstance(refusal, NotSignedIn):
        return 401, "NotSignedIn", "Nobody is signed in."
    if isinstance(refusal, SignInRefused | CredentialsUnknown | MalformedName):
        return 403, "SignInFailed", "Your authentication information is incorrect."
    if isinstance(refusal, Throttled):
        return 429, "Throttling", "Too many attempts. Wait a little and try again."
    if isinstance(refusal, BodyTooLarge):
        return 413, "RequestTooLarge", str(refusal)
    return _limited(refusal)


def _limited(refusal: Refusal) -> tuple[int, str, str]:
    if isinstance(refusal, ServerBusy):
        return 503, "ServiceUnavailable", "The server is busy. Wait a little and try again."
    if isinstance(refusal, DatabaseUnavailable):
        return 503, "ServiceUnavailable", "The database cannot be reached."
    if isinstance(refusal, HeadersTooLarge):
        return 431, "RequestHeaderSectionTooLarge", str(refusal)
    if isinstance(refusal, BodyTooSlow):
        return 408, "RequestTimeout", str(refusal)
    raise refusal


def _error(status: int, code: str, message: str) -> Answer:
    return json_answer(
        status, {"code": code, "message": message}, {"cache-control": "no-store", **SAFE}
    )
