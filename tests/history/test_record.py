from __future__ import annotations

from auditor.domain.extra import Extra
from auditor.history.record import Member, record_of
from tests.history.runs import a_run, an_organization
from tests.judge import reports as made
from tests.report.evidences import FORBIDDEN, a_report, a_subscription, a_subscription_result


def test_an_organization_is_kept_by_id_with_what_counts() -> None:
    """Not with its name: whoever reads a history learns no customer's."""
    report = a_run(
        0,
        an_organization("501"),
        made.a_co_term("502", name="Secret Co-op"),
        made.failed("503"),
    )
    record = record_of(report)

    assert record.members == [
        Member("acme", "501", "audited", "expiring", "full", 3, 1, 2, 17),
        Member("acme", "502", "audited", "ok", "full", None, None, None, None),
        Member("acme", "503", "failed", None, None, None, None, None, None),
    ]
    assert "Secret" not in repr(record)


def test_instants_are_kept_in_utc() -> None:
    """So that those of different offsets are in order."""
    report = a_run() | {"asOf": "2026-03-01T04:30:00.500000+02:00"}

    assert record_of(report).as_of == "2026-03-01T02:30:00.500000Z"


def test_an_organization_that_stands_twice_is_one() -> None:
    """A report that was edited by hand breaks nothing."""
    run = a_run(0, an_organization())

    assert len(record_of(run, run["organizations"] * 2).members) == 1


def test_a_run_that_lacks_an_extra_has_read_everything() -> None:
    """Its counts are exact: the next run compares with it, in all and by tenant."""
    lacking = a_subscription_result("701", a_subscription(), missing={Extra.COMPLIANCE: FORBIDDEN})
    report = a_report(lacking)
    record = record_of(report)

    assert report["completeness"]["complete"] is False
    assert (record.whole.is_complete, record.tenants["acme"].is_complete) == (True, True)
    assert record.whole.figures["completeness"] == 1.0
