"""Traces by OpenTelemetry, for those who set OTEL_EXPORTER_OTLP_ENDPOINT: an optional extra.

Requests and attempts become spans; no span holds a number, a text or a secret. Everything else is
set as OpenTelemetry documents it, by variables of its own (OTEL_TRACES_SAMPLER, headers, ...).
Log lines that are written within a span carry its ids.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from app import log_context
from app.logs import mask
from app.version import VERSION

NEEDS = "needs the packages of requirements-observe.txt: pip install -r requirements-observe.txt"

Facts = Mapping[str, str | int | None]


class Note:
    """What is learnt while a span lasts; of no span, nothing."""

    def __init__(self, span: Any = None) -> None:
        self._span = span

    def __call__(self, **facts: str | int | None) -> None:
        for name, value in facts.items() if self._span is not None else ():
            if value is not None:
                told = mask(value) if isinstance(value, str) else value
                self._span.set_attribute(name.replace("__", "."), told)

    def failed(self, error: type[BaseException]) -> None:
        """It ended by an error; its words may name people, so only its kind is told."""
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 (optional)

        self._span.set_status(Status(StatusCode.ERROR, error.__name__))


class Tracing:
    """Spans, sent to a collector from a thread of its own; without an endpoint there are none."""

    def __init__(self, endpoint: str | None = None, exporter: Any = None) -> None:
        """`exporter` takes the place of the endpoint. Raises ImportError when nothing can be."""
        self._tracer: Any = None
        self._provider: Any = None
        if endpoint is not None or exporter is not None:
            self._start(exporter or _exporter(str(endpoint)))

    def _start(self, exporter: Any) -> None:
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 (optional)
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 (the same)
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 (the same)

        told = {"service.name": "carillon", "service.version": VERSION}
        self._provider = TracerProvider(resource=Resource.create(told))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("carillon", VERSION)

    @property
    def is_on(self) -> bool:
        return self._tracer is not None

    @contextmanager
    def span(self, name: str, kind: str, caller: Facts | None = None) -> Iterator[Note]:
        """A span of a kind (server, client); `caller`: headers that may name the one around it."""
        if not self.is_on:
            yield Note()
            return
        from opentelemetry.propagate import extract  # noqa: PLC0415 (optional)
        from opentelemetry.trace import SpanKind  # noqa: PLC0415 (the same)

        with self._tracer.start_as_current_span(
            name,
            context=extract(caller) if caller is not None else None,
            kind=SpanKind[kind.upper()],
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            note = Note(span)
            with log_context.telling(**_ids(span)):
                try:
                    yield note
                except BaseException as error:
                    note.failed(type(error))
                    raise

    def close(self) -> None:
        """Send what is left."""
        if self._provider is not None:
            self._provider.shutdown()


def _ids(span: Any) -> dict[str, str]:
    """What log lines are found by, as OpenTelemetry writes it: 32 and 16 hexadecimal digits."""
    context = span.get_span_context()
    return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}


def _exporter(endpoint: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 (optional)
        OTLPSpanExporter,
    )

    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
