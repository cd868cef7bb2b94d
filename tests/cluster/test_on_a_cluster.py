"""The real program on a real scheduler, with workers that send from an address of their own each."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import anyio
import pytest

from auditor.cluster.coordinator import Parts, audit_in_parts
from auditor.engine.stop import Stop
from auditor.errors import SettingsError
from auditor.simulator.server import Simulator
from tests.cluster.builders import an_order
from tests.cluster.driving import KEY_OF_WORKERS, Cluster, a_cluster, a_run, report_at
from tests.cluster.lying import LIES, VARIABLE
from tests.end_to_end.driving import KEY, Ended, a_world, auditor, ended, lasting, start_auditor

pytestmark = pytest.mark.slow

WORLD = a_world(80, 10)
PACE = ("--address-rate", "80")
"""Below what the vendor grants: whoever answers beside other tests may take some requests at once."""

ONE, TWO = "127.0.0.2", "127.0.0.3"


async def distributed_run(simulator: Simulator, cluster: Cluster, *more: str) -> Ended:
    """A run on *cluster* by a coordinator that has no key."""
    arguments = a_run(simulator.base_url, "--engine", cluster.engine, *PACE, *more)
    return await auditor(*arguments, MERAKI_DASHBOARD_API_KEY="")


@pytest.fixture(scope="module")
def alone() -> bytes:
    """What a run in one process reports of the same world."""

    async def run_once() -> Ended:
        async with Simulator(WORLD) as simulator:
            return await auditor(*a_run(simulator.base_url))

    done = anyio.run(run_once)
    assert done.code == 0, done.stderr
    return lasting(done.report)


async def test_two_workers_report_what_one_process_does(alone: bytes, tmp_path: Path) -> None:
    """Each within the budget of its own address, and with a key that nobody sent to it."""
    async with (
        Simulator(WORLD, latency=0.02) as simulator,
        a_cluster(KEY_OF_WORKERS, ONE, KEY_OF_WORKERS, TWO) as cluster,
    ):
        done = await distributed_run(simulator, cluster, "--journal", str(tmp_path / "parts"))
        seen = simulator.stats

    assert done.code == 0, done.stderr
    assert lasting(done.report) == alone
    assert set(seen["peakPerSecond"]) == {ONE, TWO}
    assert seen["rateLimited"] == {"organization": 0, "address": 0}
    assert done.report["run"]["interrupted"] is None
    assert not [*(tmp_path / "parts").iterdir()]
    assert cluster.logs
    assert KEY not in cluster.logs[0] + done.stdout + done.stderr


@pytest.mark.parametrize("others", [(KEY_OF_WORKERS, TWO), ()])
async def test_a_worker_that_is_killed_loses_nothing(alone: bytes, others: tuple[str, ...]) -> None:
    """Its part is audited again, by another one or by itself when it has been started anew."""
    async with (
        Simulator(WORLD, latency=0.02) as simulator,
        a_cluster(KEY_OF_WORKERS, ONE, *others) as cluster,
    ):
        arguments = a_run(simulator.base_url, "--engine", cluster.engine, *PACE)
        process = await start_auditor(*arguments, MERAKI_DASHBOARD_API_KEY="")
        while simulator.stats["requests"] < 60 and process.returncode is None:  # noqa: ASYNC110
            await anyio.sleep(0.005)
        os.kill(cluster.pids[ONE], signal.SIGKILL)
        done = await ended(process)
        seen = simulator.stats

    assert done.code == 0, done.stderr
    assert lasting(done.report) == alone
    assert seen["rateLimited"] == {"organization": 0, "address": 0}


@pytest.mark.parametrize("lie", sorted(LIES))
async def test_what_a_worker_returns_is_held_against_what_was_ordered(alone: bytes, lie: str) -> None:
    """A part that disagrees is reported, and audited again by another worker."""
    async with (
        Simulator(WORLD, latency=0.02) as simulator,
        a_cluster(KEY_OF_WORKERS, f"{VARIABLE}={lie}", ONE, KEY_OF_WORKERS, TWO) as cluster,
    ):
        done = await distributed_run(simulator, cluster)

    assert done.code == 0, done.stderr
    assert lasting(done.report) == alone
    assert "part_refused" in done.stderr


async def test_where_every_worker_lies_the_run_is_incomplete() -> None:
    """No organization is taken for audited, and each says why it is not."""
    async with (
        Simulator(a_world(20, 10)) as simulator,
        a_cluster(
            *(word for one in (ONE, TWO) for word in (KEY_OF_WORKERS, f"{VARIABLE}=no JSON", one))
        ) as cluster,
    ):
        done = await distributed_run(simulator, cluster, "--deadline", "8s")

    assert done.code == 4, done.stderr
    assert not done.report["completeness"]["complete"]
    assert done.report["completeness"]["organizations"]["audited"] == 0
    assert any("was refused" in one["message"] for one in done.report["errors"])


async def test_workers_of_one_address_share_its_budget(alone: bytes) -> None:
    """They are told of, and their rates together are that of one."""
    async with (
        Simulator(WORLD, latency=0.02) as simulator,
        a_cluster(KEY_OF_WORKERS, ONE, KEY_OF_WORKERS, ONE) as cluster,
    ):
        done = await distributed_run(simulator, cluster)
        seen = simulator.stats

    assert done.code == 0, done.stderr
    assert lasting(done.report) == alone
    assert "address_shared" in done.stderr
    assert set(seen["peakPerSecond"]) == {ONE}
    assert seen["rateLimited"] == {"organization": 0, "address": 0}


async def test_a_worker_without_a_key_gets_no_part_beside_one_that_has_it(alone: bytes) -> None:
    """Not even when it has nothing to do, and the other one much."""
    async with (
        Simulator(WORLD, latency=0.02) as simulator,
        a_cluster(ONE, KEY_OF_WORKERS, TWO) as cluster,
    ):
        done = await distributed_run(simulator, cluster)
        seen = simulator.stats

    assert done.code == 0, done.stderr
    assert lasting(done.report) == alone
    assert "worker_unfit" in done.stderr
    assert set(seen["peakPerSecond"]) == {TWO}


async def test_the_deadline_ends_the_parts_of_all_workers(tmp_path: Path) -> None:
    """What they have read until then is told, and that it is not all."""
    target = tmp_path / "report.json"
    async with (
        Simulator(a_world(400, 10), latency=0.02) as simulator,
        a_cluster(KEY_OF_WORKERS, ONE, KEY_OF_WORKERS, TWO) as cluster,
    ):
        done = await distributed_run(simulator, cluster, "--deadline", "2s", "--output", str(target))
        seen = simulator.stats

    report = report_at(target)
    assert done.code == 3, done.stderr
    assert report["run"]["interrupted"].startswith("the deadline of 2 s came")
    assert not report["completeness"]["complete"]
    counts = report["completeness"]["organizations"]
    assert (counts["seen"], counts["selected"], len(report["organizations"])) == (400, 400, 400)
    assert counts["audited"] > 0
    assert counts["failed"] + counts["partial"] == report["completeness"]["failedByClass"]["deadline"]
    assert set(seen["peakPerSecond"]) == {ONE, TWO}


async def test_a_run_that_is_stopped_tells_what_was_read_and_is_resumed(alone: bytes, tmp_path: Path) -> None:
    """What the workers have is handed in; parts that are whole are not asked again."""
    target, parts = tmp_path / "report.json", tmp_path / "parts"
    kept = ("--output", str(target), "--journal", str(parts))
    async with (
        Simulator(WORLD, latency=0.02) as simulator,
        a_cluster(KEY_OF_WORKERS, ONE, KEY_OF_WORKERS, TWO) as cluster,
    ):
        arguments = a_run(simulator.base_url, "--engine", cluster.engine, *kept)
        process = await start_auditor(*arguments, MERAKI_DASHBOARD_API_KEY="")
        while len([*tmp_path.glob("parts/part-*.json")]) < 2 and process.returncode is None:  # noqa: ASYNC110
            await anyio.sleep(0.005)
        process.send_signal(signal.SIGTERM)
        stopped, cut_short = await ended(process), report_at(target)
        resumed = await distributed_run(simulator, cluster, *kept, "--resume")

    assert stopped.code == 143
    assert cut_short["run"]["interrupted"].startswith("stopped by SIGTERM")
    assert not cut_short["completeness"]["complete"]
    assert cut_short["completeness"]["organizations"]["audited"] > 0
    assert resumed.code == 0, resumed.stderr
    assert "journal_resumed" in resumed.stderr
    assert report_at(target)["run"]["resumed"]
    assert lasting(report_at(target)) == alone


async def test_organizations_that_came_meanwhile_are_audited_by_a_resumed_run(tmp_path: Path) -> None:
    """A part that is kept tells nothing of them: it is audited anew, as is one whose organizations went."""
    fewer, more = a_world(60, 10, profile="per-device"), a_world(90, 10, profile="per-device")
    target, kept = tmp_path / "report.json", ("--journal", str(tmp_path / "parts"))
    async with a_cluster(KEY_OF_WORKERS, ONE, KEY_OF_WORKERS, TWO) as cluster:
        async with Simulator(fewer, latency=0.02) as simulator:
            port = simulator.port
            arguments = a_run(simulator.base_url, "--engine", cluster.engine, *kept, "-o", str(target))
            process = await start_auditor(*arguments, MERAKI_DASHBOARD_API_KEY="")
            while len([*tmp_path.glob("parts/part-*.json")]) < 2 and process.returncode is None:  # noqa: ASYNC110
                await anyio.sleep(0.005)
            process.send_signal(signal.SIGTERM)
            await ended(process)
        async with Simulator(more, latency=0.02, port=port) as simulator:
            resumed = await distributed_run(simulator, cluster, *kept, "--resume", "-o", str(target))

    counts = report_at(target)["completeness"]["organizations"]
    assert resumed.code == 0, resumed.stderr
    assert (counts["seen"], counts["audited"]) == (90, 90)
    assert "part_refused" in resumed.stderr
    assert "of the run before" in resumed.stderr


async def test_a_worker_without_a_key_is_told_of_and_gets_no_part() -> None:
    """By the name of what it lacks; where no worker has the key, nothing is fetched."""
    async with (
        Simulator(a_world(20, 10)) as simulator,
        a_cluster(ONE) as cluster,
    ):
        done = await distributed_run(simulator, cluster)
        seen = simulator.stats

    assert done.code == 2
    assert "MERAKI_DASHBOARD_API_KEY is not set" in done.stderr
    assert "worker_unfit" in done.stderr
    assert seen["requests"] == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--engine", "spark://127.0.0.1:1"), "is no engine"),
        (("--engine", "dask://127.0.0.1:1", "--shard", "1/2"), "makes the parts itself"),
        (("--engine", "dask://127.0.0.1:1", "--resume"), "there is no journal to resume from"),
    ],
)
async def test_what_cannot_be_is_refused(arguments: tuple[str, ...], complaint: str) -> None:
    """With what to do about it, and before anything is fetched."""
    refused = await auditor(*a_run("http://127.0.0.1:9/api/v1", *arguments))

    assert refused.code == 2
    assert complaint in refused.stderr


async def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what may be wrong, and before anything is fetched."""
    monkeypatch.setattr("auditor.cluster.coordinator.CONNECT_SECONDS", 0.3)

    with pytest.raises(SettingsError, match=r"no scheduler answers at 127\.0\.0\.1:1"):
        await audit_in_parts(
            an_order(),
            scheduler="127.0.0.1:1",
            parts=Parts(lambda _: None, lambda _, __: None, lambda _, __: None),
            stop=Stop(),
            on_event=lambda _: None,
        )
