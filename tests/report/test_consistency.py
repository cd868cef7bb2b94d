"""A report that contradicts itself is refused when it is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from auditor.report.consistency import disagreements
from auditor.report.reading import UnreadableReportError, read_report
from tests.judge.reports import a_document, an_organization, failed, partial, skipped, unlisted

Json = dict[str, Any]
Change = Callable[[Json], object]


def a_whole() -> Json:
    """A complete report on three organizations, read to their ends."""
    return a_document(*(an_organization(str(number)) for number in (501, 502, 503)))


def counts(report: Json) -> Json:
    """How many organizations it states by status."""
    found: Json = report["completeness"]["organizations"]
    return found


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: one["organizations"].clear(), "selected is 3, and `organizations` has 0 (and 1 more)"),
        (lambda one: one["organizations"].pop(), "selected is 3, and `organizations` has 2 (and 1 more)"),
        (lambda one: counts(one).update(audited=12), "audited is 12, and `organizations` has 3"),
        (lambda one: counts(one).update(failed=1), "failed is 1, and `organizations` has 0 (and 1 more)"),
        (
            lambda one: one["organizations"][0].update(status="skipped"),
            "audited is 3, and `organizations` has 2 (and 1 more)",
        ),
        (
            lambda one: one["organizations"][2].update(id="501"),
            "organization 501 of tenant acme is in it 2 times",
        ),
        (
            lambda one: one["organizations"][0].update(alsoSelectedBy=["north", "acme"]),
            "organization 501 of tenant acme is in it 2 times",
        ),
        (lambda one: one["run"].update(interrupted="deadline"), "true, with a run that ended early"),
        (
            lambda one: one["errors"].append(unlisted("north")),
            "true, with the organizations of tenant north not listed",
        ),
    ],
)
def test_what_disagrees_is_named_with_both_sides(change: Change, reason: str) -> None:
    """Whoever emptied the list or edited a count, no gate takes one half for the other."""
    report = a_whole()
    change(report)

    with pytest.raises(UnreadableReportError) as raised:
        read_report(orjson.dumps(report))

    assert str(raised.value).startswith("contradicts itself: ")
    assert reason in str(raised.value)


@pytest.mark.parametrize("lacking", [partial(), failed()])
def test_an_audit_that_lacks_an_organization_is_not_complete(lacking: Json) -> None:
    """The list shows it, whatever the report says of itself."""
    report = a_document(an_organization(), lacking)
    report["completeness"]["complete"] = True

    assert list(disagreements(report)) == [f"completeness.complete is true, with 1 {lacking['status']}"]


def test_what_agrees_is_read() -> None:
    """Of every status, in two tenants with one id, and a part of an audit without an organization."""
    organizations = [an_organization(), an_organization(tenant="north"), partial(), failed(), skipped()]
    for report in (a_document(*organizations), a_document(), a_whole()):
        assert read_report(orjson.dumps(report)) == report
