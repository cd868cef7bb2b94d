from __future__ import annotations

from dataclasses import replace
from typing import Any

import anyio
import orjson
import pytest

from auditor import __version__
from auditor.cluster.order import KeyReader, Keys
from auditor.cluster.place import ADDRESS_VARIABLE
from auditor.cluster.working import answer_roll_call, audit_part, end_early, find_all
from auditor.domain.shard import Shard
from auditor.errors import Problem, SettingsError
from auditor.settings.model import Settings
from auditor.simulator.server import Simulator
from tests.cluster.builders import an_order, planted_keys
from tests.end_to_end.driving import a_world

ADDRESS = "127.0.0.9"


def no_keys(settings: Settings) -> Keys:
    """Where the key is not."""
    raise SettingsError(Problem("tenant 'north'", "the environment variable NORTH_KEY is not set"))


@pytest.mark.parametrize(
    ("address", "read_keys", "complaint"),
    [(ADDRESS, no_keys, "NORTH_KEY is not set"), ("somewhere", planted_keys, ADDRESS_VARIABLE)],
)
def test_a_worker_that_cannot_do_its_part_says_why(
    address: str, read_keys: KeyReader, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names what it lacks, and is not counted on."""
    monkeypatch.setenv(ADDRESS_VARIABLE, address)

    present = answer_roll_call(an_order().settings, read_keys)

    assert present.place is None
    assert complaint in str(present.problems[0])


def test_a_worker_that_can_says_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """And which version it is, which must be that of its coordinator."""
    monkeypatch.setenv(ADDRESS_VARIABLE, ADDRESS)

    present = answer_roll_call(an_order().settings, planted_keys)

    assert (present.version, present.problems) == (__version__, ())
    assert present.place is not None
    assert present.place.egress == ADDRESS


async def test_a_part_is_audited_from_the_address_of_its_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the rate of that address, and only what belongs to the part."""
    monkeypatch.setenv(ADDRESS_VARIABLE, ADDRESS)
    async with Simulator(a_world(20, 5)) as simulator:
        order = an_order(base_url=simulator.base_url).sent({ADDRESS: 80.0})
        searched = await anyio.to_thread.run_sync(find_all, order)
        assert searched is not None
        found, traffic = searched
        text = await anyio.to_thread.run_sync(audit_part, order.part(Shard(2, 3), found))
        seen = simulator.stats

    assert text is not None
    assert len(found.plan.assignments) + len(found.plan.settled) == 20
    report: dict[str, Any] = orjson.loads(text)
    assert set(seen["peakPerSecond"]) == {ADDRESS}
    assert report["run"]["shard"] == "2/3"
    assert traffic.requests + report["traffic"]["requests"] == seen["requests"]
    assert report["organizations"]
    assert all(Shard(2, 3).takes(one["id"]) for one in report["organizations"])


async def test_a_part_ends_with_its_run() -> None:
    """What was read is handed in, and no other part of that run is begun."""
    async with Simulator(a_world(40, 5), latency=0.05) as simulator:
        order = replace(an_order(base_url=simulator.base_url).sent({}), shard=Shard(1, 1))
        texts: list[bytes | None] = []

        async def work() -> None:
            texts.append(await anyio.to_thread.run_sync(audit_part, order))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(work)
            while simulator.stats["requests"] < 20:  # noqa: ASYNC110
                await anyio.sleep(0.005)
            end_early(order.run_id, "enough")
        asked = simulator.stats["requests"]
        texts.append(await anyio.to_thread.run_sync(audit_part, order))
        searched = await anyio.to_thread.run_sync(find_all, order)

        assert simulator.stats["requests"] == asked
    assert texts[0] is not None
    assert orjson.loads(texts[0])["run"]["interrupted"] == "enough"
    assert texts[1] is None
    assert searched is None
