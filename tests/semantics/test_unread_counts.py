from __future__ import annotations

from typing import Any

import pytest

from tests.semantics.rows import a_device, in_words
from tests.semantics.vendor import Audited, audit, co_term, per_device

DEVICES = [a_device(number, "MX67") for number in range(3)]
UNREADABLE: Any = {"MX67": "4"}
UNREAD: list[tuple[Any, dict[str, int]]] = [
    ({"MX67": "4", "wireless": -2}, {"unreadableCount": 2}),
    ({"MX67": 1, "wireless": "4"}, {"unreadableCount": 1}),
    (None, {"missingCount": 1}),
]


async def audited_beside_another(licensed: Any) -> Audited:
    """The audit of an organization with these counts, and of one with a single MX67."""
    return await audit(
        co_term("OK", in_words(900), licensed, devices=DEVICES),
        co_term("OK", in_words(900), {"MX67": 1, "SM": 2}, number="602"),
    )


@pytest.mark.parametrize(("licensed", "notes"), UNREAD)
async def test_co_term_devices_that_cannot_be_read_are_null_and_never_zero(
    licensed: Any, notes: dict[str, int]
) -> None:
    """Noted, and nobody knows whether all is well; the totals state of how many they are."""
    audited = await audited_beside_another(licensed)

    organization = audited.of("601")
    assert organization["coTerm"]["devices"] == {"licensed": None, "byModel": None}
    assert (organization["standing"], organization["notes"]) == (None, notes)
    assert organization["dark"]["known"] is False
    assert audited.totals["coTerm"]["devices"] == {"organizations": 1, "licensed": 1, "byModel": {"MX67": 1}}


async def test_co_term_devices_that_nobody_has_readable_are_null_in_the_totals() -> None:
    """Of no organization at all they are zero."""
    unread = await audit(co_term("OK", in_words(900), UNREADABLE))
    nothing = await audit(per_device())

    assert unread.totals["coTerm"]["devices"] == {"organizations": 0, "licensed": None, "byModel": None}
    assert nothing.totals["coTerm"]["devices"] == {"organizations": 0, "licensed": 0, "byModel": {}}


@pytest.mark.parametrize(
    ("licensed", "seats", "organizations"),
    [(None, None, 1), ({"MX67": 1, "SM": "9"}, None, 1), ({"MX67": "1"}, 0, 2)],
)
async def test_co_term_seats_that_cannot_be_read_are_null(
    licensed: Any, seats: int | None, organizations: int
) -> None:
    """A count of devices that cannot be read costs no seats, nor the other way about."""
    audited = await audited_beside_another(licensed)

    assert audited.of("601")["coTerm"]["seats"] == {"licensed": seats}
    assert audited.totals["coTerm"]["seats"] == {"organizations": organizations, "licensed": 2}


@pytest.mark.parametrize(("licensed", "notes"), UNREAD)
async def test_co_term_use_of_limits_that_cannot_be_read_is_within_none(
    licensed: Any, notes: dict[str, int]
) -> None:
    """What is in use is counted; how much of it is too much, or to spare, nobody knows."""
    audited = await audited_beside_another(licensed)

    use = audited.of("601")["coTerm"]["use"]
    assert (use["inUse"], use["unmatched"], use["byFamily"]) == (3, {"MX67": 3}, {})
    assert (use["overLimit"], use["spare"], use["darkAt"]) == (None, None, None)
    totals = audited.totals["coTerm"]["use"]
    assert (totals["organizations"], totals["overLimit"], totals["spare"], totals["inUse"]) == (1, 0, 1, 0)
    assert audited.totals["notes"] == notes


@pytest.mark.parametrize(
    ("status", "days", "standing"), [("OK", -40, "dark"), ("License Required", 900, "inGrace")]
)
async def test_co_term_status_and_date_show_harm_without_any_count(
    status: str, days: int, standing: str
) -> None:
    """What the vendor says outright needs none."""
    assert (await audit(co_term(status, in_words(days), UNREADABLE))).of("601")["standing"] == standing
