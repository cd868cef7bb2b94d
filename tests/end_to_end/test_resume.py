"""A run that is cut off anywhere, and the one that goes on with it."""

from __future__ import annotations

import signal
from pathlib import Path
from random import Random
from typing import Any

import anyio
import orjson
import pytest

from auditor.journal.journal import Journal
from auditor.simulator.server import Simulator
from auditor.simulator.world import WorldSpec
from tests.end_to_end.driving import AS_OF_TEXT, Ended, a_world, auditor, ended, lasting, start_auditor

pytestmark = pytest.mark.slow

WORLD = a_world(60, 30)
LISTS = a_world(60, 30, profile="per-device")
"""A world of which the journal tells how many requests each organization took: its pages."""
ROUNDS, KILLS_EACH = 5, 4
"""Twenty moments in all."""


def a_run(base_url: str, folder: Path, *more: str) -> tuple[str, ...]:
    """The arguments of a run that keeps a journal in *folder*."""
    files = ("--output", str(folder / "report.json"), "--journal", str(folder / "run.journal"))
    return ("run", "--base-url", base_url, *files, "--progress", "off", *more)


def report_in(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = orjson.loads((folder / "report.json").read_bytes())
    return report


async def run(base_url: str, folder: Path, *more: str) -> Ended:
    return await auditor(*a_run(base_url, folder, *more))


def requests_kept(folder: Path) -> int:
    """The requests that the journal of a killed run saves the next one."""
    with Journal.open(folder / "run.journal") as journal:
        pages = journal.pages_of_last_run()
        return sum(pages.values()) + len(journal) - len(pages)  # a skip was settled by one answer


async def cut_off(simulator: Simulator, folder: Path, how: signal.Signals, *more: str, after: int) -> Ended:
    """A run that is sent the signal *how* as soon as the server has seen *after* requests of it."""
    begun = simulator.stats["requests"]
    process = await start_auditor(*a_run(simulator.base_url, folder, "--as-of", AS_OF_TEXT, *more))
    while simulator.stats["requests"] < begun + after and process.returncode is None:  # noqa: ASYNC110
        await anyio.sleep(0.001)
    if process.returncode is None:
        process.send_signal(how)
    return await ended(process)


@pytest.mark.parametrize(("seed", "world"), [*((seed, LISTS) for seed in range(ROUNDS)), (ROUNDS, WORLD)])
async def test_whenever_a_run_is_killed_the_next_one_ends_it(
    tmp_path: Path, seed: int, world: WorldSpec
) -> None:
    """The report is that of a run that nobody disturbed, and nothing finished is asked for twice."""
    rng = Random(seed)
    lists_alone = ("--as-of", AS_OF_TEXT, "--no-seat-use")
    async with Simulator(world, latency=0.02, budgets=False) as simulator:
        await run(simulator.base_url, tmp_path, *lists_alone)
        undisturbed, moments, kept_ever = report_in(tmp_path), simulator.stats["requests"], 0
        for _ in range(KILLS_EACH):
            (tmp_path / "report.json").unlink()
            (tmp_path / "run.journal").unlink()
            moment = rng.randint(1, moments)
            killed = await cut_off(simulator, tmp_path, signal.SIGKILL, "--no-seat-use", after=moment)
            kept = requests_kept(tmp_path)

            resumed = await run(simulator.base_url, tmp_path, *lists_alone, "--resume")

            assert (killed.code, resumed.code) == (-9, 0), resumed.stderr
            assert lasting(report_in(tmp_path)) == lasting(undisturbed)
            asked, in_all = (one["traffic"]["requests"] for one in (report_in(tmp_path), undisturbed))
            assert asked == in_all - kept if world is LISTS else asked <= in_all
            assert report_in(tmp_path)["run"]["resumed"] == (kept > 0)
            kept_ever += kept

    assert kept_ever


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
async def test_a_run_that_a_signal_ended_goes_on_too(tmp_path: Path, how: signal.Signals, code: int) -> None:
    """It has written its partial report, and its journal stays open for the rest."""
    async with Simulator(WORLD, latency=0.05, budgets=False) as simulator:
        await run(simulator.base_url, tmp_path, "--as-of", AS_OF_TEXT, "--address-rate", "1000")
        undisturbed = report_in(tmp_path)

        stopped = await cut_off(simulator, tmp_path, how, after=60)
        partial = report_in(tmp_path)
        resumed = await run(simulator.base_url, tmp_path, "--resume")

    assert (stopped.code, resumed.code) == (code, 0)
    assert not partial["completeness"]["complete"]
    assert report_in(tmp_path)["run"]["resumed"]
    assert lasting(report_in(tmp_path)) == lasting(undisturbed)  # also without being told the time again


async def test_a_run_that_its_deadline_ended_goes_on_too(tmp_path: Path) -> None:
    """What one night has no time for, the next run may finish."""
    slow = ("--address-rate", "40", "--as-of", AS_OF_TEXT)
    async with Simulator(WORLD, budgets=False) as simulator:
        first = await run(simulator.base_url, tmp_path, *slow, "--deadline", "0.4s")
        resumed = await run(simulator.base_url, tmp_path, "--as-of", AS_OF_TEXT, "--resume")

    assert (first.code, resumed.code) == (3, 0)
    assert report_in(tmp_path)["completeness"]["complete"]


async def test_a_run_that_came_to_its_end_is_not_resumed(tmp_path: Path) -> None:
    """A nightly job may always say --resume, and every night is audited anew."""
    async with Simulator(a_world(6, 3)) as simulator:
        for _ in range(2):
            done = await run(simulator.base_url, tmp_path, "--resume", "--log-level", "info")
            assert done.code == 0
            assert "journal_begun" in done.stderr
            assert not report_in(tmp_path)["run"]["resumed"]


async def test_another_run_is_refused_with_every_difference(tmp_path: Path) -> None:
    """Two audits mixed into one report would be worse than none."""
    async with Simulator(WORLD, latency=0.05, budgets=False) as simulator:
        await cut_off(simulator, tmp_path, signal.SIGKILL, after=20)
        before = simulator.stats["requests"]

        done = await run(
            simulator.base_url,
            tmp_path,
            *("--resume", "--windows-days", "7", "--plan", "counts", "--include", "a*"),
            *("--as-of", "2026-04-01T00:00:00Z"),
        )

        assert simulator.stats["requests"] == before
    assert done.code == 2
    for name in ("windows_days: [30, 60, 90], now [7]", "plan", "selection include", "as_of"):
        assert name in done.stderr
    assert "leave out --resume" in done.stderr


async def test_starting_over_says_that_something_was_unfinished(tmp_path: Path) -> None:
    """Without --resume nothing of the earlier run is used."""
    async with Simulator(WORLD, latency=0.05, budgets=False) as simulator:
        await cut_off(simulator, tmp_path, signal.SIGKILL, after=20)

        done = await run(simulator.base_url, tmp_path, "--as-of", AS_OF_TEXT)

    assert done.code == 0
    assert "journal_started_over" in done.stderr
    assert not report_in(tmp_path)["run"]["resumed"]


async def test_two_runs_with_one_journal_are_one_too_many(tmp_path: Path) -> None:
    """The second is told so before it asks for anything."""
    async with Simulator(WORLD, latency=0.3, budgets=False) as simulator:
        process = await start_auditor(*a_run(simulator.base_url, tmp_path))
        while simulator.stats["requests"] < 2:  # noqa: ASYNC110 - another process works up to it
            await anyio.sleep(0.001)
        process.send_signal(signal.SIGSTOP)  # so that it cannot be done before the second has begun
        second = await run(simulator.base_url, tmp_path)
        process.send_signal(signal.SIGCONT)
        first = await ended(process)

    assert (first.code, second.code) == (0, 2)
    assert "another run is writing this journal" in second.stderr


LEFTOVER = bytes(4096)
"""What a power cut may leave of a file."""


async def test_a_damaged_journal_is_told_and_costs_nothing_but_time(tmp_path: Path) -> None:
    """It is kept for whoever wants to look at it."""
    (tmp_path / "run.journal").write_bytes(LEFTOVER)
    async with Simulator(a_world(6, 3)) as simulator:
        done = await run(simulator.base_url, tmp_path, "--resume")

    (aside,) = tmp_path.glob("run.journal.corrupt-*")
    assert done.code == 0
    assert "journal_set_aside" in done.stderr
    assert aside.read_bytes() == LEFTOVER


async def test_resume_without_a_journal_says_what_is_missing() -> None:
    """Nothing is asked of anybody."""
    done = await auditor("run", "--base-url", "http://127.0.0.1:9/api/v1", "--resume")

    assert done.code == 2
    assert "--journal FILE" in done.stderr


async def test_no_license_key_and_no_serial_is_in_a_journal(tmp_path: Path) -> None:
    """It holds counts; who finds it can open nothing with it."""
    async with Simulator(a_world(12, 40)) as simulator:
        await run(simulator.base_url, tmp_path)
        world = simulator.world
        rows = [row for one in world.organizations for row in world.licenses_of(one["id"])]
        keys = [key for one in world.organizations for key in world.co_term_keys_of(one["id"])]

    content = b"".join(path.read_bytes() for path in tmp_path.glob("run.journal*"))
    secrets = {str(row[key]) for row in rows for key in ("licenseKey", "deviceSerial") if row.get(key)}
    secrets |= {str(row["key"]) for row in keys}
    assert len(secrets) > 100
    assert b"tally" in content
    assert [one for one in secrets if one.encode() in content] == []
