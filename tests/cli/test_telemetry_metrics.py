from __future__ import annotations

from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from auditor.cli.telemetry_metrics import RunMetrics
from auditor.domain.result import OrganizationResult
from auditor.engine.events import AuditPlanned, OrganizationDone, OrganizationsLeft
from tests.domain.builders import a_license
from tests.report.evidences import SERVER, a_co_term_result, a_report, a_result, an_abridged_result

FLEET = [a_license(id="1", state="expiring"), a_license(id="2", state="unused"), a_license(id="3")]

Points = dict[tuple[str, ...], float]


def measured(*results: OrganizationResult, left: OrganizationsLeft | None = None) -> dict[str, Points]:
    """The metrics of a run of *results*: values by those of the attributes, by metric."""
    reader = InMemoryMetricReader()
    metrics = RunMetrics(MeterProvider([reader], shutdown_on_exit=False).get_meter("test"))
    metrics.listen(AuditPlanned(len(results), len(results)))
    for result in results:
        metrics.listen(OrganizationDone(result))
    if left is not None:
        metrics.listen(left)
    metrics.conclude(a_report(*results))
    data: Any = reader.get_metrics_data()
    (scope,) = data.resource_metrics[0].scope_metrics
    return {
        metric.name: {tuple(map(str, one.attributes.values())): one.value for one in metric.data.data_points}
        for metric in scope.metrics
    }


def test_headline_figures_add_up_by_tenant() -> None:
    """Each customer's own."""
    told = measured(a_result("501", [FLEET]), a_result("502", [FLEET]), a_result("503", tenant="north"))

    assert told["auditor.licenses.expiring"] == {("acme",): 2, ("north",): 0}
    assert told["auditor.licenses.unused"] == {("acme",): 2, ("north",): 0}
    assert told["auditor.licenses.at_risk"] == {("acme",): 2, ("north",): 0}


def test_what_was_not_asked_of_each_organization_is_not_told() -> None:
    """Zero would be a claim."""
    told = measured(a_result("501", [FLEET]), an_abridged_result("502"), a_co_term_result("503"))

    assert "auditor.licenses.at_risk" not in told
    assert told["auditor.licenses.expiring"] == {("acme",): 3}


def test_a_tenant_without_such_licenses_has_no_headline_figures() -> None:
    """Nor has one of which nothing was read."""
    told = measured(a_co_term_result("501"), a_result("502", pages=[], ending=SERVER))

    assert not [name for name in told if name.startswith("auditor.licenses")]
    assert told["auditor.organizations"] == {("audited", "co-term"): 1, ("failed", "per-device"): 1}


def test_those_that_a_stopped_run_left_are_counted_as_failed() -> None:
    """By their licensing model, as the others are."""
    left = OrganizationsLeft({"per-device": 2, "per-moon": 1, None: 4}, SERVER)
    told = measured(a_result("501", pages=[], ending=SERVER), left=left)

    assert told["auditor.organizations"] == {
        ("failed", "per-device"): 3,
        ("failed", "other"): 1,
        ("failed", "unknown"): 4,
    }


def test_counters_take_their_figures_from_the_report() -> None:
    """Classes of failures that did not happen are zero, not missing."""
    told, traffic = measured(), a_report()["traffic"]

    assert told["auditor.requests"] == {(): traffic["requests"]}
    retries = {key: value for (key,), value in told["auditor.retries"].items() if value}
    assert retries == traffic["retriesByClass"]
    assert told["auditor.retries"]["server",] == 0
    assert told["auditor.complete"] == {(): 1}
