"""The metrics of a run, taken once at its end: what it cost, how complete it is, and the headline figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from opentelemetry.metrics import Meter

from auditor.cli.telemetry_spans import model_of
from auditor.domain.license import LicenseState
from auditor.domain.outcome import FailureClass, Status
from auditor.domain.question import PlanKind
from auditor.domain.result import OrganizationResult
from auditor.engine.events import Event, OrganizationDone, OrganizationsLeft

COUNTERS: Final = {
    "requests": ("auditor.requests", "{request}", "Requests sent."),
    "rateLimited": ("auditor.rate_limited", "{request}", "Requests that were answered with 429."),
    "pages": ("auditor.pages", "{page}", "Pages read."),
    "bytes": ("auditor.bytes", "By", "Bodies of answers, decompressed."),
}
"""By their key in the report's `traffic`: name, unit and description."""


@dataclass(slots=True)
class _Headlines:
    """Sums over a tenant's organizations under per-device licensing."""

    expiring: int = 0
    at_risk: int = 0
    unused: int = 0
    is_whole: bool = True

    def figures(self) -> Mapping[str, int]:
        """By the name of the metric; nothing at risk where that was not asked of each organization."""
        known = {"auditor.licenses.expiring": self.expiring, "auditor.licenses.unused": self.unused}
        return known | ({"auditor.licenses.at_risk": self.at_risk} if self.is_whole else {})


class RunMetrics:
    """Gathers what only the events tell; the rest is in the report.

    The counters begin now, at zero, so that whoever reads them knows since when they count.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._counters = {
            key: meter.create_counter(name, unit, description)
            for key, (name, unit, description) in COUNTERS.items()
        }
        self._retries = meter.create_counter("auditor.retries", "{retry}", "Failed requests sent again.")
        for counter in self._counters.values():
            counter.add(0)
        for one in FailureClass:
            self._retries.add(0, {"error.type": one.value})
        self._organizations: Counter[tuple[str, str]] = Counter()
        self._by_tenant: dict[str, _Headlines] = {}

    def listen(self, event: Event) -> None:
        """Count the organizations that are done."""
        if isinstance(event, OrganizationDone):
            result = event.result
            self._organizations[result.status.value, model_of(result.organization.licensing_model)] += 1
            self._add(result)
        elif isinstance(event, OrganizationsLeft):
            for model, count in event.by_licensing_model.items():
                self._organizations[Status.FAILED.value, model_of(model)] += count

    def conclude(self, report: Mapping[str, Any]) -> None:
        """Take the rest from *report*."""
        traffic = report["traffic"]
        for key, counter in self._counters.items():
            counter.add(traffic[key])
        for failure_class, count in traffic["retriesByClass"].items():
            self._retries.add(count, {"error.type": failure_class})
        self._set("auditor.duration", report["run"]["durationSeconds"], "s", "How long the run took.")
        complete = int(report["completeness"]["complete"])
        self._set("auditor.complete", complete, "1", "1 if all that was selected was read.")
        self._tell_organizations()
        self._tell_headlines()

    def _add(self, result: OrganizationResult) -> None:
        if result.tally is None:
            return
        sums, by_state = self._by_tenant.setdefault(result.tenant, _Headlines()), result.tally.by_state
        sums.expiring += by_state[LicenseState.EXPIRING]
        sums.unused += by_state[LicenseState.UNUSED] + by_state[LicenseState.UNUSED_ACTIVE]
        is_told = result.coverage is not None or result.status is Status.PARTIAL
        sums.is_whole &= result.known_plan is PlanKind.FULL and is_told
        if result.coverage is not None:
            sums.at_risk += sum(result.coverage.at_risk_by_type.values())

    def _tell_organizations(self) -> None:
        gauge = self._meter.create_gauge(
            "auditor.organizations", "{organization}", "Organizations selected, by how their audit ended."
        )
        for (status, model), count in sorted(self._organizations.items()):
            gauge.set(count, {"auditor.status": status, "auditor.licensing_model": model})

    def _tell_headlines(self) -> None:
        for tenant, sums in sorted(self._by_tenant.items()):
            for name, value in sums.figures().items():
                gauge = self._meter.create_gauge(name, "{license}", "As in the report's totals.")
                gauge.set(value, {"auditor.tenant": tenant})

    def _set(self, name: str, value: float, unit: str, description: str) -> None:
        self._meter.create_gauge(name, unit, description).set(value)
