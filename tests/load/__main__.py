"""The load test: a large fleet, and many runs in one process, without a leak.

    .venv/bin/python -m tests.load

Everything runs on this machine and talks to nobody else.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

import click

from tests.load.audits import Trial, audit, fleet, serving, variety
from tests.load.footprint import Footprint, grown, take

ROW: Final = "{:<26} {:>8} {:>9} {:>7} {:>9} {:>10} {:>4} {:>8} {:>6} {:>6}"
WARM_UP_RUNS: Final = 6
"""Two of each kind fill what is kept on purpose: imports, caches, arenas of the allocator."""


@dataclass(frozen=True, slots=True)
class Step:
    """A run that ended, and what the process held after it."""

    trial: Trial
    audited: int
    requests: int
    seconds: float
    after: Footprint


async def steps(trials: Iterable[Trial], folder: Path) -> AsyncIterator[Step]:
    """Run *trials* one after another."""
    trials = list(trials)
    with serving(*{trial.name: trial for trial in trials}.values()) as doors:
        for trial in trials:
            started = perf_counter()
            report = await audit(trial, doors[trial.name], folder)
            audited = report["completeness"]["organizations"]["audited"]
            requests = report["traffic"]["requests"]
            del report  # it is not what is measured
            yield Step(trial, audited, requests, perf_counter() - started, await take(folder))


async def watch(title: str, trials: Sequence[Trial], folder: Path, *, warm_up: int) -> list[str]:
    """Run *trials*, print a row each; what grew after the first *warm_up* of them."""
    done: list[Step] = []
    async for step in steps(trials, folder):
        done.append(step)
        show(f"{title} {len(done)}, {step.trial.name}", step)
    since = done[warm_up - 1]
    organizations = sum(step.trial.organizations for step in done[warm_up:])
    return [f"{title}: {what}" for what in grown(since.after, done[-1].after, organizations=organizations)]


def show(name: str, step: Step) -> None:
    """One row of the table."""
    after = step.after
    memory = f"{after.memory / 1024**2:.1f}"
    counts = (after.descriptors, after.threads, after.tasks, after.files)
    figures = (f"{step.audited:,}", f"{step.requests:,}", f"{step.seconds:.1f}", memory, f"{after.blocks:,}")
    click.echo(ROW.format(name, *figures, *counts))


async def load(*, organizations: int, runs: int, soaked: int) -> list[str]:
    """The whole test; what grew."""
    click.echo(
        ROW.format(
            "run", "audited", "requests", "s", "MB after", "blocks", "fds", "threads", "tasks", "files"
        )
    )
    with tempfile.TemporaryDirectory(prefix="auditor-load-") as folder:
        kinds = variety(soaked)
        soak = [kinds[turn % len(kinds)] for turn in range(WARM_UP_RUNS + runs)]
        against = await watch("soak", soak, Path(folder), warm_up=WARM_UP_RUNS)
        return against + await watch("load", [fleet(organizations)] * 3, Path(folder), warm_up=1)


@click.command()
@click.option(
    "--organizations", default=10_000, show_default=True, type=click.IntRange(1), help="Of the fleet."
)
@click.option("--runs", default=30, show_default=True, type=click.IntRange(1), help="Of the soak, once warm.")
@click.option(
    "--soaked", default=300, show_default=True, type=click.IntRange(1), help="Organizations of each."
)
def main(*, organizations: int, runs: int, soaked: int) -> None:
    """Audit again and again; exit code 1 when the process holds more at the end than it did once warm."""
    started = perf_counter()
    against = asyncio.run(load(organizations=organizations, runs=runs, soaked=soaked))
    for what in against:
        click.echo(f"grown: {what}", err=True)
    click.echo(f"{'LEAKS' if against else 'nothing grew'}, {perf_counter() - started:.0f} s")
    sys.exit(bool(against))


if __name__ == "__main__":
    main(prog_name="python -m tests.load")
