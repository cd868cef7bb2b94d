"""Subscriptions on the wire: what they lack is noted, what would pass for compliance is an error."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.domain.license import UNKNOWN
from auditor.domain.note import NoteKind
from auditor.domain.outcome import Failure, FailureClass, Skip
from auditor.domain.subscription import Seats, Subscription, Violation
from auditor.errors import BadResponseError
from auditor.wire.answer import Page, Refused, read_answer
from auditor.wire.message import Request, Response, Shape
from auditor.wire.origin import Origin
from auditor.wire.subscriptions import Compliance, SubscriptionsPage, decode_compliance, decode_subscriptions

ROW: dict[str, Any] = {
    "subscriptionId": "2345",
    "name": "Corporate",
    "description": "A description",
    "status": "active",
    "startDate": "2025-06-30T00:00:00Z",
    "endDate": "2028-06-30T00:00:00Z",
    "webOrderId": "55598764",
    "type": "termed",
    "renewalRequested": False,
    "entitlements": [{"sku": "LIC-MS-400-L-A", "seats": {"assigned": 10, "available": 15, "limit": 25}}],
    "counts": {"seats": {"assigned": 10, "available": 15, "limit": 25}, "networks": 1, "organizations": 2},
}
STATUS: dict[str, Any] = {
    "subscription": {"id": "2345", "name": "Corporate", "status": "active"},
    "violations": {
        "byProductClass": [
            {
                "productClass": "MS 100 Small",
                "gracePeriodEndsAt": "2026-12-07T00:00:00Z",
                "missing": {"entitlements": [{"sku": "LIC-MS-100-S-E", "quantity": 11}]},
            }
        ]
    },
}
URL = "https://api.meraki.com/api/v1/administered/licensing/subscription/subscriptions"
ORIGIN = Origin("https://api.meraki.com/api/v1")


def subscription(**changes: Any) -> Subscription:
    row = {k: v for k, v in (ROW | changes).items() if v is not ...}
    (read,) = decode_subscriptions(orjson.dumps([row])).subscriptions
    return read


def compliance(violations: object) -> Compliance:
    ((subscription_id, read),) = decode_compliance(orjson.dumps([STATUS | {"violations": violations}]))
    assert subscription_id == "2345"
    return read


class TestSubscriptions:
    def test_a_subscription_is_read(self) -> None:
        """All that is told of it in the report."""
        told = {"smartAccount": {"status": "pending"}, "renewalDate": "2028-06-01T00:00:00Z"}

        assert subscription(**told) == Subscription(
            id="2345",
            name="Corporate",
            status="active",
            kind="termed",
            starts_at=datetime(2025, 6, 30, tzinfo=UTC),
            ends_at=datetime(2028, 6, 30, tzinfo=UTC),
            renewal_requested=False,
            organizations=2,
            seats={"LIC-MS-400-L-A": Seats(limit=25, assigned=10, available=15)},
            networks=1,
            smart_account="pending",
            renews_at=datetime(2028, 6, 1, tzinfo=UTC),
        )

    @pytest.mark.parametrize("value", [None, ..., "", True, [], 1.5, 2.0**200])
    def test_a_subscription_without_an_id_is_an_error(self, value: object) -> None:
        """It could be counted once or many times, and for whom nobody knows."""
        with pytest.raises(BadResponseError, match="subscription 1 of the list has no usable id"):
            subscription(subscriptionId=value)

    def test_a_number_is_an_id_too(self) -> None:
        """Its own text."""
        assert subscription(subscriptionId=2345).id == "2345"

    @pytest.mark.parametrize(
        ("changes", "field", "value", "notes"),
        [
            ({"name": None}, "name", "", {}),
            ({"status": None}, "status", UNKNOWN, {NoteKind.MISSING_STATE: 1}),
            ({"type": 5}, "kind", UNKNOWN, {NoteKind.MISSING_TYPE: 1}),
            ({"startDate": ...}, "starts_at", None, {}),
            ({"endDate": "never"}, "ends_at", None, {NoteKind.UNREADABLE_DATE: 1}),
            ({"renewalRequested": "yes"}, "renewal_requested", None, {}),
            ({"counts": None}, "organizations", None, {}),
            ({"counts": {"organizations": None}}, "organizations", None, {}),
            ({"counts": {"organizations": "2"}}, "organizations", None, {NoteKind.UNREADABLE_COUNT: 1}),
            ({"counts": {"networks": 0}}, "networks", 0, {}),
            ({"counts": {"organizations": 1}}, "networks", None, {}),
            ({"counts": {"networks": "3"}}, "networks", None, {NoteKind.UNREADABLE_COUNT: 1}),
            ({"counts": {"networks": -1}}, "networks", None, {NoteKind.UNREADABLE_COUNT: 1}),
            ({"smartAccount": None}, "smart_account", None, {}),
            ({"smartAccount": {"status": 5}}, "smart_account", None, {}),
            ({"smartAccount": "pending"}, "smart_account", None, {}),
            ({"renewalDate": None}, "renews_at", None, {}),
            ({"renewalDate": "soon"}, "renews_at", None, {NoteKind.UNREADABLE_DATE: 1}),
            ({"entitlements": None}, "seats", None, {NoteKind.UNREADABLE_COUNT: 1}),
            ({"entitlements": ..., "counts": ...}, "seats", None, {NoteKind.UNREADABLE_COUNT: 1}),
            ({"entitlements": [7]}, "seats", {UNKNOWN: None}, {NoteKind.UNREADABLE_COUNT: 1}),
            ({"entitlements": []}, "seats", {}, {}),
            ({"entitlements": [{"sku": "A"}]}, "seats", {"A": None}, {NoteKind.UNREADABLE_COUNT: 1}),
            (
                {"entitlements": [{"seats": {"limit": 2, "assigned": 1, "available": 1}}]},
                "seats",
                {UNKNOWN: Seats(2, 1, 1)},
                {NoteKind.MISSING_TYPE: 1},
            ),
            (
                {"entitlements": [{"sku": "A", "seats": {"limit": 2, "assigned": 5, "available": -3}}]},
                "seats",
                {"A": Seats(2, 5, 0, 3)},
                {},
            ),
            (
                {"entitlements": [{"sku": "A", "seats": {"limit": 2, "assigned": 5, "available": 0}}]},
                "seats",
                {"A": Seats(2, 5, 0, 3)},
                {},
            ),
            (
                {"entitlements": [{"sku": "A", "seats": {"limit": 2, "assigned": 5, "available": -2}}]},
                "seats",
                {"A": None},
                {NoteKind.UNREADABLE_COUNT: 1},
            ),
            (
                {"entitlements": [{"sku": "A", "seats": {"limit": 9, "assigned": 5, "available": 3}}]},
                "seats",
                {"A": Seats(9, 5, 3)},
                {NoteKind.COUNTS_DIFFER: 1},
            ),
        ],
    )
    def test_a_gap_costs_itself_and_is_noted_where_it_says_something_wrong(
        self, changes: dict[str, Any], field: str, value: object, notes: dict[NoteKind, int]
    ) -> None:
        """The rest of the subscription stands."""
        read = subscription(**changes)

        assert getattr(read, field) == value
        assert read.notes == notes

    def test_entitlements_of_one_sku_add_up(self) -> None:
        """They are one pool."""
        entitlement = {"sku": "A", "seats": {"limit": 2, "assigned": 1, "available": 1}}

        assert subscription(entitlements=[entitlement, entitlement]).seats == {"A": Seats(4, 2, 2)}

    @pytest.mark.parametrize("gap", [{"limit": None}, {"assigned": "4"}, {"available": -1}, {"limit": True}])
    def test_seats_of_an_sku_are_whole_or_unknown(self, gap: dict[str, Any]) -> None:
        """Half a pool would pass for a small one, whichever half comes first."""
        whole = {"sku": "A", "seats": {"limit": 2, "assigned": 1, "available": 1}}
        broken = {"sku": "A", "seats": {"limit": 2, "assigned": 1, "available": 1} | gap}

        for entitlements in ([whole, broken], [broken, whole]):
            read = subscription(entitlements=entitlements)
            assert (read.seats, read.notes) == ({"A": None}, {NoteKind.UNREADABLE_COUNT: 1})

    @pytest.mark.parametrize("body", [b"{}", b"5", b"", b"[5]", b"[null]", b'[{"name": "a"', b"<html>"])
    def test_what_is_no_list_of_objects_is_an_error(self, body: bytes) -> None:
        """Never an empty page."""
        with pytest.raises(BadResponseError):
            decode_subscriptions(body)


class TestNone:
    def test_the_vendors_404_to_one_organization_is_an_answer(self) -> None:
        """It says that there is no subscription, where that was asked."""
        response = Response.of(URL, 404, body=b'{"errors": ["No subscriptions found"]}')
        answer = read_answer(Request(URL, shape=Shape.OPTIONAL_LIST), response, origin=ORIGIN)

        assert isinstance(answer, Page)
        assert answer.next_url is None
        assert decode_subscriptions(answer.body) == SubscriptionsPage(is_none=True)

    @pytest.mark.parametrize(
        ("status", "body", "shape"),
        [
            (404, b"", Shape.OPTIONAL_LIST),
            (404, b"<html>", Shape.OPTIONAL_LIST),
            (404, b"{}", Shape.OPTIONAL_LIST),
            (404, b'{"errors": []}', Shape.OPTIONAL_LIST),
            (404, b'{"errors": ["No subscriptions found"]}', Shape.LIST),
            (403, b'{"errors": ["No subscriptions found"]}', Shape.OPTIONAL_LIST),
        ],
    )
    def test_no_other_refusal_is(self, status: int, body: bytes, shape: Shape) -> None:
        """A page of a proxy, a wrong path, or a question about several organizations."""
        answer = read_answer(Request(URL, shape=shape), Response.of(URL, status, body=body), origin=ORIGIN)

        assert isinstance(answer, Refused)
        assert isinstance(answer.outcome, Failure)
        is_missing = status == 404
        assert (answer.outcome.failure_class is FailureClass.NOT_FOUND) is is_missing

    def test_a_disabled_api_is_still_told(self) -> None:
        """It answers 404, too."""
        body = b'{"errors": ["You must first enable API access"]}'
        request = Request(URL, shape=Shape.OPTIONAL_LIST)
        answer = read_answer(request, Response.of(URL, 404, body=body), origin=ORIGIN)

        assert isinstance(answer, Refused)
        assert isinstance(answer.outcome, Skip)

    def test_errors_that_come_with_a_200_are_no_list(self) -> None:
        """Only the status makes them an answer."""
        request = Request(URL, shape=Shape.OPTIONAL_LIST)
        answer = read_answer(request, Response.of(URL, 200, body=b'{"errors": ["no"]}'), origin=ORIGIN)

        assert isinstance(answer, Refused)


class TestCompliance:
    def test_violations_are_read(self) -> None:
        """With the vendor's own date and what would mend them."""
        assert compliance(STATUS["violations"]) == Compliance(
            (Violation("MS 100 Small", datetime(2026, 12, 7, tzinfo=UTC), {"LIC-MS-100-S-E": 11}),), {}
        )

    @pytest.mark.parametrize("violations", [None, {}, {"byProductClass": None}, {"byProductClass": []}])
    def test_nothing_told_is_compliance(self, violations: object) -> None:
        """The vendor does not say what it leaves out of a subscription that complies."""
        assert compliance(violations) == Compliance((), {})

    @pytest.mark.parametrize("violations", [5, [], "no", {"byProductClass": 5}, {"byProductClass": {}}])
    def test_what_cannot_be_read_does_not_pass_for_compliance(self, violations: object) -> None:
        """It is no answer."""
        with pytest.raises(BadResponseError, match="the violations of subscription 1 of the list are"):
            compliance(violations)

    @pytest.mark.parametrize("named", [None, {}, {"id": None}, "2345"])
    def test_nor_does_a_status_of_nobody_knows_what(self, named: object) -> None:
        """A violation must not vanish."""
        with pytest.raises(BadResponseError, match="no usable id"):
            decode_compliance(orjson.dumps([STATUS | {"subscription": named}]))

    @pytest.mark.parametrize(
        ("entry", "violation", "notes"),
        [
            (
                {"productClass": "MS", "gracePeriodEndsAt": "soon", "missing": {"entitlements": []}},
                Violation("MS", None),
                {NoteKind.UNREADABLE_DATE: 1},
            ),
            ({"productClass": "MS"}, Violation("MS", None), {NoteKind.UNREADABLE_COUNT: 1}),
            (
                {"missing": {"entitlements": [{"quantity": 2}, {"sku": "A", "quantity": "x"}]}},
                Violation(UNKNOWN, None, {UNKNOWN: 2, "A": None}),
                {NoteKind.MISSING_TYPE: 2, NoteKind.UNREADABLE_COUNT: 1},
            ),
            (
                {"productClass": "MS", "missing": {"entitlements": [5, {"sku": "A", "quantity": 1}]}},
                Violation("MS", None, {UNKNOWN: None, "A": 1}),
                {NoteKind.UNREADABLE_COUNT: 1},
            ),
            (
                7,
                Violation(UNKNOWN, None),
                {NoteKind.MISSING_TYPE: 1, NoteKind.UNREADABLE_COUNT: 1},
            ),
        ],
    )
    def test_a_violation_counts_whatever_it_lacks(
        self, entry: object, violation: Violation, notes: dict[NoteKind, int]
    ) -> None:
        """What is missing is noted."""
        assert compliance({"byProductClass": [entry]}) == Compliance((violation,), notes)


NAMES = [
    *ROW,
    *STATUS,
    "byProductClass",
    "missing",
    "seats",
    "limit",
    "organizations",
    "id",
    "sku",
    "quantity",
]
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=10,
)


@given(st.lists(st.dictionaries(st.sampled_from(list(ROW)), anything), max_size=3))
def test_no_subscription_with_an_id_is_lost(rows: list[dict[str, Any]]) -> None:
    """Whatever else it holds, and no figure of it is negative."""
    rows = [row | {"subscriptionId": str(number)} for number, row in enumerate(rows)]
    read = decode_subscriptions(orjson.dumps(rows)).subscriptions

    assert [one.id for one in read] == [row["subscriptionId"] for row in rows]
    for seats in (each for one in read for each in one.known_seats.values()):
        assert min(seats.limit, seats.assigned, seats.available, seats.over) >= 0


@given(anything)
def test_any_json_is_subscriptions_or_an_error(body: Any) -> None:
    """Only a list is a list; only errors say that there is none."""
    try:
        page = decode_subscriptions(orjson.dumps(body))
    except BadResponseError:
        return
    assert page.is_none is isinstance(body, dict)
    assert page.is_none or len(page.subscriptions) == len(body)


@given(
    anything | st.lists(st.fixed_dictionaries({"subscription": st.just({"id": "1"}), "violations": anything}))
)
def test_any_json_is_compliance_or_an_error(body: Any) -> None:
    """And every violation in the list is one."""
    try:
        read = decode_compliance(orjson.dumps(body))
    except BadResponseError:
        return
    assert len(read) == len(body)
    for row, (_, told) in zip(body, read, strict=True):
        violations = row.get("violations") or {}
        assert len(told.violations) == len(violations.get("byProductClass") or [])
        quantities = [each for one in told.violations for each in one.missing.values() if each is not None]
        assert all(quantity >= 0 for quantity in quantities)
