"""Frames' ways as OpenTelemetry spans, sent by OTLP over HTTP: a trace a frame, a service a process. Extra `otel`."""

import contextlib
import logging
from collections.abc import Iterable, Iterator, Mapping

from dashboards.trace.ways import Answer, Stage, Way
from runtime.errors import FramewireError, UsageError

try:
    from opentelemetry import trace
    from opentelemetry.context import Context
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExportResult
except ImportError as error:
    raise UsageError("--otlp needs OpenTelemetry: pip install 'framewire[otel]'") from error

#: Within which the receiver must have answered, retries included, seconds.
_LIMIT_S = 5

#: Spans of one request; collectors take 4 MB by default, a span is about 200 bytes.
_TOGETHER = 2048


def send(url: str, session: str, ways: Iterable[Way]) -> int:
    """Send ways to an OTLP/HTTP receiver, such as http://127.0.0.1:4318; return how many spans they became.

    Raises:
        UsageError: The address is none.
        FramewireError: The receiver is not there, or does not take them.
    """
    if not url.startswith(("http://", "https://")):
        raise UsageError(f"--otlp {url!r} is no address: they begin with http:// or https://")
    endpoint = url if url.endswith("/v1/traces") else f"{url.rstrip('/')}/v1/traces"
    spans = spans_of(session, ways)
    exporter = OTLPSpanExporter(endpoint=endpoint, timeout=_LIMIT_S)
    with _listening() as said:
        for first in range(0, len(spans), _TOGETHER):
            if exporter.export(spans[first : first + _TOGETHER]) is not SpanExportResult.SUCCESS:
                raise FramewireError(f"{endpoint} did not take the spans: {said[0] if said else 'no reason given'}")
    exporter.shutdown()  # type: ignore[no-untyped-call]  # the library's
    return len(spans)


@contextlib.contextmanager
def _listening() -> Iterator[list[str]]:
    """Collect what the exporter logs, which is all it says of why it failed; it is not printed."""
    said: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]  # a class for a line
    log = logging.getLogger("opentelemetry.exporter.otlp.proto.http")
    log.addHandler(handler)
    before, log.propagate = log.propagate, False
    try:
        yield said
    finally:
        log.propagate = before
        log.removeHandler(handler)


def spans_of(session: str, ways: Iterable[Way]) -> list[ReadableSpan]:
    """Return each frame's spans: the frame, in it the bridge's stages and the answers, in those their stages."""
    maker = _Maker(session)
    for way in ways:
        facts = {"framewire.frame": way.frame_index, "framewire.late_us": way.late_us}
        whole = Stage(f"frame {way.frame_index}", -way.late_us, way.late_us + way.ends_us)
        context = maker.span("bridge", way, whole, None, facts)
        for stage in way.stages:
            maker.span("bridge", way, stage, context, {})
        for answer in way.answers:
            begins_us = answer.stages[0].begins_us
            its = Stage(f"answer of {answer.actor}", begins_us, answer.arrived_us - begins_us)
            within = maker.span(answer.actor, way, its, context, _facts(answer))
            for stage in answer.stages:
                service, parent = ("bridge", context) if stage.name == "apply" else (answer.actor, within)
                maker.span(service, way, stage, parent, {"framewire.actor": answer.actor})
    return maker.ended


class _Maker(SpanProcessor):
    """Makes spans that are over already; `ended` has them all."""

    def __init__(self, session: str) -> None:
        self.ended: list[ReadableSpan] = []
        self._session = session
        self._tracers: dict[str, trace.Tracer] = {}

    def on_end(self, span: ReadableSpan) -> None:
        """See SpanProcessor."""
        self.ended.append(span)

    def span(
        self, process: str, way: Way, stage: Stage, parent: Context | None, facts: Mapping[str, str | int]
    ) -> Context:
        """Make a span of a process; return what is within it."""
        begin_ns, end_ns = (way.began_unix_ns + time_us * 1000 for time_us in (stage.begins_us, stage.ends_us))
        attributes = {"framewire.session": self._session, **facts}
        # An empty context: whoever calls us may have a span of their own open.
        context = Context() if parent is None else parent
        made = self._tracer(process).start_span(stage.name, context, attributes=attributes, start_time=begin_ns)
        made.end(end_time=end_ns)
        return trace.set_span_in_context(made, Context())

    def _tracer(self, process: str) -> trace.Tracer:
        tracer = self._tracers.get(process)
        if tracer is None:
            resource = Resource.create({"service.name": f"framewire {process}"})
            provider = TracerProvider(resource=resource, shutdown_on_exit=False)
            provider.add_span_processor(self)
            tracer = self._tracers[process] = provider.get_tracer("framewire")
        return tracer


def _facts(answer: Answer) -> dict[str, str | int]:
    facts: dict[str, str | int] = {"framewire.actor": answer.actor, "framewire.clock": answer.clock}
    if answer.pressed is not None:
        facts |= {"framewire.buttons": "+".join(answer.pressed), "framewire.held_from_frame": answer.pressed_on}
    if answer.plan_id:
        facts["framewire.plan"] = answer.plan_id
    return facts
