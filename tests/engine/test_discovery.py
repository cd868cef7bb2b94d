from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

import pytest

from auditor.domain.outcome import FailureClass
from auditor.engine.discovery import MAX_UNUSABLE, Discovery, discover
from auditor.engine.events import OrganizationsListed
from auditor.engine.fetcher import Bounds
from auditor.wire.message import Request, Response
from tests.engine.scripted import BASE_URL, Rig, a_page, a_rig, an_error

pytestmark = pytest.mark.virtual

SECOND = f"{BASE_URL}/organizations?startingAfter=2"


def organizations(*ids: str) -> list[dict[str, Any]]:
    return [{"id": one, "name": f"Name {one}", "licensing": {"model": "per-device"}} for one in ids]


async def discovered(rig: Rig) -> Discovery:
    return await discover(rig.fetcher, base_url=BASE_URL, tenant="acme", on_event=rig.events.append)


async def test_all_pages_are_listed_in_the_order_of_the_vendor() -> None:
    """One request per 9,000 organizations, and what is found is told page by page."""
    async with a_rig(a_page(organizations("3", "1"), following=SECOND), a_page(organizations("2"))) as rig:
        found = await discovered(rig)

    assert [one.id for one in found.organizations] == ["3", "1", "2"]
    assert [one.name for one in found.organizations] == ["Name 3", "Name 1", "Name 2"]
    assert found.failure is None
    assert [url for url, _ in rig.transport.asked] == [f"{BASE_URL}/organizations?perPage=9000", SECOND]
    assert rig.events == [OrganizationsListed("acme", 2), OrganizationsListed("acme", 3)]


async def test_an_organization_on_two_pages_is_one_organization() -> None:
    """Organizations that appear while the list is read push others onto the next page."""
    async with a_rig(
        a_page(organizations("1", "2"), following=SECOND), a_page(organizations("2", "3"))
    ) as rig:
        found = await discovered(rig)

    assert [one.id for one in found.organizations] == ["1", "2", "3"]


async def test_a_key_that_sees_nothing_is_no_failure() -> None:
    """An empty list is an answer."""
    async with a_rig(a_page()) as rig:
        assert await discovered(rig) == Discovery((), None)


async def test_what_was_listed_before_a_failure_is_kept() -> None:
    """A list that breaks off is told as such, with what it gave."""
    async with a_rig(a_page(organizations("1", "2"), following=SECOND), an_error(503), attempts=2) as rig:
        found = await discovered(rig)

    assert [one.id for one in found.organizations] == ["1", "2"]
    assert found.failure is not None
    assert (found.failure.failure_class, found.failure.attempts) == (FailureClass.SERVER, 2)


async def test_a_row_without_usable_id_is_one_failure_and_the_list_is_read_on() -> None:
    """Nothing is asked again for it; it is numbered in the whole list, and named where it has a name."""
    nameless: list[dict[str, Any]] = [{"id": ".."}]
    async with a_rig(
        a_page(organizations("1", "2"), following=SECOND),
        a_page([*organizations("3"), {"id": None, "name": "Example Four"}, *nameless, *organizations("6")]),
    ) as rig:
        found = await discovered(rig)

        assert len(rig.transport.asked) == 2
    assert [one.id for one in found.organizations] == ["1", "2", "3", "6"]
    assert found.failure is None
    assert [one.message for one in found.failures] == [
        'organization 4 of the list, "Example Four", has no usable id: it is null',
        "organization 5 of the list has no usable id: it is a text that no request can name",
    ]
    assert {one.failure_class for one in found.failures} == {FailureClass.BAD_RESPONSE}


async def test_a_list_that_never_ends_is_ended_by_its_bound() -> None:
    """Fresh tokens and fresh ids on every page: what was listed is kept, and the setting is named."""
    pages = count(1)

    def fresh(_: Request) -> Response:
        page = next(pages)
        following = f"{BASE_URL}/organizations?startingAfter={page}"
        return a_page(organizations(f"{page}0", f"{page}1"), following=following)

    async with a_rig(fresh) as rig:
        rig.fetcher.bounds = Bounds(organizations=replace(Bounds().organizations, rows=6))
        found = await discovered(rig)

    assert len(found.organizations) == 8
    assert found.failure is not None
    assert found.failure.failure_class is FailureClass.PAGINATION
    assert "raise limits.max_organizations (--max-organizations)" in found.failure.message


async def test_rows_without_usable_id_are_named_up_to_a_number() -> None:
    """A server that lists nothing else fills no report with it."""
    page: list[dict[str, Any]] = [{"id": ""}] * (MAX_UNUSABLE + 5)
    async with a_rig(a_page(page)) as rig:
        found = await discovered(rig)

    assert len(found.unusable) == MAX_UNUSABLE


@pytest.mark.parametrize(
    ("answer", "failure_class"),
    [
        pytest.param(an_error(401, "Invalid API key"), FailureClass.AUTH, id="dead key"),
        pytest.param(
            an_error(404, "Please wait, you must first enable API access"),
            FailureClass.BAD_RESPONSE,
            id="a skip has no place in a list",
        ),
        pytest.param(
            a_page(organizations("1"), following="https://elsewhere.test/"),
            FailureClass.PAGINATION,
            id="next page elsewhere",
        ),
    ],
)
async def test_a_list_that_cannot_be_read_is_a_failure_of_the_tenant(
    answer: Response, failure_class: FailureClass
) -> None:
    """Never an empty list: the fleet did not vanish."""
    async with a_rig(answer, attempts=1) as rig:
        found = await discovered(rig)

    assert found.failure is not None
    assert found.failure.failure_class is failure_class
    assert found.failure.message
