"""The trace of a run: one span for the run, and below it one per tenant's discovery and per organization.

Organizations are told by their ids, never by their names, which belong to customers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode, Tracer, set_span_in_context
from opentelemetry.util.types import AttributeValue

from auditor import __version__
from auditor.cli.exit_codes import ExitCode
from auditor.cli.known_keys import masked_text
from auditor.domain.organization import LicensingModel
from auditor.domain.outcome import Failure, Skip
from auditor.domain.result import OrganizationResult
from auditor.engine.clock import utc_now
from auditor.engine.events import (
    AuditPlanned,
    DiscoveryFailed,
    Event,
    OrganizationBegun,
    OrganizationDone,
    OrganizationsLeft,
    OrganizationsListed,
    RequestRetried,
)

NOT_FINISHED: Final = "notFinished"
"""The `error.type` of what a defect of this program cut off."""


class RunTrace:
    """Spans of the run, begun now. *tenants* are those whose organizations are listed."""

    def __init__(self, tracer: Tracer, *, tenants: Sequence[str], plan: str) -> None:
        self._tracer = tracer
        self._root = tracer.start_span(
            "auditor.run", attributes={"auditor.version": __version__, "auditor.plan": plan}
        )
        self._below: Context = set_span_in_context(self._root)
        self._discoveries = {tenant: self._start("auditor.discovery", tenant=tenant) for tenant in tenants}
        self._listed_at: dict[str, int] = {}
        self._open: dict[str, Span] = {}
        self._is_planned = False

    def listen(self, event: Event) -> None:
        """Note *event* where it belongs."""
        match event:
            case OrganizationsListed():
                self._note_listing(event.tenant, event.count)
            case DiscoveryFailed():
                self._listed_at[event.discovery_failure.tenant] = _now()
            case AuditPlanned():
                self._is_planned = True
            case OrganizationBegun():
                self._begin(event)
            case RequestRetried():
                self._note_retry(event)
            case OrganizationDone():
                self._end(event.result)
            case OrganizationsLeft():
                self._root.add_event("auditor.organizations_left", {"auditor.count": event.count})
            case _:
                pass

    def conclude(self, report: Mapping[str, Any], code: int) -> None:
        """Write on the span of the run what *report* tells of it."""
        run, completeness = report["run"], report["completeness"]
        for error in report["errors"]:
            if error["organizationId"] is None and error["tenant"] in self._discoveries:
                _fail(self._discoveries[error["tenant"]], error["class"], error["httpStatus"])
        _describe(
            self._root,
            {
                "auditor.run.id": run["id"],
                "auditor.run.resumed": run["resumed"],
                "auditor.run.interrupted": run["interrupted"] is not None,
                "auditor.run.interruption": run["interrupted"],
                "auditor.complete": completeness["complete"],
                "process.exit.code": int(code),
                **{f"auditor.organizations.{name}": n for name, n in completeness["organizations"].items()},
            },
        )
        if code != ExitCode.COMPLETE:
            _fail(self._root, _name_of(code))

    def close(self, error: type[BaseException] | None) -> None:
        """End every span. *error* is what cut the run off, if anything did."""
        for span in self._open.values():
            _fail(span, NOT_FINISHED)
            span.end()
        for tenant, span in self._discoveries.items():
            span.end(self._listed_at.get(tenant))
        if error is not None:
            _fail(self._root, error.__name__)
        self._root.end()

    def _start(self, name: str, *, tenant: str) -> Span:
        return self._tracer.start_span(name, self._below, attributes={"auditor.tenant": tenant})

    def _note_listing(self, tenant: str, count: int) -> None:
        self._listed_at[tenant] = _now()
        if tenant in self._discoveries:
            self._discoveries[tenant].set_attribute("auditor.organizations.listed", count)

    def _begin(self, event: OrganizationBegun) -> None:
        span = self._open.get(event.organization_id)
        if span is not None:  # one key was refused, and the next one reads it
            span.add_event("auditor.next_key", {"auditor.tenant": event.tenant})
            return
        self._open[event.organization_id] = self._start("auditor.organization", tenant=event.tenant)

    def _note_retry(self, event: RequestRetried) -> None:
        attributes: dict[str, AttributeValue | None] = {
            "error.type": event.failure_class.value,
            "http.response.status_code": event.http_status,
            "auditor.attempt": event.attempt,
            "auditor.wait_seconds": round(event.wait_seconds, 3),
        }
        self._place_of(event.organization_id).add_event("auditor.retry", _known(attributes))

    def _place_of(self, organization_id: str | None) -> Span:
        """The span of the organization; of a request that names none, that of the discovery or of the run."""
        if organization_id is not None:
            return self._open.get(organization_id, self._root)
        is_listing = len(self._discoveries) == 1 and not self._is_planned
        return next(iter(self._discoveries.values())) if is_listing else self._root

    def _end(self, result: OrganizationResult) -> None:
        """End the span of an organization. One that took no request gets one that takes no time."""
        span = self._open.pop(result.organization.id, None)
        if span is None:
            span = self._start("auditor.organization", tenant=result.tenant)
        ending = result.ending
        _describe(
            span,
            {
                "auditor.organization.id": result.organization.id,
                "auditor.tenant": result.tenant,
                "auditor.licensing_model": model_of(result.organization.licensing_model),
                "auditor.status": result.status.value,
                "auditor.pages": result.pages,
                "auditor.plan": result.plan.value if result.is_counted else None,
                "auditor.skip_reason": ending.reason.value if isinstance(ending, Skip) else None,
            },
        )
        if isinstance(ending, Failure):
            _fail(span, ending.failure_class.value, ending.http_status)
        span.end()


def model_of(stated: str | None) -> str:
    """The licensing model that an organization has *stated*: a known one, `unknown`, or `other`."""
    if stated is None:
        return "unknown"
    return stated if stated in set(LicensingModel) else "other"


def _fail(span: Span, error_type: str, http_status: int | None = None) -> None:
    _describe(span, {"error.type": error_type, "http.response.status_code": http_status})
    span.set_status(Status(StatusCode.ERROR, error_type))


def _name_of(code: int) -> str:
    return ExitCode(code).name.lower() if code in set(ExitCode) else str(code)


def _describe(span: Span, attributes: Mapping[str, AttributeValue | None]) -> None:
    span.set_attributes(_known(attributes))


def _known(attributes: Mapping[str, AttributeValue | None]) -> dict[str, AttributeValue]:
    """What there is of *attributes*, without a key: ids are of the server's choosing."""
    return {
        name: masked_text(value) if isinstance(value, str) else value
        for name, value in attributes.items()
        if value is not None
    }


def _now() -> int:
    """In nanoseconds, as spans have it."""
    return round(utc_now().timestamp() * 1e9)
