from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from auditor.cli import known_keys
from auditor.cli.telemetry_spans import RunTrace, model_of
from auditor.domain.outcome import FailureClass
from auditor.domain.result import DiscoveryFailure
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
from auditor.settings.key import ApiKey
from tests.report.evidences import NOT_ENABLED, SERVER, a_report, a_result

RETRIED = RequestRetried(None, FailureClass.TIMEOUT, None, 1, 0.25)


class Told:
    """A trace of *tenants*, and what becomes of it."""

    def __init__(self, *tenants: str) -> None:
        self._exporter = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.trace = RunTrace(provider.get_tracer("test"), tenants=tenants, plan="full")

    def hear(self, *events: Event) -> None:
        """Tell it what happens."""
        for event in events:
            self.trace.listen(event)

    def named(self, name: str) -> list[ReadableSpan]:
        """What was ended so far, of that name."""
        return [span for span in self._exporter.get_finished_spans() if span.name == f"auditor.{name}"]

    def only(self, name: str) -> ReadableSpan:
        """The one that was ended so far."""
        (span,) = self.named(name)
        return span


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def events(span: ReadableSpan) -> list[tuple[str, dict[str, Any]]]:
    return [(one.name, dict(one.attributes or {})) for one in span.events]


class TestOrganizations:
    def test_its_id_holds_no_known_key(self) -> None:
        """Ids are of the server's choosing."""
        key = "open-sesame-in-a-span"
        told = Told()
        known_keys.learn([ApiKey(key, "the test")])
        told.hear(OrganizationDone(a_result(key.upper())))
        known_keys.forget()

        assert attributes(told.only("organization"))["auditor.organization.id"] == "****"

    def test_a_failed_one_is_an_error_of_its_class(self) -> None:
        """With the status of the answer, and not its words: these may hold names."""
        told = Told()
        told.hear(OrganizationBegun("501", "acme"), OrganizationDone(a_result(pages=[], ending=SERVER)))

        span = told.only("organization")
        assert attributes(span) == {
            "auditor.organization.id": "501",
            "auditor.tenant": "acme",
            "auditor.licensing_model": "per-device",
            "auditor.status": "failed",
            "auditor.pages": 0,
            "error.type": "server",
            "http.response.status_code": 503,
        }
        assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, "server")

    def test_one_that_was_read_is_none(self) -> None:
        """Nor is it called good: that is for whoever looks."""
        told = Told()
        told.hear(OrganizationBegun("501", "acme"), OrganizationDone(a_result()))

        span = told.only("organization")
        assert attributes(span)["auditor.plan"] == "full"
        assert span.status.status_code is StatusCode.UNSET

    def test_one_that_is_left_out_without_a_request_has_a_span_too(self) -> None:
        """Which says why, and is no error."""
        told = Told()
        told.hear(OrganizationDone(a_result(pages=[], ending=NOT_ENABLED)))

        span = told.only("organization")
        assert attributes(span)["auditor.skip_reason"] == "apiDisabled"
        assert span.status.status_code is StatusCode.UNSET

    def test_those_that_a_stopped_run_left_are_one_event_of_the_run(self) -> None:
        """Hundreds of thousands of spans of no length say no more, and take a minute to send."""
        told = Told()
        told.hear(OrganizationsLeft({"co-term": 300_000}, SERVER))
        told.trace.close(None)

        assert ("auditor.organizations_left", {"auditor.count": 300_000}) in events(told.only("run"))

    def test_one_that_a_second_key_reads_has_one_span(self) -> None:
        """It belongs to the tenant whose key could."""
        told = Told()
        told.hear(OrganizationBegun("501", "acme"), OrganizationBegun("501", "north"))
        told.hear(OrganizationDone(a_result(tenant="north")))

        span = told.only("organization")
        assert events(span) == [("auditor.next_key", {"auditor.tenant": "north"})]
        assert attributes(span)["auditor.tenant"] == "north"

    def test_one_that_a_defect_cuts_off_is_an_error(self) -> None:
        """No span is lost."""
        told = Told("acme")
        told.hear(OrganizationBegun("501", "acme"))
        told.trace.close(ZeroDivisionError)

        span, root = told.only("organization"), told.only("run")
        assert attributes(span) == {"auditor.tenant": "acme", "error.type": "notFinished"}
        assert attributes(root)["error.type"] == "ZeroDivisionError"
        assert root.status.status_code is StatusCode.ERROR
        assert len(told.named("discovery")) == 1

    @pytest.mark.parametrize(
        ("stated", "told"), [("co-term", "co-term"), (None, "unknown"), ("per-moon", "other")]
    )
    def test_only_known_licensing_models_are_told_by_name(self, stated: str | None, told: str) -> None:
        """What a server makes up is no series of its own."""
        assert model_of(stated) == told


class TestRetries:
    def test_one_of_an_organization_is_an_event_of_its_span(self) -> None:
        """With class, status, attempt and the seconds waited."""
        told = Told()
        told.hear(
            OrganizationBegun("501", "acme"),
            RequestRetried("501", FailureClass.RATE_LIMITED, 429, 2, 1.23456),
            OrganizationDone(a_result()),
        )

        assert events(told.only("organization")) == [
            (
                "auditor.retry",
                {
                    "error.type": "rateLimited",
                    "http.response.status_code": 429,
                    "auditor.attempt": 2,
                    "auditor.wait_seconds": 1.235,
                },
            )
        ]

    @pytest.mark.parametrize(
        ("tenants", "before", "place"),
        [
            (["acme"], [], "discovery"),
            (["acme"], [AuditPlanned(1, 1)], "run"),
            (["acme", "north"], [], "run"),
        ],
    )
    def test_one_that_names_no_organization_is_of_the_discovery_or_of_the_run(
        self, tenants: list[str], before: list[Event], place: str
    ) -> None:
        """Of the discovery while there is no other whose it could be."""
        told = Told(*tenants)
        told.hear(*before, RETRIED)
        told.trace.close(None)

        places = {span.name for name in ("run", "discovery") for span in told.named(name) if span.events}
        assert places == {f"auditor.{place}"}


class TestDiscoveries:
    def test_one_ends_when_its_last_page_was_read(self) -> None:
        """Not when the run does."""
        told = Told("acme")
        told.hear(OrganizationsListed("acme", 1000), OrganizationsListed("acme", 1500))
        told.hear(AuditPlanned(0, 0))
        told.trace.conclude(a_report(), 0)
        told.trace.close(None)

        span, root = told.only("discovery"), told.only("run")
        assert attributes(span)["auditor.organizations.listed"] == 1500
        assert span.start_time is not None
        assert span.end_time is not None
        assert root.end_time is not None
        assert span.start_time < span.end_time < root.end_time
        assert root.status.status_code is StatusCode.UNSET

    def test_one_that_failed_is_an_error(self) -> None:
        """As the report has it."""
        told = Told("acme")
        failed = DiscoveryFailure("acme", SERVER)
        told.hear(DiscoveryFailed(failed))
        told.trace.conclude(a_report(discovery_failures=[failed]), 4)
        told.trace.close(None)

        assert attributes(told.only("discovery")) == {
            "auditor.tenant": "acme",
            "error.type": "server",
            "http.response.status_code": 503,
        }
        assert attributes(told.only("run"))["error.type"] == "nothing_audited"
