"""A span for each request, part of the trace that the client tells of (W3C Trace Context)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from portside.web.board import Served
from portside.web.context import RequestContext

_HEADERS: Final = ("traceparent", "tracestate")


class RequestSpans:
    """Makes the spans of one process's requests."""

    def __init__(self) -> None:
        self._tracer = trace.get_tracer("portside")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def around(self, context: RequestContext) -> Iterator[Span]:
        """The span of a request while its block runs, from which others descend."""
        told = {name: context.headers.get(name) or "" for name in _HEADERS}
        attributes = {
            "http.request.method": context.method,
            "url.path": context.path[:500],
            "server.address": context.host[:255],
            "portside.request_id": context.request_id,
        }
        with self._tracer.start_as_current_span(
            context.method,
            context=self._propagator.extract(told),
            kind=SpanKind.SERVER,
            attributes=attributes,
        ) as span:
            yield span

    @staticmethod
    def finish(span: Span, face: str, served: Served) -> None:
        """Say how the request was answered."""
        span.update_name(f"{face} {served.route}")
        span.set_attribute("http.route", served.route)
        span.set_attribute("http.response.status_code", served.status)
        span.set_attribute("http.response.body.size", served.bytes_out)
        if served.account:
            span.set_attribute("portside.account", served.account)
        if served.status >= 500:
            span.set_status(Status(StatusCode.ERROR))
