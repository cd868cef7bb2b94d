from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import Context
from itertools import chain, count, cycle
from math import ceil
from pathlib import Path
from random import Random
from typing import TypeVarTuple

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.engine.ledger import ACCOUNTS_AT, FILE_SIZE, LedgerUnavailableError
from auditor.engine.shared_budget import LONGEST_SAFE_SECONDS, RESPITE_SECONDS, SharedBudget
from tests.engine.arrivals import busiest_window, refused_by_token_bucket
from tests.virtual_time import VirtualTimeLoop

_Arguments = TypeVarTuple("_Arguments")

ROUNDING_SECONDS = 1e-3
RATES = [0.5, 1.0, 1.5, 2.0, 2.5, 5.0, 7.5, 10.0, 20.0, 33.0, 50.0, 99.5, 100.0, 250.0]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a ledger can be made."""
    return tmp_path / "host.budget"


def open_budget(path: Path, *, rate: float = 100.0) -> SharedBudget:
    """What one process opens; its share of an organization's 10/s is 9/s."""
    return SharedBudget.open(path, address_rate=rate, organization_rate=9.0, organization_burst=9.0)


class LateTimersLoop(VirtualTimeLoop):
    """Its timers fire late, each by what *lateness* returns when it is set, in seconds."""

    def __init__(self, lateness: Callable[[], float]) -> None:
        super().__init__()
        self._lateness = lateness

    def call_at(
        self,
        when: float,
        callback: Callable[[*_Arguments], object],
        *args: *_Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Set a timer that fires late."""
        return super().call_at(when + self._lateness(), callback, *args, context=context)


def in_turn(usual: list[float], *, stalls: set[int]) -> Callable[[], float]:
    """Late by *usual* seconds in turn, but by 0.3 those timers that are numbered in *stalls*."""
    turns = cycle(usual)
    numbers = count(1)
    return lambda: 0.3 if next(numbers) in stalls else next(turns)


def starts_of_processes(
    loop: asyncio.AbstractEventLoop, path: Path, *, rates: list[float], gaps: list[list[float]]
) -> list[list[float]]:
    """When the requests of several processes begin, each of which wants one after each of its *gaps*."""
    starts: list[list[float]] = [[] for _ in rates]

    async def run_one(budget: SharedBudget, own_gaps: list[float], own_starts: list[float]) -> None:
        for gap in own_gaps:
            await anyio.sleep(gap)
            await budget.acquire_address()
            own_starts.append(anyio.current_time())
        budget.close()

    async def run_all() -> None:
        async with anyio.create_task_group() as tasks:
            for number, (rate, own_gaps) in enumerate(zip(rates, gaps, strict=True)):
                budget = open_budget(path, rate=rate)
                tasks.start_soon(run_one, budget, own_gaps, starts[number], name=f"process {number}")

    try:
        loop.run_until_complete(run_all())
    finally:
        loop.close()
    return starts


class TestAddress:
    @settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        rate=st.sampled_from(RATES),
        gaps=st.lists(
            st.lists(st.floats(0, 0.05) | st.just(0.0) | st.floats(0.5, 3), min_size=10, max_size=80),
            min_size=1,
            max_size=4,
        ),
        usual=st.lists(st.just(0.0) | st.floats(0, 0.02), min_size=1, max_size=20),
        stalls=st.sets(st.integers(1, 150), max_size=8),
    )
    def test_no_second_sees_more_than_the_budget_whatever_the_processes_do(
        self,
        tmp_path_factory: pytest.TempPathFactory,
        rate: float,
        gaps: list[list[float]],
        usual: list[float],
        stalls: set[int],
    ) -> None:
        """However many they are, whenever they come and go, and however late their timers fire."""
        loop = LateTimersLoop(in_turn(usual, stalls=stalls))
        path = tmp_path_factory.mktemp("ledger") / "host.budget"

        starts = starts_of_processes(loop, path, rates=[rate] * len(gaps), gaps=gaps)

        assert busiest_window(list(chain(*starts)), 1.0) <= ceil(rate)

    @pytest.mark.parametrize("processes", [1, 2, 5])
    def test_together_they_use_98_percent_of_the_budget_in_equal_parts(
        self, path: Path, processes: int
    ) -> None:
        """Sharing costs nothing that one process alone would have had."""
        gaps = [[0.0] * (1000 // processes)] * processes

        starts = starts_of_processes(VirtualTimeLoop(), path, rates=[100] * processes, gaps=gaps)

        everything = sorted(chain(*starts))
        assert 999 / (everything[-1] - everything[0]) >= 98
        assert max(map(max, starts)) - min(map(max, starts)) < 0.1

    @pytest.mark.parametrize("rate", RATES)
    @pytest.mark.parametrize("processes", [1, 3])
    def test_small_budgets_are_used_as_fully_and_draw_no_429(
        self, path: Path, rate: float, processes: int
    ) -> None:
        """Also those of no whole number, of which a second alone could use only a part."""
        gaps = [[0.0] * (300 // processes)] * processes

        starts = starts_of_processes(VirtualTimeLoop(), path, rates=[rate] * processes, gaps=gaps)

        everything = sorted(chain(*starts))
        assert 299 / (everything[-1] - everything[0]) >= 0.98 * rate
        assert busiest_window(everything, 1.0) <= ceil(rate)
        assert refused_by_token_bucket(everything, rate=rate, capacity=5) == 0

    def test_late_timers_cost_nothing_within_the_tolerance(self, path: Path) -> None:
        """The next request makes up for the one that began late."""
        loop = LateTimersLoop(in_turn([0.0, 0.02, 0.004, 0.015], stalls=set()))

        (starts,) = starts_of_processes(loop, path, rates=[100], gaps=[[0.0] * 1000])

        assert 999 / (starts[-1] - starts[0]) >= 98
        assert busiest_window(starts, 1.0) <= 100
        assert refused_by_token_bucket(starts, rate=100, capacity=5) == 0

    def test_a_slower_process_keeps_its_rate_and_all_keep_the_faster_one(self, path: Path) -> None:
        """One was told to leave half to others: it does, and the other still stays in the budget."""
        fast, slow = starts_of_processes(
            VirtualTimeLoop(), path, rates=[100, 50], gaps=[[0.0] * 300, [0.0] * 300]
        )

        assert busiest_window(slow, 1.0) <= 50
        assert busiest_window(fast + slow, 1.0) <= 100
        assert min(len(fast), len(slow)) == 300

    @pytest.mark.parametrize("stalled_timer", range(1, 11))
    def test_who_was_stopped_while_waiting_waits_anew(self, path: Path, stalled_timer: int) -> None:
        """What it reserved has passed, and the time since belongs to the others."""
        loop = LateTimersLoop(in_turn([0.0], stalls={stalled_timer}))

        starts = starts_of_processes(loop, path, rates=[1, 1], gaps=[[0.0] * 5] * 2)

        assert busiest_window(list(chain(*starts)), 1.0) == 1

    def test_a_process_whose_timers_are_always_too_late_is_not_starved(self, path: Path) -> None:
        """It begins late after all, rather than never, beside one that is always on time."""

        def lateness() -> float:
            task = asyncio.current_task()
            return 0.06 if task is not None and task.get_name() == "process 0" else 0.0

        sluggish, prompt = starts_of_processes(
            LateTimersLoop(lateness), path, rates=[100, 100], gaps=[[0.0] * 10, [0.0] * 1000]
        )

        assert max(sluggish) < max(prompt)

    @pytest.mark.virtual
    async def test_giving_up_costs_nobody_a_turn(self, path: Path) -> None:
        """A cancelled wait leaves the budget as it found it."""
        budget = open_budget(path, rate=1)
        await budget.acquire_address()
        for _ in range(5):
            with anyio.move_on_after(0.1):
                await budget.acquire_address()

        await budget.acquire_address()

        assert anyio.current_time() < 1.1

    @pytest.mark.virtual
    async def test_a_pause_by_one_process_holds_the_other_who_waits_already(self, path: Path) -> None:
        """A 429 that one of them drew."""
        one, other = open_budget(path, rate=1), open_budget(path, rate=1)
        await other.acquire_address()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(other.acquire_address)
            await anyio.sleep(0.5)
            one.pause_address(30)

        assert anyio.current_time() == pytest.approx(30.5, abs=ROUNDING_SECONDS)


@pytest.mark.virtual
class TestOrganization:
    async def test_two_processes_spend_no_more_than_one_organization_grants(self, path: Path) -> None:
        """The vendor's bucket: 10 at once, then 10 a second."""
        starts: list[float] = []

        async def spend(budget: SharedBudget) -> None:
            for _ in range(60):
                await budget.acquire_organization("L_1")
                starts.append(anyio.current_time())

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(spend, open_budget(path))
            tasks.start_soon(spend, open_budget(path))

        assert refused_by_token_bucket(starts, rate=10, capacity=10) == 0
        assert sum(start < ROUNDING_SECONDS for start in starts) == 9
        assert anyio.current_time() == pytest.approx((120 - 9) / 9, abs=0.2)

    async def test_a_paused_organization_pauses_alone_and_in_every_process(self, path: Path) -> None:
        """A 429 of one organization, seen by one process."""
        one, other = open_budget(path), open_budget(path)
        one.pause_organization("L_1", 30)

        await other.acquire_organization("L_2")
        await other.acquire_address()
        assert anyio.current_time() < 1
        await other.acquire_organization("L_1")
        assert anyio.current_time() == pytest.approx(30, abs=ROUNDING_SECONDS)

    async def test_who_waits_keeps_one_reservation_ahead_however_many_wait(self, path: Path) -> None:
        """A crowd in one process must not push the other process to the end of the queue."""
        crowded, lone = open_budget(path), open_budget(path)
        async with anyio.create_task_group() as tasks:
            for _ in range(200):
                tasks.start_soon(crowded.acquire_organization, "L_1")
            await anyio.sleep(2)
            before = anyio.current_time()
            await lone.acquire_organization("L_1")
            waited = anyio.current_time() - before
            tasks.cancel_scope.cancel()

        assert waited < 2.5 / 9


DAMAGES: dict[str, Callable[[Path], object]] = {
    "random bytes": lambda path: path.write_bytes(Random("damage").randbytes(FILE_SIZE)),
    "zeros": lambda path: path.write_bytes(bytes(FILE_SIZE)),
    "cut short": lambda path: os.truncate(path, 100),
    "emptied": lambda path: os.truncate(path, 0),
    "removed": lambda path: path.unlink(missing_ok=True),
    "its accounts overwritten": lambda path: overwrite(path, ACCOUNTS_AT, b"\xff" * 16),
}


def overwrite(path: Path, offset: int, content: bytes) -> None:
    """Write into the middle of a file."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)


@pytest.mark.virtual
class TestDamage:
    @pytest.mark.parametrize("kind", sorted(DAMAGES))
    async def test_a_ledger_that_is_damaged_again_and_again_leaves_all_within_one_budget(
        self, path: Path, kind: str
    ) -> None:
        """Each run keeps to a safe share from the second damage on, and reports why once."""
        told: list[list[str]] = [[], []]
        starts: list[float] = []

        async def run_one(number: int) -> None:
            budget = SharedBudget.open(
                path,
                address_rate=100,
                organization_rate=9,
                organization_burst=9,
                on_trouble=told[number].append,
            )
            while True:
                await budget.acquire_address()
                starts.append(anyio.current_time())

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run_one, 0)
            tasks.start_soon(run_one, 1)
            for _ in range(200):
                await anyio.sleep(0.05)
                DAMAGES[kind](path)
            tasks.cancel_scope.cancel()

        assert busiest_window([one for one in starts if one > 1.5], 1) <= 55
        assert len(starts) > 2 * 20 * 9  # and nothing stands still
        assert [len(one) for one in told] == [1, 1]
        assert "damages it again and again; this run keeps to 25% of its rates" in told[0][0]

    @pytest.mark.parametrize("kind", sorted(DAMAGES))
    async def test_one_damage_is_a_clean_up(self, path: Path, kind: str) -> None:
        """The ledger is made anew, and the run goes on at its full rate."""
        told: list[str] = []
        budget = SharedBudget.open(
            path, address_rate=100, organization_rate=9, organization_burst=9, on_trouble=told.append
        )
        await budget.acquire_address()
        DAMAGES[kind](path)
        before = anyio.current_time()
        for _ in range(100):
            await budget.acquire_address()

        assert anyio.current_time() - before < 1.1
        assert (budget.statistics.damages, told) == (1, [])

    async def test_an_organization_keeps_to_the_safe_share_as_well(self, path: Path) -> None:
        """And to its full rate when the damage has been over for long."""
        budget = open_budget(path)
        await budget.acquire_address()
        for _ in range(2):
            path.write_bytes(bytes(FILE_SIZE))
            await budget.acquire_address()
        before = anyio.current_time()
        for _ in range(9):
            await budget.acquire_organization("L_1")

        assert anyio.current_time() - before == pytest.approx(8 * 4 / 9, abs=0.2)
        await anyio.sleep(LONGEST_SAFE_SECONDS)
        before = anyio.current_time()
        for _ in range(9):
            await budget.acquire_organization("L_1")
        assert anyio.current_time() - before < 0.1


@pytest.mark.virtual
class TestFallback:
    async def test_a_process_that_was_stopped_inside_holds_nobody_up(self, path: Path) -> None:
        """It holds the lock for as long as it is stopped; the others wait a moment and go on alone."""
        budget = open_budget(path)

        with locked(path):
            for _ in range(100):
                await budget.acquire_address()

        assert anyio.current_time() < 0.1
        assert budget.statistics.fallbacks == 100
        await anyio.sleep(RESPITE_SECONDS)
        await budget.acquire_address()
        assert budget.statistics.reservations == 1

    async def test_a_lock_held_for_a_moment_is_waited_for(self, path: Path) -> None:
        """Losing a race is no reason to go outside the shared budget."""
        budget = open_budget(path)

        async with anyio.create_task_group() as tasks:
            with locked(path):
                tasks.start_soon(budget.acquire_address)
                await anyio.sleep(0.005)

        assert (budget.statistics.reservations, budget.statistics.fallbacks) == (1, 0)

    async def test_a_ledger_that_fails_midway_stops_nothing(self, path: Path) -> None:
        """Sharing is a courtesy, not a condition."""
        budget = open_budget(path)

        budget.close()
        await budget.acquire_address()
        await budget.acquire_organization("L_1")
        budget.pause_address(5)

        assert (budget.statistics.fallbacks, budget.statistics.failed_pauses) == (2, 1)
        assert "fallbacks=2" in repr(budget)

    async def test_a_lock_that_stays_held_is_told_once(self, path: Path) -> None:
        """Going on alone is never silent, whatever the reason, and never a flood of lines either."""
        told: list[str] = []
        budget = SharedBudget.open(
            path, address_rate=100, organization_rate=9, organization_burst=9, on_trouble=told.append
        )

        with locked(path):
            await budget.acquire_address()
            await anyio.sleep(RESPITE_SECONDS)
            await budget.acquire_address()

        assert budget.statistics.fallbacks == 2
        assert told == [f"{path}: another process holds its lock"]

    async def test_trouble_midway_is_told_once(self, path: Path) -> None:
        """Who reads the log learns that the runs of this machine did not know of each other for a while."""
        told: list[str] = []
        budget = SharedBudget.open(
            path, address_rate=100, organization_rate=9, organization_burst=9, on_trouble=told.append
        )
        budget.close()

        await budget.acquire_organization("L_1")
        budget._left_alone_until = float("-inf")
        await budget.acquire_organization("L_1")

        assert budget.statistics.fallbacks == 2
        assert len(told) == 1
        assert "closed" in told[0]

    def test_what_cannot_be_opened_says_why(self, path: Path) -> None:
        """So that the run can log it and go on."""
        path.mkdir()

        with pytest.raises(LedgerUnavailableError, match=r"host\.budget: Is a directory"):
            open_budget(path)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of the ledger, as a process does that was stopped in the middle of a change."""
    fd = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


class TestProcesses:
    def test_three_processes_stay_within_one_budget(self, path: Path) -> None:
        """Real processes, real clocks; apart they would begin 300 in a second."""
        processes = [start_process(path, seconds=1.5) for _ in range(3)]

        starts = [starts_printed_by(process) for process in processes]

        assert all(process.returncode == 0 for process in processes)
        assert all(len(own) > 10 for own in starts)
        # A process may be held up between its turn and the note that it took it; alone, they would be 300.
        assert busiest_window(list(chain(*starts)), 1.0) <= 110

    def test_a_process_that_is_killed_takes_nothing_with_it(self, path: Path) -> None:
        """The others go on at once, and get what it no longer uses."""
        survivor, victim = start_process(path, seconds=2), start_process(path, seconds=60)
        assert victim.stdout is not None
        seen = [float(victim.stdout.readline()) for _ in range(20)]
        victim.kill()
        seen += starts_printed_by(victim)

        starts = starts_printed_by(survivor)

        assert victim.returncode == -signal.SIGKILL
        assert survivor.returncode == 0
        assert busiest_window(starts + seen, 1.0) <= 110
        later = [start for start in starts if start > seen[-1]]
        assert len(later) > 20


def start_process(path: Path, *, seconds: float) -> subprocess.Popen[str]:
    """Begins requests at up to 100/s until *seconds* are over."""
    program = ROOT / "tests" / "engine" / "sharing_process.py"
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, str(program), str(path), "100", str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def starts_printed_by(process: subprocess.Popen[str]) -> list[float]:
    """What it prints until it ends; a line that the end has cut off is none."""
    printed, _ = process.communicate(timeout=30)
    return [float(line) for line in printed.splitlines(keepends=True) if line.endswith("\n")]
