"""Where spans go: one process's provider, which batches them in a thread of its own.

How many are sampled, what else is told of this service, and with which headers they are sent is
said by OpenTelemetry's own environment variables (``OTEL_TRACES_SAMPLER``,
``OTEL_RESOURCE_ATTRIBUTES``, ``OTEL_EXPORTER_OTLP_HEADERS``, …), which its SDK reads.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

_PATH: Final = "/v1/traces"


def start_sending(endpoint: str) -> TracerProvider:
    """Send this process's spans to a collector from now on, until the provider is shut down.

    Call it in the process that makes them: a thread that sends does not outlive a fork.
    """
    named = OTELResourceDetector().detect().attributes
    own = {"service.name": "portside", "service.version": version("portside")}
    provider = TracerProvider(resource=Resource.create({**own, **named}))
    exporter = OTLPSpanExporter(endpoint=endpoint.rstrip("/") + _PATH)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return provider
