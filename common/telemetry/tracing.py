"""Traces of requests, tasks and calls between services by OpenTelemetry, where OTEL_EXPORTER_OTLP_ENDPOINT asks for them.

Without it nothing of OpenTelemetry is imported, and nothing is done. A span says what ran and how it ended: method, route,
status, the names of tasks and services; never a path, a query, a header, an argument or an exception's words, any of which
may hold a secret. The SDK reads the standard OTEL_* variables itself.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

from common import env
from common.fleet import host_name
from common.security.internal import has_gateway_token, has_internal_token, is_open
from common.telemetry.logs import request_id, trace_id

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

Kind = Literal["server", "client", "producer", "consumer"]
CARRIER = "traceparent"
"""The one header of W3C Trace Context that travels; what a client wrote into `tracestate` or `baggage` goes no further."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_FLUSH_SECONDS = 2.0


def _is_wanted() -> bool:
    """Whether there is somewhere to send traces to. Raises `ImproperlyConfigured` where they could not be sent."""
    asked = env.string("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "") or env.string("OTEL_EXPORTER_OTLP_ENDPOINT", "")
    off = env.string("OTEL_SDK_DISABLED", "").lower() == "true" or env.string("OTEL_TRACES_EXPORTER", "") == "none"
    if not asked or off:
        return False
    protocol = env.string("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "") or env.string("OTEL_EXPORTER_OTLP_PROTOCOL", "")
    if protocol not in {"", "http/protobuf"}:
        raise ImproperlyConfigured(f"OTEL_EXPORTER_OTLP_PROTOCOL must be http/protobuf, not {protocol!r}.")
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter.otlp.proto.http") is None:
        raise ImproperlyConfigured(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, and traces need more packages: pip install 'pongpong[tracing]'."
        )
    return True


ON: bool = _is_wanted()


@cache
def _provider() -> "TracerProvider":
    """Made at the first span, and so in the process that serves, never in the one that it is forked of."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    named = {} if env.string("OTEL_SERVICE_NAME", "") else {"service.name": host_name(settings.SERVICE)}
    # Resource.create lets these win over OTEL_RESOURCE_ATTRIBUTES.
    resource = Resource.create({"service.namespace": "pongpong", **named})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _tracer() -> "Tracer":
    return _provider().get_tracer("pongpong")


@contextmanager
def span(
    name: str, kind: Kind, *, parent: str | None = None, attributes: Mapping[str, str | int] | None = None
) -> "Iterator[Span]":
    """A span around the block, below `parent` (a `traceparent`), at the root of a new trace where that is empty, and below
    the current span where it is None. For use where `ON`.
    """
    from opentelemetry.context import Context  # noqa: PLC0415
    from opentelemetry.trace import SpanKind, StatusCode, format_trace_id  # noqa: PLC0415
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    above = None
    if parent is not None:
        above = TraceContextTextMapPropagator().extract({CARRIER: parent}, Context())
    with _tracer().start_as_current_span(
        name, above, SpanKind[kind.upper()], attributes, record_exception=False, set_status_on_exception=False
    ) as current:
        token = trace_id.set(format_trace_id(current.get_span_context().trace_id))
        try:
            yield current
        except Exception as error:
            current.set_status(StatusCode.ERROR)
            current.set_attribute("error.type", type(error).__name__)
            raise
        finally:
            trace_id.reset(token)


def carrier() -> dict[str, str]:
    """What the next one needs to go on with the current trace; nothing where there is none."""
    if not ON:
        return {}
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator  # noqa: PLC0415

    found: dict[str, str] = {}
    TraceContextTextMapPropagator().inject(found)
    return {CARRIER: found[CARRIER]} if CARRIER in found else {}


def flush() -> None:
    """Before a process ends: what is left is sent, for which nobody waits long."""
    if ON and _provider.cache_info().currsize:
        sending = threading.Thread(target=_provider().shutdown, name="traces", daemon=True)
        sending.start()
        sending.join(_FLUSH_SECONDS)


class TracingMiddleware:
    """A span a request. `common.settings` puts it in where `ON`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Goes on with the trace of another service, or of a gateway that makes traces; a client's own begins anew here."""
        if is_open(request.path_info):
            return self.get_response(request)
        method = request.method if request.method in _METHODS else "_OTHER"
        parent = request.headers.get(CARRIER, "")
        if parent and not (has_internal_token(request) or (settings.GATEWAY_TRACES and has_gateway_token(request))):
            parent = ""
        facts = {"http.request.method": str(method), "pongpong.request_id": request_id.get()}
        with span(str(method), "server", parent=parent, attributes=facts) as current:
            response = self.get_response(request)
            _describe(current, str(method), request, response.status_code)
        return response


def _describe(current: "Span", method: str, request: HttpRequest, status: int) -> None:
    from opentelemetry.trace import StatusCode  # noqa: PLC0415

    current.set_attribute("http.response.status_code", status)
    if request.resolver_match is not None:
        current.update_name(f"{method} /{request.resolver_match.route}")
        current.set_attribute("http.route", f"/{request.resolver_match.route}")
    if status >= 500:
        current.set_status(StatusCode.ERROR)
