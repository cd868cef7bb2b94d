"""The three parts of the benchmark: everybody under the budgets, the CPU of a page, the memory of a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.clients import AUDITOR, FAST, auditor, paced_clients, unpaced_clients
from tests.benchmarks.measuring import Fleet, Run, Server, serving

PARTS: Final = ("fleet", "cpu", "memory")
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Scale:
    """The fleets: *fleet* for the comparison and the CPU, *small* and *large* for the memory."""

    fleet: Fleet
    small: Fleet
    large: Fleet


FULL: Final = Scale(Fleet(200, 2500, latency=0.15), small=Fleet(200, 5), large=Fleet(10_000, 5))
QUICK: Final = Scale(Fleet(4, 1200), small=Fleet(4, 5), large=Fleet(20, 5))


def measure(scale: Scale, parts: Sequence[str], *, rounds: int, tell: Tell) -> dict[str, list[Run]]:
    """The runs of each of *parts*, round by round, so that a slow minute of the machine hits everybody."""
    measured: dict[str, list[Run]] = {part: [] for part in parts}
    tell(f"rendering {scale.fleet.pages:,} pages of {scale.fleet.organizations:,} organizations")
    with ExitStack() as stack:
        server = stack.enter_context(serving(scale.fleet))
        for number in range(1, rounds + 1):
            tell(f"round {number} of {rounds}")
            if "fleet" in measured:
                measured["fleet"] += compare_under_budgets(server, tell)
            if "cpu" in measured:
                measured["cpu"] += compare_cpu(server, tell)
            if "memory" in measured:
                measured["memory"] += [_told(server.run(AUDITOR, "budgeted", scene=BIG_PAGES), tell)]
    if "memory" in measured:
        measured["memory"] += measure_growth(scale, rounds=rounds, tell=tell)
    return measured


BIG_PAGES: Final = "big pages"


def compare_under_budgets(server: Server, tell: Tell) -> list[Run]:
    """Every client once, with the vendor's budgets enforced."""
    return [_told(server.run(client, "budgeted"), tell) for client in paced_clients()]


def compare_cpu(server: Server, tell: Tell) -> list[Run]:
    """Every client on the fleet and on no fleet at all, with nothing to wait for."""
    return [
        _told(server.run(client, door), tell) for client in unpaced_clients() for door in ("empty", "open")
    ]


def measure_growth(scale: Scale, *, rounds: int, tell: Tell) -> list[Run]:
    """The auditor on few and on many organizations of one small page each, with nothing to wait for."""
    client = auditor("auditor", *FAST)
    runs: list[Run] = []
    for fleet in (scale.small, scale.large):
        with serving(fleet) as server:
            scene = f"{fleet.organizations:,} organizations"
            runs += [_told(server.run(client, "open", scene=scene), tell) for _ in range(rounds)]
    return runs


def _told(run: Run, tell: Tell) -> Run:
    tell(
        f"  {run.client} ({run.scene}): {run.wall:.2f} s, {run.cpu:.2f} s of CPU,"
        f" {run.peak_megabytes:.0f} MB, {run.rate_limited} x 429, counts {run.verdict}"
    )
    return run
