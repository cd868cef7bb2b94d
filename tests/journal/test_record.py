from __future__ import annotations

from datetime import UTC

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.attention import Attention
from auditor.domain.co_term import CoTermAccount, CoTermKeys, CoTermOverview
from auditor.domain.coverage import Coverage
from auditor.domain.device_use import DeviceUse, FamilyUse
from auditor.domain.entitlement import Entitlement
from auditor.domain.extra import Extra
from auditor.domain.finding import Finding, Severity
from auditor.domain.idle import Burning, Idle
from auditor.domain.note import NoteKind
from auditor.domain.organization import Organization, OrganizationId
from auditor.domain.outcome import Failure, FailureClass, Skip, SkipReason
from auditor.domain.outlook import DarkDate, Need, Outlook, Reclaim, Renewal, Spare, Unit
from auditor.domain.overview import SeatUse
from auditor.domain.question import PlanKind
from auditor.domain.reducer import Tally
from auditor.domain.result import OrganizationResult
from auditor.domain.standing import Standing
from auditor.domain.subscription import Seats, Subscription, SubscriptionAccount, Violation
from auditor.engine.masking import Masker
from auditor.journal.record import UnreadableRecordError, from_record, to_record

ACME = Organization(OrganizationId("501"), "Acme", "per-device", api_enabled=True)

counts = st.integers(0, 10**12)
texts = st.text(max_size=8)
instants = st.datetimes(timezones=st.just(UTC))
by_name = st.dictionaries(texts, counts, max_size=3)
by_window = st.dictionaries(st.integers(1, 999), counts, max_size=3)
notes = st.dictionaries(st.sampled_from(NoteKind), counts, max_size=3)
standings = st.none() | st.sampled_from(Standing)
idles = st.builds(
    Idle,
    soonest=st.none() | instants,
    soonest_count=counts,
    activating_within=by_window,
    overdue=counts,
    unclaimed=counts,
    burning=st.dictionaries(texts, st.builds(Burning, counts, counts, counts, counts), max_size=3),
)
tallies = st.builds(
    Tally,
    by_type_and_state=st.dictionaries(st.tuples(texts, texts), counts, max_size=4),
    untyped=by_name,
    expiring_within=by_window,
    seats_by_state=by_name,
    seat_licenses=counts,
    seats_as_summed=st.none() | counts,
    idle=idles,
    notes=notes,
)
co_terms = st.builds(
    CoTermAccount,
    overview=st.builds(
        CoTermOverview,
        st.none() | texts,
        st.none() | instants,
        licensed=by_name,
        notes=notes,
        knows_devices=st.booleans(),
        knows_seats=st.booleans(),
    ),
    keys=st.none()
    | st.builds(CoTermKeys, counts, counts, counts, counts, by_mode=by_name, by_edition=by_name),
    use=st.none()
    | st.builds(
        DeviceUse,
        st.dictionaries(texts, st.builds(FamilyUse, counts, counts), max_size=3),
        by_name,
        over_limit=st.none() | counts,
        spare=st.none() | counts,
        warm_spares=counts,
    ),
    notes=notes,
)
subscriptions = st.builds(
    Subscription,
    id=texts,
    name=texts,
    status=texts,
    kind=texts,
    starts_at=st.none() | instants,
    ends_at=st.none() | instants,
    renewal_requested=st.none() | st.booleans(),
    organizations=st.none() | counts,
    seats=st.dictionaries(texts, st.builds(Seats, counts, counts, counts), max_size=2),
    violations=st.lists(st.builds(Violation, texts, st.none() | instants, by_name), max_size=2).map(tuple),
    notes=notes,
    networks=st.none() | counts,
    smart_account=st.none() | texts,
    renews_at=st.none() | instants,
)
words, truths = st.none() | texts, st.none() | st.booleans()
entitlements = st.builds(Entitlement, words, words, words, words, is_add_on=truths, is_free=truths)
accounts = st.builds(
    SubscriptionAccount,
    st.lists(subscriptions, max_size=2).map(tuple),
    notes=notes,
    entitlements=st.none() | st.dictionaries(texts, st.none() | entitlements, max_size=2),
)
coverages = st.builds(
    Coverage,
    covered_by_queue=counts,
    at_risk_by_type=by_name,
    at_risk_within=by_window,
    devices=st.dictionaries(standings, counts, max_size=3),
    network_licenses=st.dictionaries(standings, counts, max_size=3),
)
dark_dates = st.builds(
    DarkDate,
    day=st.dates(),
    standing=st.sampled_from(Standing),
    what=st.none() | texts,
    count=counts,
    is_estimate=st.booleans(),
)
reclaims = st.builds(
    Reclaim,
    matched=st.dictionaries(texts, st.tuples(counts, counts), max_size=3),
    needs=st.dictionaries(st.builds(Need, texts, st.dates(), counts), counts, max_size=3),
    surplus=st.dictionaries(st.builds(Spare, texts, st.none() | counts), counts, max_size=3),
)
outlooks = st.builds(
    Outlook,
    standing=standings,
    soonest_dark_at=st.none() | instants,
    dark_dates=st.lists(dark_dates, max_size=2).map(tuple),
    renewals=st.dictionaries(
        st.builds(Renewal, texts, st.sampled_from(Unit), st.integers(0, 35)), counts, max_size=3
    ),
    reclaim=st.none() | reclaims,
    ending_within=by_window,
    is_dark_known=st.booleans(),
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
attention = st.builds(
    Attention,
    id=st.none() | texts,
    license_type=texts,
    state=texts,
    device_serial=st.none() | texts,
    order_number=st.none() | texts,
    expires_at=st.none() | instants,
    days_burned=st.none() | counts,
    dark_at=st.none() | instants,
    at_risk=st.none() | st.booleans(),
)
results = st.builds(
    OrganizationResult,
    organization=st.just(ACME),
    tenant=st.just("north"),
    tally=st.none() | tallies,
    co_term=st.none() | co_terms,
    subscriptions=st.none() | accounts,
    coverage=st.none() | coverages,
    outlook=st.none() | outlooks,
    seat_use=st.none() | st.builds(SeatUse, counts, counts, counts, counts),
    pages=st.integers(0, 10**6),
    ending=st.none() | st.builds(Skip, st.sampled_from(SkipReason), texts),
    plan=st.sampled_from(PlanKind),
    findings=st.lists(findings, max_size=2).map(tuple),
    is_reconciled=st.booleans(),
    attention=st.none() | st.lists(attention, max_size=2).map(tuple),
    missing=st.dictionaries(
        st.sampled_from(Extra), st.none() | st.just(Failure(FailureClass.FORBIDDEN, "no", 403, 1)), max_size=2
    ),
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
    assert b"Acme" not in to_record(result)


def test_failures_are_not_kept() -> None:
    """What failed is asked again."""
    failed = OrganizationResult(ACME, "north", ending=Failure(FailureClass.SERVER, "no"))

    with pytest.raises(TypeError):
        to_record(failed)


def test_a_record_of_everything_has_every_figure() -> None:
    """A figure that is new in a result is in its record as well, or a resumed run would lose it."""
    of_the_list = {"organization", "tenant"}
    of_a_report = {"depth"}  # what a run read has all figures of its plan
    kept = msgspec.msgpack.decode(to_record(OrganizationResult(ACME, "north", Tally(), pages=1)))

    assert kept.keys() == OrganizationResult.__dataclass_fields__.keys() - of_the_list - of_a_report


@given(st.binary() | st.none().map(msgspec.msgpack.encode) | texts.map(msgspec.msgpack.encode))
def test_what_is_no_record_is_told_from_one(record: bytes) -> None:
    """An organization whose record is damaged is asked again, and nothing else happens."""
    with pytest.raises(UnreadableRecordError):
        from_record(record, ACME, tenant="north")


@given(results, st.data())
def test_a_record_that_was_cut_is_told_from_a_whole_one(
    result: OrganizationResult, data: st.DataObject
) -> None:
    """Half of the figures are no figures."""
    record = to_record(result)

    with pytest.raises(UnreadableRecordError):
        from_record(record[: data.draw(st.integers(0, len(record) - 1))], ACME, tenant="north")


def test_a_key_in_a_text_is_masked_and_all_else_is_kept() -> None:
    """Also where the text is half of the name of a count."""
    key = "swordfish-of-the-deep"
    tally = Tally({(key, "active"): 2}, {}, {30: 1}, {}, 0, None, Idle(None, 0, {}, 0, 0, {}), {})
    result = OrganizationResult(ACME, "north", tally=tally, pages=2)

    record = to_record(result, masker=Masker([key]))

    read = from_record(record, ACME, tenant="north")
    assert key.encode() not in record
    assert read.tally is not None
    assert read.tally.by_type_and_state == {("****", "active"): 2}
    assert (read.tally.expiring_within, read.pages) == ({30: 1}, 2)
