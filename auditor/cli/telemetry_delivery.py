"""Sends traces and metrics over OTLP, in threads of their own, and lets nobody wait for long.

The SDK speaks of its troubles in logs, with tracebacks, again and again. Here they are kept, and told once.
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Final

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from auditor import __version__
from auditor.cli import logs
from auditor.settings.key import mask_api_keys

FLUSH_SECONDS: Final = 3.0
"""How much later a run may end for what is still to be sent."""

QUEUE: Final = 20_000
"""Spans that wait for a collector, some 30 MB. The SDK's 2,048 are fewer than a fleet settles in a moment."""

MAX_REASON: Final = 300

MIN_SECRET: Final = 4
"""Shorter ones open nothing, and would take every digit out of a message."""

SCOPE: Final = "auditor"

_FOREIGN_LOGGERS: Final = ("opentelemetry", "urllib3", "requests")
_TRANSIENT: Final = re.compile(r"Transient error (.+) encountered while exporting", re.DOTALL)
_URL: Final = re.compile(r" with url: \S+")


class Tracing:
    """Sends spans as the run goes on, some hundred at a time."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._provider = TracerProvider(resource=_resource(), shutdown_on_exit=False)
        size = None if environment.get("OTEL_BSP_MAX_QUEUE_SIZE") else QUEUE
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(), max_queue_size=size))
        self.tracer = self._provider.get_tracer(SCOPE, __version__)

    def flush(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


class Metering:
    """Sends metrics once, when told to."""

    def __init__(self) -> None:
        reader = PeriodicExportingMetricReader(OTLPMetricExporter(), export_interval_millis=math.inf)
        self._provider = MeterProvider([reader], resource=_resource(), shutdown_on_exit=False)
        self.meter = self._provider.get_meter(SCOPE, __version__)

    def flush(self) -> None:
        """Send them."""
        self._provider.force_flush()


def _resource() -> Resource:
    """What the environment says of this service, and our name where it says none."""
    told = Resource.create()
    own = Resource({SERVICE_VERSION: __version__, SERVICE_NAME: SCOPE})
    merged = own.merge(told)
    if str(told.attributes[SERVICE_NAME]).startswith("unknown_service"):
        return merged.merge(Resource({SERVICE_NAME: SCOPE}))
    return merged


class Delivery:
    """Keeps what went wrong, to be told in one warning.

    From its making on, the SDK and the HTTP client under it log here, also after the end: their threads
    may outlive it.
    """

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._secrets = _secrets(environment)
        self._troubles = _Troubles()
        for name in _FOREIGN_LOGGERS:
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [self._troubles], False
            logger.setLevel(logging.WARNING)

    @contextmanager
    def contained(self) -> Iterator[None]:
        """Nothing that fails inside of the block reaches the audit."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the audit is worth more than what is told of it
            self._troubles.note(f"{type(error).__name__} while telemetry was gathered")

    def deliver(self, flushes: Sequence[Callable[[], object]]) -> None:
        """Send what is left for at most `FLUSH_SECONDS`, and warn where it did not get there."""
        is_sent = False
        with suppress(KeyboardInterrupt):  # the report is written: only this is given up
            is_sent = self._are_done(flushes)
        reason = self._troubles.final
        if not is_sent and reason is None:
            cause = self._troubles.transient or "no answer"
            reason = f"not all was sent within {FLUSH_SECONDS:g} s: {cause}"
        if reason is not None:
            logs.notice("telemetry_incomplete", level=logging.WARNING, reason=self._told(reason))

    def _are_done(self, flushes: Sequence[Callable[[], object]]) -> bool:
        """Side by side, in threads that the end of the process does not wait for."""
        workers = [Thread(target=self._flush, args=(flush,), daemon=True) for flush in flushes]
        waiter = Thread(target=_join, args=(workers,), daemon=True)
        for thread in (*workers, waiter):
            thread.start()
        waiter.join(FLUSH_SECONDS)
        return not waiter.is_alive()

    def _flush(self, flush: Callable[[], object]) -> None:
        with self.contained():
            flush()

    def _told(self, reason: str) -> str:
        """*reason* without what may open the collector to others."""
        text = _URL.sub("", reason)
        for secret in self._secrets:
            text = text.replace(secret, "****")
        return mask_api_keys(text)[:MAX_REASON]


def _join(workers: Sequence[Thread]) -> None:
    for worker in workers:
        worker.join()


class _Troubles(logging.Handler):
    """Keeps the first trouble that was final, and the last that was not."""

    def __init__(self) -> None:
        super().__init__()
        self.final: str | None = None
        self.transient: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        transient = _TRANSIENT.match(message)
        if transient is not None:
            self.transient = transient[1]
        elif record.name.startswith("opentelemetry"):
            self.note(message)
        else:
            self.transient = message

    def note(self, message: str) -> None:
        """*message* tells of something that will not be sent, or is not understood."""
        if self.final is None:
            self.final = f"{message} ({self.transient})" if self.transient else message


def _secrets(environment: Mapping[str, str]) -> list[str]:
    """Parts of OTLP headers and endpoints that a message must not repeat, the longest first."""
    found: set[str] = set()
    for name, value in environment.items():
        if name.startswith("OTEL_EXPORTER_OTLP_") and name.endswith(("HEADERS", "ENDPOINT")):
            parts = value.split(",") if name.endswith("HEADERS") else []
            found |= {value, *parts, *(part.partition("=")[2] for part in parts)}
    return sorted((one.strip() for one in found if len(one.strip()) >= MIN_SECRET), key=len, reverse=True)
