"""Fuzzing of everything that reads foreign bytes, guided by coverage. Not part of the quick test run.

    .venv/bin/python -m tests.fuzz [--seconds N] [TARGET]...

Takes atheris (the extra `fuzz`). Inputs that crash a target are kept and named; the corpus grows.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import click

from tests.fuzz.campaign import Outcome, has_engine, with_engine, without_engine
from tests.fuzz.targets import TARGETS

LOG_TAIL_CHARACTERS = 4000


@click.command()
@click.argument("names", metavar="[TARGET]...", nargs=-1, type=click.Choice(list(TARGETS)))
@click.option("--seconds", default=60, show_default=True, type=click.IntRange(1), help="For each target.")
@click.option("--runs", type=click.IntRange(1), help="Without the engine: this many random inputs for each.")
@click.option(
    "--corpus",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the corpus and of what crashed. [default: a new one for temporary files]",
)
def main(*, names: tuple[str, ...], seconds: int, runs: int | None, corpus: Path | None) -> None:
    """Fuzz each TARGET, or all of them; end with 1 when an input crashed one or took too long."""
    if runs is None and not has_engine():
        raise click.UsageError("atheris is not installed: pip install '.[fuzz]', or give --runs")
    folder = corpus or Path(tempfile.mkdtemp(prefix="auditor-fuzz-"))
    outcomes = [
        without_engine(name, TARGETS[name], runs=runs)
        if runs is not None
        else with_engine(name, TARGETS[name], seconds=seconds, folder=folder)
        for name in names or TARGETS
    ]
    for outcome in outcomes:
        _tell(outcome)
    if runs is None:
        click.echo(f"corpus and crashing inputs: {folder}", err=True)
    sys.exit(any(outcome.crashes or not outcome.executions for outcome in outcomes))


def _tell(outcome: Outcome) -> None:
    edges = "" if outcome.coverage is None else f", {outcome.coverage:,} edges"
    click.echo(f"{outcome.target:14} {outcome.executions:>10,} executions, {outcome.crashes} crashes{edges}")
    if outcome.crashes or not outcome.executions:
        click.echo(outcome.log[-LOG_TAIL_CHARACTERS:], err=True)


if __name__ == "__main__":
    main(prog_name="python -m tests.fuzz")
