"""One audit in three parts, each a process of its own, and their reports joined again."""

from __future__ import annotations

import json
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from auditor.simulator.faults import FaultKind, FaultPlan
from auditor.simulator.server import Simulator
from auditor.simulator.world import World
from tests.end_to_end.driving import AS_OF_TEXT, Ended, a_world, auditor, lasting

pytestmark = pytest.mark.slow

COUNT = 3
FLEET = 60
FAST = ("--address-rate", "1000", "--organization-rate", "1000", "--organization-burst", "1000")


async def run(simulator: Simulator, target: Path, *options: str, **variables: str) -> Ended:
    """An audit, or a part of one, with its report at *target*."""
    base = ("--base-url", simulator.base_url, "--as-of", AS_OF_TEXT, *FAST)
    return await auditor("run", *base, "-o", str(target), *options, **variables)


async def run_parts(simulator: Simulator, folder: Path, *options: str) -> list[Path]:
    """The reports of all parts."""
    paths = [folder / f"part-{index}.json" for index in range(1, COUNT + 1)]
    for index, path in enumerate(paths, 1):
        done = await run(simulator, path, "--shard", f"{index}/{COUNT}", *options)
        assert done.code in {0, 3}, done
    return paths


async def merge(paths: list[Path], *options: str) -> Ended:
    return await auditor("merge", *map(str, paths), *options)


def report_at(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_bytes()))


def spans_of(reports: list[dict[str, Any]]) -> Counter[str]:
    """In how many of *reports* each subscription is."""
    blocks = [
        [one["subscription"] for one in report["organizations"] if "subscription" in one]
        for report in reports
    ]
    return Counter(
        chain(*({held["id"] for one in several for held in one["subscriptions"]} for several in blocks))
    )


@pytest.mark.parametrize("spread", ["by id", "by size"])
async def test_parts_joined_are_the_report_of_one_run(tmp_path: Path, spread: str) -> None:
    """Every byte outside `run` and `traffic`, of all licensing models, with subscriptions across parts."""
    single = tmp_path / "single.json"
    sizes = ("--shard-sizes", str(single)) if spread == "by size" else ()
    async with Simulator(a_world(FLEET, 100), budgets=False) as simulator:
        assert (await run(simulator, single)).code == 0
        parts = await run_parts(simulator, tmp_path, *sizes)

    joined = await merge(parts[::-1])

    reports = [report_at(path) for path in parts]
    ids = [{one["id"] for one in report["organizations"]} for report in reports]
    assert sum(map(len, ids)) == len(set().union(*ids)) == FLEET
    assert all(len(each) > FLEET // (2 * COUNT) for each in ids)
    assert max(spans_of(reports).values()) > 1
    assert joined.code == 0, joined
    assert lasting(joined.report) == lasting(report_at(single))
    assert joined.report["run"]["shard"] is None


async def test_each_part_asks_for_its_own_organizations(tmp_path: Path) -> None:
    """All list the organizations; what is read then is read once."""
    async with Simulator(a_world(FLEET, 100, profile="per-device"), budgets=False) as simulator:
        single = await run(simulator, tmp_path / "single.json")
        for_all = simulator.stats["requests"]
        await run_parts(simulator, tmp_path)
        for_parts = simulator.stats["requests"] - for_all

    assert single.code == 0
    assert for_parts == for_all + COUNT - 1


async def test_what_goes_wrong_is_told_as_by_one_run(tmp_path: Path) -> None:
    """A refused organization, a skip, and findings of the comparison; the exit code as well."""
    single = tmp_path / "single.json"
    spec = a_world(FLEET, 100)
    open_ones = [one["id"] for one in World(spec).organizations if one["licensing"]["model"] == "per-device"]
    struck = dict.fromkeys(open_ones[1::11], FaultKind.FORBIDDEN)
    async with Simulator(spec, budgets=False, faults=FaultPlan(organizations=struck)) as simulator:
        told = await run(simulator, single, "--reconcile")
        parts = await run_parts(simulator, tmp_path, "--reconcile")

    joined = await merge(parts)

    assert (told.code, joined.code) == (3, 3)
    assert len(joined.report["errors"]) == len(struck)
    whole, joined_report = report_at(single), joined.report
    for error in whole["errors"] + joined_report["errors"]:
        error["requestId"] = None  # of every request its own
    assert lasting(joined_report) == lasting(whole)


async def test_kubernetes_says_which_part_it_is(tmp_path: Path) -> None:
    """Counted from 0, in the variable of an indexed job."""
    single = tmp_path / "single.json"
    parts = [tmp_path / f"{index}.json" for index in range(COUNT)]
    async with Simulator(a_world(FLEET, 40), budgets=False) as simulator:
        await run(simulator, single)
        for index, path in enumerate(parts):
            done = await run(simulator, path, "--shard", str(COUNT), JOB_COMPLETION_INDEX=str(index))
            assert done.code == 0, done
            assert report_at(path)["run"]["shard"] == f"{index + 1}/{COUNT}"

    assert lasting((await merge(parts)).report) == lasting(report_at(single))


async def test_parts_of_different_audits_are_refused_by_their_files(tmp_path: Path) -> None:
    """Another time, another selection, or another spread."""
    single, other = tmp_path / "single.json", tmp_path / "other.json"
    async with Simulator(a_world(12, 20), budgets=False) as simulator:
        await run(simulator, single)
        first, second, third = await run_parts(simulator, tmp_path)
        for options in (("--exclude", "*9"), ("--shard-sizes", str(single)), ("--as-of", "2026-03-01")):
            await run(simulator, other, "--shard", "2/3", *options)
            refused = await merge([first, other, third])
            assert (refused.code, refused.stdout) == (2, "")
            assert f"part 1/3 ({first}) and part 2/3 ({other}) differ in " in refused.stderr

    missing = await merge([first, third])
    assert missing.code == 2
    assert "part 2/3 is missing" in missing.stderr
    incomplete = await merge([first, third], "--allow-missing")
    assert incomplete.code == 3
    assert incomplete.report["run"]["shard"] == "1,3/3"
    assert second.exists()


async def test_a_plan_tells_what_the_parts_then_ask(tmp_path: Path) -> None:
    """Requests and the longest part, for parts made even by the same sizes."""
    single = tmp_path / "single.json"
    async with Simulator(a_world(FLEET, 900, profile="per-device"), budgets=False) as simulator:
        await run(simulator, single, "--no-seat-use")
        base = ("plan", "--base-url", simulator.base_url, "--previous", str(single), "--no-seat-use")
        told = await auditor(*base, "--addresses", str(COUNT), "--format", "json")
        table = await auditor(*base, "--addresses", str(COUNT))
        paths = await run_parts(simulator, tmp_path, "--shard-sizes", str(single), "--no-seat-use")

    asked_for = [report_at(path)["traffic"]["requests"] for path in paths]
    alone, together = json.loads(told.stdout)["capacity"]
    assert (alone["addresses"], together["addresses"]) == (1, COUNT)
    assert alone["requests"]["least"] == report_at(single)["traffic"]["requests"]
    assert together["requests"] == {"least": sum(asked_for), "most": sum(asked_for)}
    assert together["leastSeconds"] < alone["leastSeconds"]
    assert max(asked_for) < min(asked_for) * 1.3
    assert together["mostBytes"] > sum(report_at(path)["traffic"]["bytes"] for path in paths)
    assert together["memoryBytes"] < alone["memoryBytes"]
    assert (alone["mergeMemoryBytes"], together["mergeMemoryBytes"] > 0) == (0, True)
    assert together["reportBytes"] == alone["reportBytes"] > 0
    *_, row, report = table.stdout.splitlines()
    assert row.split()[:2] == [str(COUNT), f"{sum(asked_for):,}"]
    assert report.startswith("the report takes ")


async def test_a_plan_of_parts_is_not_one_of_a_part() -> None:
    """Which of both is meant, nobody can tell."""
    told = await auditor("plan", "--shard", "1/2", "--addresses", "4")

    assert (told.code, told.stdout) == (2, "")
    assert "--addresses" in told.stderr


async def test_parts_without_organizations_are_parts(tmp_path: Path) -> None:
    """Of few organizations many parts are empty; none is missing, and the whole is that of one run."""
    single, paths = tmp_path / "single.json", [tmp_path / f"{index}.json" for index in range(1, 6)]
    async with Simulator(a_world(2, 10, profile="per-device"), budgets=False) as simulator:
        await run(simulator, single)
        codes = [
            (await run(simulator, path, "--shard", f"{index}/5")).code for index, path in enumerate(paths, 1)
        ]

    joined = await merge(paths)

    assert codes == [0] * 5
    assert sum(not report_at(path)["organizations"] for path in paths) >= 3
    assert joined.code == 0, joined
    assert lasting(joined.report) == lasting(report_at(single))
