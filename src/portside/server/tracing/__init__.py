"""Traces of requests, transactions, stored bytes and tasks, sent by OpenTelemetry's protocol.

Nothing here is loaded, and nothing is wrapped, unless the setting ``otlp_endpoint`` says where to.
"""
