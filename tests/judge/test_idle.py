"""What a rule names and nobody has is reported by itself: it breaks nothing and would pass for good."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.domain.finding import Severity
from auditor.judge.verdict import judge
from tests.judge.reports import a_co_term, a_document, a_policy, an_organization, failed, unlisted

Json = dict[str, Any]
TENANTS: list[Json] = [{"name": "acme", "tags": ["gold"], "contact": ""}]


def told(report: Json, rule: str) -> dict[str, Severity]:
    """Subject and severity of each finding about what is idle."""
    found = judge(report, a_policy(rule)).findings
    return {one.subject.removeprefix("rule rule: "): one.severity for one in found if one.rule == "idle"}


@pytest.mark.parametrize(
    ("selection", "idle"),
    [
        ('include = ["org*", "tpyo*"]', {"include tpyo*": Severity.WARNING}),
        ('include = ["tag:gold", "tag:iron"]', {"include tag:iron": Severity.WARNING}),
        ('exclude = ["*sandbox*"]', {"exclude *sandbox*": Severity.INFO}),
        ('tenants = ["a*", "north"]', {"tenants north": Severity.WARNING}),
        ('tags = ["GOLD", "iron"]', {"tags iron": Severity.WARNING}),
        ('include = ["tpyo*"]', {"rule rule": Severity.WARNING}),
        (
            'include = ["tpyo*"]\ntags = ["iron"]',
            {
                "rule rule": Severity.WARNING,
                "include tpyo*": Severity.WARNING,
                "tags iron": Severity.WARNING,
            },
        ),
        ('include = ["org*", "501"]\ntenants = ["acme"]\ntags = ["gold"]', {}),
    ],
)
def test_each_pattern_tenant_and_tag_that_matches_nobody_is_reported(
    selection: str, idle: dict[str, Severity]
) -> None:
    """The others of the rule have something to look at, so that the rule as a whole is not idle."""
    report = a_document(an_organization("501"), tenants=TENANTS)

    assert told(report, f'figure = "licenses.total"\nmax = 9\n{selection}') == idle


@pytest.mark.parametrize(
    "changes",
    [
        {"errors": [unlisted("acme")]},
        {"tenants": []},
        {"run": a_document()["run"] | {"shard": "1/2"}},
    ],
)
def test_where_not_all_is_known_no_pattern_is_called_a_slip(changes: Json) -> None:
    """An organization that was not listed, a tag that is not in the report, the other parts of an audit."""
    report = a_document(an_organization("501"), **{"tenants": TENANTS, **changes})
    pattern = "tag:iron" if changes.get("tenants") == [] else "tpyo*"

    assert told(report, f'figure = "licenses.total"\nmax = 9\ninclude = ["org*", "{pattern}"]') == {}


@pytest.mark.parametrize(
    ("figure", "idle"),
    [
        ("licenses.byType.MRR.expired", ["licenses.byType.MRR"]),
        ("licenses.byType.MX64-ENT.expired", []),
        ("totals.licenses.byType.MRR.expired", ["totals.licenses.byType.MRR"]),
        ("licenses.byState.expired", []),
        ("licenses.byState.suspended", ["licenses.byState.suspended"]),
        ("notes.orphanedQueue", []),
        ("expiring.atRiskByType.MX", ["expiring.atRiskByType.MX"]),
        ("coTerm.devices.byModel.MX65", ["coTerm.devices.byModel.MX65"]),
        ("coTerm.devices.byModel.MX64", []),
        ("subscription.seats.bySku.NOPE.limit", []),
    ],
)
def test_a_name_that_nothing_has_is_reported(figure: str, idle: list[str]) -> None:
    """Types, models and SKUs are the vendor's: a new one is no mistake, one that is nowhere may be."""
    report = a_document(an_organization("501"), a_co_term("601"), failed("502"))

    assert list(told(report, f'figure = "{figure}"\nmax = 0')) == idle


def test_a_name_in_a_table_that_was_not_read_may_be_there() -> None:
    """The cheapest plan reads no types; and a rule that is broken shows by itself that it looks."""
    unread = a_document(an_organization("501", {"licenses.byType": None}, plan="counts"))
    whole = a_document(an_organization("501"))

    assert told(unread, 'figure = "licenses.byType.MRR.active"\nmax = 0') == {}
    assert told(whole, 'figure = "licenses.byType.MRR.active"\nmin = 1') == {}
