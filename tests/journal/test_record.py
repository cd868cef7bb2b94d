from __future__ import annotations

import json
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.finding import Finding, Severity
from auditor.domain.note import NoteKind
from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.question import PlanKind
from auditor.domain.reducer import Tally
from auditor.domain.result import OrganizationResult
from auditor.journal.record import UnreadableRecordError, from_record, to_record

ACME = Organization(OrganizationId("501"), "Acme", "per-device", api_enabled=True)

counts = st.integers(0, 10**12)
texts = st.text(max_size=8)
tallies = st.builds(
    Tally,
    by_type_and_state=st.dictionaries(st.tuples(texts, texts), counts, max_size=4),
    untyped=st.dictionaries(texts, counts, max_size=3),
    expiring_within=st.dictionaries(st.integers(1, 999), counts, max_size=3),
    seats_by_state=st.dictionaries(texts, counts, max_size=3),
    seat_licenses=counts,
    seats_as_summed=st.none() | counts,
    notes=st.dictionaries(st.sampled_from(NoteKind), counts, max_size=3),
)
findings = st.builds(
    Finding,
    rule=texts,
    severity=st.sampled_from(Severity),
    organization_id=st.just("501"),
    tenant=st.just("north"),
    subject=texts,
    message=texts,
    due=st.none() | st.datetimes(timezones=st.just(UTC)),
)
results = st.builds(
    OrganizationResult,
    organization=st.just(ACME),
    tenant=st.just("north"),
    tally=st.none() | tallies,
    pages=st.integers(0, 10**6),
    ending=st.none() | st.builds(Skip, st.sampled_from(SkipReason), texts),
    plan=st.sampled_from(PlanKind),
    findings=st.lists(findings, max_size=2).map(tuple),
    is_reconciled=st.booleans(),
)


@given(results)
def test_what_is_written_is_read_again(result: OrganizationResult) -> None:
    """A resumed run reports what the first one found out, to the last count."""
    assert from_record(to_record(result), ACME, tenant="north") == result


def test_names_and_models_are_todays() -> None:
    """A record holds nothing of the list of organizations."""
    renamed = Organization(OrganizationId("501"), "Acme II", None)

    result = from_record(
        to_record(OrganizationResult(ACME, "north", Tally(), pages=1)), renamed, tenant="north"
    )

    assert result.organization == renamed
    assert "Acme" not in to_record(result)


def test_failures_are_not_kept() -> None:
    """What failed is asked again."""
    failed = OrganizationResult(ACME, "north", ending=Failure(FailureClass.SERVER, "no"))

    with pytest.raises(TypeError):
        to_record(failed)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


@given(st.text() | json_values.map(json.dumps))
def test_what_is_no_record_is_told_from_one(text: str) -> None:
    """An organization whose record is damaged is asked again, and nothing else happens."""
    with pytest.raises(UnreadableRecordError):
        from_record(text, ACME, tenant="north")
