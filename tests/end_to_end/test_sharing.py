"""Two runs on one machine, which is one source address to the vendor."""

from __future__ import annotations

from pathlib import Path

import anyio
import pytest

from auditor.engine.shared_budget import default_path
from auditor.readers import ledger_path
from auditor.simulator.server import Simulator
from tests.end_to_end.driving import Ended, a_world, auditor

pytestmark = pytest.mark.slow


async def run_two(base_url: str, *options: str) -> list[Ended]:
    """Two runs of the command line at the same time."""
    done: list[Ended] = []

    async def run() -> None:
        done.append(await auditor("run", "--base-url", base_url, *options))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
        tasks.start_soon(run)
    return done


async def test_two_runs_stay_within_one_address_budget(tmp_path: Path) -> None:
    """A nightly run and a CI check at the same time: together as fast as one of them alone."""
    async with Simulator(a_world(200, 2, profile="uniform"), budgets=False) as simulator:
        done = await run_two(simulator.base_url, "--shared-budget", str(tmp_path), "--address-rate", "60")
        (peak,) = simulator.stats["peakPerSecond"].values()

    assert [one.code for one in done] == [0, 0]
    assert peak <= 75  # 60, and what a busy machine delays; apart they reach 120
    assert [path.suffix for path in tmp_path.iterdir()] == [".budget"]


async def test_without_sharing_each_run_has_a_budget_of_its_own(tmp_path: Path) -> None:
    """What `off` means, and that the test above would notice its loss."""
    async with Simulator(a_world(200, 2, profile="uniform"), budgets=False) as simulator:
        await run_two(simulator.base_url, "--shared-budget", "off", "--address-rate", "60")
        (peak,) = simulator.stats["peakPerSecond"].values()

    assert peak > 80


async def test_a_folder_that_cannot_be_used_costs_the_sharing_and_not_the_run(tmp_path: Path) -> None:
    """It is said, and the run keeps to its own budgets."""
    async with Simulator(a_world(3, 2)) as simulator:
        done = await auditor(
            "run", "--base-url", simulator.base_url, "--shared-budget", str(tmp_path / "no" / "such")
        )

    assert done.code == 0
    assert "budget_not_shared" in done.stderr


def test_by_default_runs_share_towards_the_vendor_and_not_towards_loopback() -> None:
    """A simulator counts for itself, and tests must not meet on this machine's real ledger."""
    assert ledger_path("auto", "api.meraki.com:443") == default_path("api.meraki.com:443")
    assert ledger_path("auto", "loopback:8080") is None
    assert ledger_path("off", "api.meraki.com:443") is None
    assert ledger_path("/srv/x", "loopback:8080") == Path("/srv/x") / default_path("loopback:8080").name
