"""Watches a run for OpenTelemetry: a trace of it, and metrics at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self

from auditor.cli.telemetry_delivery import Delivery, Metering, Tracing
from auditor.cli.telemetry_metrics import RunMetrics
from auditor.cli.telemetry_spans import RunTrace
from auditor.engine.events import Event, Listener
from auditor.settings.model import Settings


def begin(settings: Settings, environment: Mapping[str, str], signals: tuple[str, ...]) -> RunObserver:
    """Set up what sends *signals*, and begin the trace."""
    delivery = Delivery(environment)
    tracing = Tracing(environment) if "TRACES" in signals else None
    metering = Metering() if "METRICS" in signals else None
    tenants = [tenant.name for tenant in settings.tenants]
    trace = RunTrace(tracing.tracer, tenants=tenants, plan=settings.audit.plan.value) if tracing else None
    metrics = RunMetrics(metering.meter) if metering else None
    return RunObserver(delivery, [one.flush for one in (tracing, metering) if one], trace, metrics)


class RunObserver:
    """See `telemetry.Observer`. To be left like a file: what was gathered is sent then."""

    def __init__(
        self,
        delivery: Delivery,
        flushes: list[Callable[[], object]],
        trace: RunTrace | None,
        metrics: RunMetrics | None,
    ) -> None:
        self._delivery = delivery
        self._flushes = flushes
        self._trace = trace
        self._metrics = metrics

    @property
    def listener(self) -> Listener | None:
        """Hears of everything, and never raises."""
        return self._listen

    def conclude(self, report: Mapping[str, Any], code: int) -> None:
        """Take in the totals of *report*."""
        with self._delivery.contained():
            if self._trace is not None:
                self._trace.conclude(report, code)
            if self._metrics is not None:
                self._metrics.conclude(report)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._delivery.contained():
            if self._trace is not None:
                self._trace.close(kind)
        self._delivery.deliver(self._flushes)

    def _listen(self, event: Event) -> None:
        with self._delivery.contained():
            if self._trace is not None:
                self._trace.listen(event)
            if self._metrics is not None:
                self._metrics.listen(event)
