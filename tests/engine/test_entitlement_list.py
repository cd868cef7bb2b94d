"""What SKUs are, asked once for all who want to know, in virtual time."""

from __future__ import annotations

from collections.abc import Mapping

import anyio
import pytest

from auditor.domain.entitlement import Entitlement
from auditor.engine.entitlement_list import EntitlementList
from auditor.engine.events import EntitlementsUntold
from auditor.wire.message import Response
from tests.engine.scripted import BASE_URL, Answer, Rig, a_page, a_rig, an_error

pytestmark = pytest.mark.virtual

URL = f"{BASE_URL}/administered/licensing/subscription/entitlements"
A_ROW = {"sku": "A", "name": "MX"}
ONE = b'{"sku": "A", "name": "MX"}'


async def told(listed: EntitlementList, rig: Rig) -> Mapping[str, Entitlement] | None:
    return await listed.read(rig.fetcher, base_url=BASE_URL, tenant="acme", on_event=rig.events.append)


def untold(rig: Rig) -> list[EntitlementsUntold]:
    return [event for event in rig.events if isinstance(event, EntitlementsUntold)]


async def test_whoever_comes_while_it_is_read_waits_and_gets_the_same() -> None:
    """One request for all of them, and none for those who come later."""
    answers: list[Mapping[str, Entitlement] | None] = []
    listed = EntitlementList()
    async with a_rig(a_page([A_ROW]), latency_seconds=1.0) as rig:

        async def ask() -> None:
            answers.append(await told(listed, rig))

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(ask)
        await ask()

    assert [url for url, _ in rig.transport.asked] == [URL]
    assert answers == [{"A": Entitlement("MX")}] * 6
    assert untold(rig) == []


@pytest.mark.parametrize("answer", [an_error(403, "no"), an_error(404), an_error(503), a_page()])
async def test_a_list_that_cannot_be_read_is_not_asked_for_again(answer: Response) -> None:
    """It is said once, with the reason; an empty list is one that was read."""
    listed = EntitlementList()
    async with a_rig(answer, attempts=2) as rig:
        first = await told(listed, rig)
        requests = len(rig.transport.asked)
        second = await told(listed, rig)

    is_read = answer.status == 200
    assert first == second == ({} if is_read else None)
    assert len(rig.transport.asked) == requests
    assert [event.tenant for event in untold(rig)] == ([] if is_read else ["acme"])


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ([Response.of(URL, 200, (), ONE)], ["A"]),
        ([a_page([A_ROW], following=f"{URL}?page=2"), a_page([{"sku": "B"}])], ["A", "B"]),
        ([a_page([A_ROW], following=f"{URL}?page=2"), an_error(403, "no")], None),
    ],
    ids=["one object", "pages", "pages that break off"],
)
async def test_forms_that_the_description_leaves_open_are_read(
    script: list[Answer], expected: list[str] | None
) -> None:
    """One object, a list, or pages of one: of which a part would pass off for the whole."""
    async with a_rig(*script) as rig:
        found = await told(EntitlementList(), rig)

    assert (found if found is None else sorted(found)) == expected


async def test_whoever_was_cut_off_leaves_it_to_be_asked() -> None:
    """The next one asks anew."""
    listed = EntitlementList()
    async with a_rig(a_page([A_ROW]), latency_seconds=1.0) as rig:
        with anyio.move_on_after(0.5):
            await told(listed, rig)
        found = await told(listed, rig)

    assert found == {"A": Entitlement("MX")}
    assert len(rig.transport.asked) == 2
